/**
 * What is known of each session on this machine, so that its end is signalled once: the same event id and time however
 * often the agent says it, and a new one only after the session was resumed. Where nothing can be written (a read-only
 * home) the event itself still has to leave: no function here throws.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory, modaHome } from '../files/moda-home.ts';
import type { HookDialect } from './hook-event.ts';

interface SessionMark {
  /** The agent has sent its session-start hook. */
  readonly hasStarted: boolean;
  /** How often the session was resumed after an end. */
  readonly resumes: number;
  readonly endedAt: string | undefined;
}

export interface SessionEndIdentity {
  readonly eventId: string;
  /** Firing time of the first signal of this end, ISO 8601. */
  readonly timestamp: string;
  /** False when it could not be noted: another signal of the same end would carry another time. */
  readonly isKept: boolean;
}

/** Notes a session start; one after an end begins a new life with an end of its own. */
export function noteSessionStart(home: string, dialect: HookDialect, session: string): void {
  const mark = readMark(home, dialect, session);
  const isResumed = mark?.endedAt !== undefined;
  const resumes = (mark?.resumes ?? 0) + (isResumed ? 1 : 0);
  writeMark(home, dialect, session, { hasStarted: true, resumes, endedAt: undefined });
}

/** The id and time under which this session's end is known; made on the first call, the same on later ones. */
export function endIdentity(home: string, dialect: HookDialect, session: string, firedAt: string): SessionEndIdentity {
  const mark = readMark(home, dialect, session);
  const timestamp = mark?.endedAt ?? firedAt;
  const resumes = mark?.resumes ?? 0;
  const ended = { hasStarted: mark?.hasStarted ?? false, resumes, endedAt: timestamp };
  const isKept = mark?.endedAt !== undefined || writeMark(home, dialect, session, ended);
  return { eventId: uuidOf(`moda session_end\0${dialect.agent}\0${session}\0${resumes}`), timestamp, isKept };
}

/** Remembers that this agent's installed release has a session-end hook. */
export function noteSessionEndSeen(home: string, dialect: HookDialect): void {
  const file = path.join(stateDirectory(home), `${dialect.agent}-ends-sessions`);
  if (!fs.existsSync(file)) tryToWrite(() => fs.writeFileSync(file, '', { mode: 0o600 }));
}

/**
 * Whether a stop has to stand for the session's end: the agent never showed a session-end hook on this machine, or runs
 * this session without session hooks (Cursor's command line does).
 */
export function stopEndsSession(home: string, dialect: HookDialect, session: string): boolean {
  if (dialect.alwaysEndsSessions) return false;
  const isKnownToEnd = fs.existsSync(path.join(stateDirectory(home), `${dialect.agent}-ends-sessions`));
  return !(isKnownToEnd && readMark(home, dialect, session)?.hasStarted === true);
}

/** Where the marks are; background maintenance drops old ones. */
export function stateDirectory(home: string): string {
  return path.join(modaHome(home), 'state');
}

/** A name-based UUID (RFC 9562 version 8: SHA-256 of the name, version and variant set). */
export function uuidOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function markPath(home: string, dialect: HookDialect, session: string): string {
  const hash = createHash('sha256').update(`${dialect.agent}\0${session}`).digest('hex').slice(0, 32);
  return path.join(stateDirectory(home), `session-${hash}.json`);
}

function readMark(home: string, dialect: HookDialect, session: string): SessionMark | undefined {
  try {
    const mark = JSON.parse(fs.readFileSync(markPath(home, dialect, session), 'utf8')) as Partial<SessionMark>;
    return { hasStarted: mark.hasStarted === true, resumes: mark.resumes ?? 0, endedAt: mark.endedAt };
  } catch {
    // A session that began before the hooks were installed.
    return undefined;
  }
}

function writeMark(home: string, dialect: HookDialect, session: string, mark: SessionMark): boolean {
  return tryToWrite(() => {
    ensurePrivateDirectory(modaHome(home));
    ensurePrivateDirectory(stateDirectory(home));
    const file = markPath(home, dialect, session);
    const temporary = `${file}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, JSON.stringify(mark), { mode: 0o600 });
    fs.renameSync(temporary, file);
  });
}

/** Returns whether it was written. */
function tryToWrite(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    // A read-only or full disk: an event without its mark is better than no event.
    return false;
  }
}

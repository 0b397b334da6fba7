/**
 * Payloads that could not be sent, kept in ~/.moda/queue (0700, files 0600, no key inside) until the server answers again.
 * At the bounds the oldest ones are dropped: an agent's machine is not an archive.
 */

import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory, modaHome } from '../files/moda-home.ts';
import { inModaHome, QUEUE_FOLDER, SILENCE_FILE } from '../settings.ts';
import type { QueuedPost } from './post.ts';

const QUEUE_FILES_MAX = 1000;
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
const QUEUE_AGE_MAX_MS = 7 * 24 * 3600 * 1000;

/** Keeps one payload; a full queue loses its oldest. */
export function enqueue(home: string, queued: QueuedPost, nowMs: number, id: string): void {
  const directory = inModaHome(home, QUEUE_FOLDER);
  ensurePrivateDirectory(modaHome(home));
  ensurePrivateDirectory(directory);
  const text = JSON.stringify(queued);
  if (Buffer.byteLength(text) > QUEUE_BYTES_MAX / 4) return;
  makeRoom(directory, Buffer.byteLength(text), nowMs);
  const name = `${String(nowMs).padStart(14, '0')}-${id}.json`;
  const temporary = path.join(directory, `.${name}.tmp`);
  fs.writeFileSync(temporary, text, { mode: 0o600 });
  fs.renameSync(temporary, path.join(directory, name));
}

/** Names of the queued payloads, oldest first; empty when there is no queue. */
export function queuedNames(home: string): string[] {
  try {
    return fs
      .readdirSync(inModaHome(home, QUEUE_FOLDER))
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch {
    // No queue yet.
    return [];
  }
}

/** One queued payload; undefined when another process took it or it is damaged. */
export function readQueued(home: string, name: string): QueuedPost | undefined {
  try {
    const parsed = JSON.parse(
      fs.readFileSync(path.join(inModaHome(home, QUEUE_FOLDER), name), 'utf8'),
    ) as Partial<QueuedPost>;
    if (typeof parsed.route !== 'string' || typeof parsed.body !== 'string') return undefined;
    return { route: parsed.route, body: parsed.body };
  } catch {
    return undefined;
  }
}

/** Takes one payload out of the queue. */
export function dropQueued(home: string, name: string): void {
  fs.rmSync(path.join(inModaHome(home, QUEUE_FOLDER), name), { force: true });
}

/** Notes that the server kept a connection open without an answer, or that it answered again. */
export function noteSilence(home: string, isSilent: boolean): void {
  const file = inModaHome(home, SILENCE_FILE);
  if (!isSilent) {
    fs.rmSync(file, { force: true });
    return;
  }
  ensurePrivateDirectory(modaHome(home));
  fs.writeFileSync(file, '', { mode: 0o600 });
}

function makeRoom(directory: string, bytes: number, nowMs: number): void {
  const entries = fs
    .readdirSync(directory)
    .sort()
    .map((name) => ({ name, stat: fs.statSync(path.join(directory, name), { throwIfNoEntry: false }) }));
  let total = bytes + entries.reduce((sum, { stat }) => sum + (stat?.size ?? 0), 0);
  let count = entries.length + 1;
  for (const { name, stat } of entries) {
    const isOld = stat !== undefined && nowMs - stat.mtimeMs > QUEUE_AGE_MAX_MS;
    if (!isOld && total <= QUEUE_BYTES_MAX && count <= QUEUE_FILES_MAX) return;
    fs.rmSync(path.join(directory, name), { force: true });
    total -= stat?.size ?? 0;
    count -= 1;
  }
}

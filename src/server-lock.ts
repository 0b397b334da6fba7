/**
 * One server per data directory: a lock file that names the process. Node has no advisory locks, so the file is only
 * believed while the process it names runs and began when the file says.
 */

import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The server cannot start here; the message is one line for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

interface Holder {
  readonly pid: number;
  /** Start time of the process as the system counts it; empty where it cannot be asked. */
  readonly startedAt: string;
}

/** Attempts; each one that fails has lost a race to another starter, or found a dead holder. */
const ATTEMPTS_MAX = 5;

/**
 * Creates the directory (0700) and takes its lock. Returns the function that gives it back. Throws `StartError` when
 * another process holds it or the directory cannot be written.
 */
export function lockDataDirectory(dataDir: string): () => void {
  const path = join(dataDir, 'server.lock');
  const draft = join(dataDir, `.lock-${randomUUID()}`);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(holderOf(process.pid)), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new StartError(`cannot write to the data directory ${dataDir} (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (tryLink(draft, path)) return () => rmSync(path, { force: true });
      const text = read(path);
      const holder = parse(text);
      if (holder !== undefined && isRunning(holder)) {
        throw new StartError(`the data directory ${dataDir} is in use by process ${holder.pid}`);
      }
      if (text !== undefined) setAside(path, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StartError(`the data directory ${dataDir} is being taken by another process`);
}

function holderOf(pid: number): Holder {
  return { pid, startedAt: startTimeOf(pid) };
}

/** Field 22 of /proc/<pid>/stat and the boot it counts from: a pid that was given out again has another one. */
function startTimeOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  const stat = read(`/proc/${pid}/stat`);
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  // The name in parentheses may hold spaces; fields count from behind it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${boot} ${fields?.[19] ?? ''}`;
}

function isRunning(holder: Holder): boolean {
  // A container starts with the same small pids every time: our own number is never another process.
  if (holder.pid === process.pid) return holder.startedAt === startTimeOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.startedAt === startTimeOf(holder.pid);
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead holder's file away. If another starter has replaced it meanwhile, its file is put back. */
function setAside(path: string, text: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another starter was faster; the next attempt sees its file.
    return;
  }
  if (read(aside) !== text) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone or not ours to read: nothing is known about it.
    return undefined;
  }
}

function parse(text: string | undefined): Holder | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.startedAt !== 'string') return undefined;
    return { pid: value.pid, startedAt: value.startedAt };
  } catch {
    // Half a file from a machine that went down: nobody holds it.
    return undefined;
  }
}

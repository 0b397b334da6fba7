/**
 * One server per data directory: a lock file that names the process. Node has no advisory locks, so the file is only
 * believed while the process it names runs and began when the file says. A process in another container or on another
 * machine cannot be asked; its holder touches the file, and is believed while it does.
 */

import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server cannot start here; the message is one line for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

interface Holder {
  readonly pid: number;
  /** Start time of the process as the system counts it; empty where it cannot be asked. */
  readonly startedAt: string;
  /** Boot and process namespace: where the pid means something. */
  readonly place: string;
}

/** Attempts; each one that fails has lost a race to another starter, or found a dead holder. */
const ATTEMPTS_MAX = 5;

/** How often a holder touches its file, and for how long one elsewhere is watched. */
const TOUCH_MS = 1000;
const WATCH_MS = 5000;

/**
 * Creates the directory (0700) and takes its lock. Returns the function that gives it back. Fails with `StartError` when
 * another process holds it or the directory cannot be written. A file that a process elsewhere left behind takes WATCH_MS.
 */
export async function lockDataDirectory(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'server.lock');
  const draft = join(dataDir, `.lock-${randomUUID()}`);
  try {
    makeDirectory(dataDir);
    writeFileSync(draft, JSON.stringify(holderOf(process.pid)), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new StartError(`cannot write to the data directory ${dataDir} (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (tryLink(draft, path)) return hold(path);
      const text = read(path);
      const holder = parse(text);
      if (holder !== undefined && (isHere(holder) ? isRunning(holder) : await isTouched(path))) {
        if (read(path) !== text) continue;
        throw new StartError(`the data directory ${dataDir} is in use by process ${holder.pid}`);
      }
      if (text !== undefined) setAside(path, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StartError(`the data directory ${dataDir} is being taken by another process`);
}

/**
 * The directory with its parents. The system's own way down (`recursive`) never returns below a directory that says of a
 * new name that there is no such file, as /proc does.
 */
function makeDirectory(directory: string): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.push(path);
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      // Made by another starter meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Touches the file until it is given back. Neither may hold this thread, as a call to a disk that hangs would. */
function hold(path: string): () => Promise<void> {
  let isTouching = false;
  const touch = async (): Promise<void> => {
    if (isTouching) return;
    isTouching = true;
    const now = new Date();
    // A disk that refuses for a while is the spool's matter.
    await utimes(path, now, now).catch(() => undefined);
    isTouching = false;
  };
  const timer = setInterval(() => void touch(), TOUCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return rm(path, { force: true });
  };
}

/** Whether somebody touches the file, or has replaced it. */
async function isTouched(path: string): Promise<boolean> {
  const stampOf = (): string => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs}`;
  };
  const before = stampOf();
  for (let watchedMs = 0; watchedMs < WATCH_MS; watchedMs += TOUCH_MS / 4) {
    await sleep(TOUCH_MS / 4);
    if (stampOf() !== before) return true;
  }
  return false;
}

function holderOf(pid: number): Holder {
  return { pid, startedAt: startTimeOf(pid), place: ownPlace() };
}

function ownPlace(): string {
  if (process.platform !== 'linux') return '';
  try {
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // A system without namespaces has one.
    return bootId();
  }
}

/** A file without a place is of a version that knew none: then it is here, as that version took it. */
function isHere(holder: Holder): boolean {
  return holder.place === '' || holder.place === ownPlace();
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** Field 22 of /proc/<pid>/stat and the boot it counts from: a pid that was given out again has another one. */
function startTimeOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; fields count from behind it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${bootId()} ${fields?.[19] ?? ''}`;
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
    return { pid: value.pid, startedAt: value.startedAt, place: typeof value.place === 'string' ? value.place : '' };
  } catch {
    // Half a file from a machine that went down: nobody holds it.
    return undefined;
  }
}

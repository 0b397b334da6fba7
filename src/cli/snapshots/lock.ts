/** Lock files that survive their owner's death: the content names the process, and a dead or very old one counts for nothing. */

import fs from 'node:fs';

/** Longer than any snapshot may take. */
const LOCK_AGE_MAX_MS = 120_000;
/** Locks younger than this are left alone, whoever made them. */
const YOUNG_MS = 1000;
const POLL_MS = 8;

/** Takes the lock, or returns false when another live process holds it. */
export function tryLock(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  const abandoned = findAbandoned(file);
  return abandoned !== undefined && removeAbandoned(file, abandoned) && tryLock(file);
}

/** Takes the lock within `waitMs`; false when that was not enough or `signal` fired. */
export async function waitForLock(file: string, waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    if (tryLock(file)) return true;
    if (Date.now() >= deadline || signal?.aborted === true) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

/** Gives the lock back. */
export function unlock(file: string): void {
  fs.rmSync(file, { force: true });
}

/** The lock file's identity when its owner is surely gone. */
function findAbandoned(file: string): fs.Stats | undefined {
  try {
    const stat = fs.statSync(file);
    const ageMs = Date.now() - stat.mtimeMs;
    if (ageMs > LOCK_AGE_MAX_MS) return stat;
    // A young lock may change hands between these lines: its owner ends, and a second one takes it.
    if (ageMs < YOUNG_MS) return undefined;
    const pid = Number(fs.readFileSync(file, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return stat;
    return isAlive(pid) ? undefined : stat;
  } catch {
    // Given back in the meantime.
    return undefined;
  }
}

/** Moves the abandoned file away; a live one that has taken its place is put back. */
function removeAbandoned(file: string, abandoned: fs.Stats): boolean {
  const grave = `${file}.${process.pid}.stale`;
  try {
    fs.renameSync(file, grave);
  } catch {
    // Another process was faster.
    return false;
  }
  const moved = fs.statSync(grave);
  const isSame = moved.ino === abandoned.ino && moved.mtimeMs === abandoned.mtimeMs;
  try {
    if (!isSame) fs.linkSync(grave, file);
  } catch {
    // A third one holds it by now; two snapshots at once only cost work.
  }
  fs.rmSync(grave, { force: true });
  return isSame;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

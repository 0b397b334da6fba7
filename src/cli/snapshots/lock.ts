/** Lock files that survive their owner's death: the content names the process, and a dead or very old one counts for nothing. */

import fs from 'node:fs';

/** Longer than any snapshot may take. */
const LOCK_AGE_MAX_MS = 120_000;
const POLL_MS = 8;

/** Takes the lock, or returns false when another live process holds it. */
export function tryLock(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  if (!isAbandoned(file)) return false;
  // Of several that find it abandoned only one succeeds in moving it away.
  const grave = `${file}.${process.pid}.stale`;
  try {
    fs.renameSync(file, grave);
  } catch {
    return false;
  }
  fs.rmSync(grave, { force: true });
  return tryLock(file);
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

function isAbandoned(file: string): boolean {
  try {
    const { mtimeMs } = fs.statSync(file);
    if (Date.now() - mtimeMs > LOCK_AGE_MAX_MS) return true;
    const pid = Number(fs.readFileSync(file, 'utf8'));
    // An owner that has made the file and not yet written its number is alive.
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - mtimeMs > 1000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH';
  }
}

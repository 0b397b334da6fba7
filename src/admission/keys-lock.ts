/**
 * One writer of the keys file at a time: each reads it whole and writes it whole, so that of two at once the later one
 * would write without what the other had changed. The lock is a file beside it that only one process can make.
 */

import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { KeysFileError } from './keys-file.ts';

/** A command holds the lock for milliseconds; a file of this age was left behind by one that was killed. */
const STALE_MS = 10_000;
const WAIT_MS_MAX = 15_000;
const LOOK_MS = 10;

/** Runs `work` while no other process changes the keys file at `path`. Throws `KeysFileError` when others hold it all the time. */
export function withKeysLocked<T>(path: string, work: () => T): T {
  const lock = `${path}.lock`;
  for (let waitedMs = 0; !tryMake(lock, path); waitedMs += LOOK_MS) {
    if (waitedMs >= WAIT_MS_MAX) {
      throw new KeysFileError(`another command is changing ${path}; if none runs, remove ${lock}`);
    }
    if (isStale(lock)) removeStale(lock, path);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Only one may, and looks again: of two that saw the same old file, the second would remove the lock made after it. */
function removeStale(lock: string, path: string): void {
  const turn = `${lock}.stale`;
  if (!tryMake(turn, path)) return;
  try {
    if (isStale(lock)) rmSync(lock, { force: true });
  } finally {
    rmSync(turn, { force: true });
  }
}

function isStale(lock: string): boolean {
  const stat = statSync(lock, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > STALE_MS;
}

function tryMake(file: string, path: string): boolean {
  try {
    closeSync(openSync(file, 'wx', 0o600));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new KeysFileError(`cannot write ${path}: ${code ?? 'error'}`);
  }
}

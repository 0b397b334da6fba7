/**
 * The engine's place on disk: `store/` holds chDB's data, `tmp/` the bodies of INSERTs under way. Bodies hold rows, so
 * both are closed to others; what a killed process left in `tmp/` is swept at start.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface DataDirectory {
  readonly store: string;
  readonly temporary: string;
}

/** Creates what is missing. Call it before taking the lock; it deletes nothing. */
export function openDataDirectory(dataDir: string): DataDirectory {
  const store = join(dataDir, 'store');
  const temporary = join(dataDir, 'tmp');
  for (const path of [dataDir, store, temporary]) mkdirSync(path, { recursive: true, mode: 0o700 });
  return { store, temporary };
}

/** Deletes left-over bodies. Precondition: this process holds the engine's lock, so nobody else writes there. */
export function sweepTemporary(directory: DataDirectory): void {
  for (const name of readdirSync(directory.temporary)) {
    rmSync(join(directory.temporary, name), { recursive: true, force: true });
  }
}

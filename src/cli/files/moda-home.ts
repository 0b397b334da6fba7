/** Where the command line keeps its own files: ~/.moda, readable by its owner only. */

import fs from 'node:fs';
import path from 'node:path';

/** ~/.moda of a home directory. */
export function modaHome(home: string): string {
  return path.join(home, '.moda');
}

/** Makes a directory that only its owner can enter, and narrows one that exists. */
export function ensurePrivateDirectory(directory: string): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  if ((fs.statSync(directory).mode & 0o077) !== 0) fs.chmodSync(directory, 0o700);
}

/** Where this program's entry is: main.cjs in its package (deploy/build.ts makes it), main.ts or main.js everywhere else. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file that Node is given to run `moda`, now and in hooks. */
export function ownScript(): string {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const packaged = path.join(folder, 'main.cjs');
  return fs.existsSync(packaged) ? packaged : path.join(folder, `main${path.extname(fileURLToPath(import.meta.url))}`);
}

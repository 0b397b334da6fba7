/** The version of the package that this file stands in. */

import fs from 'node:fs';

/** Reads the nearest package.json above; the development tree and the packaged command line keep it in different places. */
export function packageVersion(): string {
  for (const relative of ['./package.json', '../../package.json', '../../../package.json']) {
    try {
      const text = fs.readFileSync(new URL(relative, import.meta.url), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      // Not in this layout; the next one is tried.
    }
  }
  return 'unknown';
}

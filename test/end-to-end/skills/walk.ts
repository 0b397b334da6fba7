/** All files below a directory. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function walk(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stats = statSync(path);
    return stats.isDirectory() ? walk(path) : stats.isFile() ? [path] : [];
  });
}

/** Folders of which no snapshot is taken, whatever the agent does there. */

import fs from 'node:fs';
import path from 'node:path';

/** Why there is no snapshot; short enough for a row's attribute. */
export type SkipReason =
  | 'home directory'
  | 'no directory'
  | 'no git'
  | 'low disk'
  | 'too many files'
  | 'too many bytes'
  | 'too slow'
  | 'busy'
  | 'failed'
  | 'late';

/** Folders under the home directory that hold everything and nothing. */
const PERSONAL_FOLDERS = ['Desktop', 'Documents', 'Downloads', 'Pictures', 'Music', 'Movies', 'Videos', 'Library'];

/** Free space under which nothing is written. */
const FREE_BYTES_MIN = 512 * 1024 * 1024;

/** The reason to refuse `realRoot` for ever, or undefined. Both paths are real paths. */
export function refusalOf(realRoot: string, realHome: string): SkipReason | undefined {
  const isAbove =
    realHome === realRoot || realHome.startsWith(realRoot.endsWith(path.sep) ? realRoot : realRoot + path.sep);
  if (isAbove || path.dirname(realRoot) === realRoot) return 'home directory';
  if (PERSONAL_FOLDERS.some((folder) => realRoot === path.join(realHome, folder))) return 'home directory';
  const modaHome = path.join(realHome, '.moda');
  return realRoot === modaHome || realRoot.startsWith(modaHome + path.sep) ? 'home directory' : undefined;
}

/** Whether the disk under `directory` is nearly full. */
export function isDiskLow(directory: string): boolean {
  try {
    const { bavail, bsize } = fs.statfsSync(directory);
    return bavail * bsize < FREE_BYTES_MIN;
  } catch {
    // A file system that cannot tell is taken as it is.
    return false;
  }
}

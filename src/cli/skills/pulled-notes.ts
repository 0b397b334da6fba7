/**
 * Remembers what `moda skills pull` wrote into a project, by file, in ~/.moda/pulled: a file that still holds just that may
 * be replaced by the skill's next version, every other one is its user's.
 */

import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory, modaHome } from '../files/moda-home.ts';
import { contentHash, isSystemError, replaceFile } from '../files/private-file.ts';

/** SHA-256 of the text that was written, by path relative to the project. */
export type PulledNotes = ReadonlyMap<string, string>;

/** What was written into a project so far; nothing when that is not known. */
export function readPulledNotes(home: string, project: string): PulledNotes {
  try {
    const { files } = JSON.parse(fs.readFileSync(notesPath(home, project), 'utf8')) as { files?: unknown };
    return new Map(Object.entries(files ?? {}).filter(([, hash]) => typeof hash === 'string'));
  } catch {
    // Nothing was pulled here yet, or by another account: the server's own versions still tell what is its.
    return new Map();
  }
}

/** Adds to the notes. Where ~/.moda cannot be written the files stand without: see readPulledNotes. */
export function addPulledNotes(home: string, project: string, written: PulledNotes): void {
  const known = readPulledNotes(home, project);
  if ([...written].every(([file, hash]) => known.get(file) === hash)) return;
  const files = Object.fromEntries([...known, ...written]);
  try {
    ensurePrivateDirectory(modaHome(home));
    ensurePrivateDirectory(path.join(modaHome(home), 'pulled'));
    const text = `${JSON.stringify({ project: realPath(project), files }, undefined, 2)}\n`;
    replaceFile(notesPath(home, project), text, 0o600);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** The hash of a text whose line ends are left out of account: git on Windows checks files out with others. */
export function textHash(text: string): string {
  return contentHash(text.replaceAll('\r\n', '\n'));
}

function notesPath(home: string, project: string): string {
  return path.join(modaHome(home), 'pulled', `${contentHash(realPath(project)).slice(0, 32)}.json`);
}

function realPath(directory: string): string {
  try {
    return fs.realpathSync(directory);
  } catch {
    // `--dir` may name a folder that the pull is to make.
    return path.resolve(directory);
  }
}

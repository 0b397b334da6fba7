/**
 * Writes files that hold a key or belong to the user: atomically (temporary file, sync, rename), with mode 0600, through
 * symbolic links to the real file, and with a copy of what stood there before in ~/.moda/backups.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory } from './moda-home.ts';

/** A file that cannot be read or may not be changed; `message` names it and says why. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  readonly file: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
  }
}

/** Agents' settings are a few kilobytes; more than this is not a settings file. */
const SETTINGS_BYTES_MAX = 8 * 1024 * 1024;

/** Former versions kept per file; the oldest one (from before the first change) is never dropped. */
const BACKUPS_MAX = 10;

export interface FileState {
  /** The file behind all symbolic links. */
  readonly realPath: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
  readonly mode: number;
}

/** Reads a settings file. Throws FileProblem when it is unreadable, not a file, or not UTF-8. */
export function readSettingsFile(file: string): FileState {
  const realPath = followLinks(file);
  let bytes: Buffer;
  let mode: number;
  try {
    const stat = fs.statSync(realPath);
    if (!stat.isFile()) throw new FileProblem(file, 'is not a file');
    if (stat.size > SETTINGS_BYTES_MAX) throw new FileProblem(file, `is larger than ${SETTINGS_BYTES_MAX} bytes`);
    mode = stat.mode & 0o777;
    bytes = fs.readFileSync(realPath);
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') return { realPath, text: undefined, mode: 0 };
    throw new FileProblem(file, `cannot be read (${code})`);
  }
  try {
    return { realPath, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), mode };
  } catch {
    throw new FileProblem(file, 'is not valid UTF-8');
  }
}

/**
 * Puts `text` into `file` with mode 0600. The former content goes to `backupDirectory` first. A file whose owner may not
 * write it was locked on purpose and is refused. Returns false when neither content nor mode had to change.
 */
export function writeSettingsFile(file: string, text: string, backupDirectory: string): boolean {
  const state = readSettingsFile(file);
  if (state.text === text) {
    if (state.mode === 0o600) return false;
    if ((state.mode & 0o200) === 0) throw new FileProblem(file, 'is read-only; allow writing and run this again');
    fs.chmodSync(state.realPath, 0o600);
    return true;
  }
  if (state.text !== undefined) {
    if ((state.mode & 0o200) === 0) throw new FileProblem(file, 'is read-only; allow writing and run this again');
    keepBackup(state.realPath, state.text, backupDirectory);
  }
  try {
    fs.mkdirSync(path.dirname(state.realPath), { recursive: true, mode: 0o700 });
    replaceFile(state.realPath, text, 0o600);
  } catch (error) {
    throw new FileProblem(file, `cannot be written (${codeOf(error)})`);
  }
  return true;
}

/** Atomic replacement: a reader sees the former or the new content, and a crash leaves one of the two. */
export function replaceFile(realPath: string, text: string, mode: number): void {
  const temporary = `${realPath}.moda-${process.pid}-${Date.now().toString(36)}.tmp`;
  const owner = fs.statSync(realPath, { throwIfNoEntry: false });
  let handle: number | undefined;
  try {
    handle = fs.openSync(temporary, 'wx', mode);
    fs.writeFileSync(handle, text);
    fs.fchmodSync(handle, mode);
    if (owner !== undefined && process.getuid?.() === 0 && owner.uid !== 0) {
      fs.fchownSync(handle, owner.uid, owner.gid);
    }
    fs.fsyncSync(handle);
    fs.closeSync(handle);
    handle = undefined;
    fs.renameSync(temporary, realPath);
  } catch (error) {
    if (handle !== undefined) fs.closeSync(handle);
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes a file that the installer made. The former content goes to `backupDirectory` first. */
export function removeSettingsFile(file: string, backupDirectory: string): void {
  const state = readSettingsFile(file);
  if (state.text === undefined) return;
  keepBackup(state.realPath, state.text, backupDirectory);
  fs.rmSync(state.realPath);
}

/** SHA-256 of a text, hex. */
export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the system refused: no space, no right, a file where a directory is expected. Its message names call and path. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';
}

/** The error's system code, such as EACCES; never its message, which may quote content. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'failed';
}

function keepBackup(realPath: string, text: string, directory: string): void {
  ensurePrivateDirectory(directory);
  const place = `${path.basename(realPath)}.${contentHash(realPath).slice(0, 8)}`;
  const kept = fs
    .readdirSync(directory)
    .filter((name) => name.startsWith(`${place}.`))
    .sort();
  const suffix = `.${contentHash(text).slice(0, 12)}`;
  if (kept.some((name) => name.endsWith(suffix))) return;
  for (const name of kept.slice(1, Math.max(1, kept.length - BACKUPS_MAX + 2))) fs.rmSync(path.join(directory, name));
  const stamp = new Date().toISOString().replaceAll(':', '-');
  fs.writeFileSync(path.join(directory, `${place}.${stamp}${suffix}`), text, { mode: 0o600 });
}

/** The path behind symbolic links, also when the last one points at a file that is not there yet. */
function followLinks(file: string): string {
  let current = file;
  for (let hops = 0; hops < 40; hops += 1) {
    try {
      return fs.realpathSync(current);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw new FileProblem(file, `cannot be read (${codeOf(error)})`);
    }
    let link: string;
    try {
      link = fs.readlinkSync(current);
    } catch {
      // Not a link and not there: a new file in a directory that may itself be behind links.
      return path.join(realDirectory(path.dirname(current)), path.basename(current));
    }
    current = path.resolve(path.dirname(current), link);
  }
  throw new FileProblem(file, 'is a loop of symbolic links');
}

function realDirectory(directory: string): string {
  try {
    return fs.realpathSync(directory);
  } catch {
    return directory;
  }
}

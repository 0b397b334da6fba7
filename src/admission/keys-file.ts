/**
 * The keys file: JSON object of SHA-256 (hex) of a key → whose it is. Read at start and on change, written only by
 * `npm run keys`. It never holds a key itself.
 */

import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { TENANT_PATTERN } from '../config/setting.ts';

/** One key of the file, under its hash. */
export interface KeyEntry {
  readonly tenant: string;
  readonly name: string;
  /** ISO 8601; from this moment on the key is refused. */
  readonly expires?: string;
  /** Replaces the server's own rate limits for this key. */
  readonly limits?: { readonly requestsPerSecond?: number; readonly bytesPerSecond?: number };
}

/** Hash (64 lower-case hex digits) → entry. */
export type KeysFile = Readonly<Record<string, KeyEntry>>;

/** Largest file that is read; at 200 bytes a key it holds 80 000 keys. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** The file cannot be used; the message names what is wrong and never holds a key. */
export class KeysFileError extends Error {
  override readonly name = 'KeysFileError';
}

/** What reading the file gave. `warning` is set where its mode is wider than it needs to be. */
export interface KeysFileContent {
  readonly keys: KeysFile;
  readonly warning: string | undefined;
}

/**
 * Reads and checks the file. Throws `KeysFileError`. A file that group or others can write is refused, since whoever
 * writes it decides who is let in; one that they can read gives a warning (hashes of random keys give nothing away,
 * names of tenants do).
 */
export function readKeysFile(path: string): KeysFileContent {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw new KeysFileError(`cannot open ${path}: ${(error as NodeJS.ErrnoException).code ?? 'error'}`);
  }
  try {
    const stat = fstatSync(descriptor);
    const isPosix = process.platform !== 'win32';
    if (isPosix && (stat.mode & 0o022) !== 0) {
      throw new KeysFileError(`${path} can be written by group or others; run: chmod 600 ${path}`);
    }
    if (stat.size > FILE_BYTES_MAX) throw new KeysFileError(`${path} is larger than ${FILE_BYTES_MAX} bytes`);
    const warning =
      isPosix && (stat.mode & 0o044) !== 0 ? `${path} can be read by group or others; 0600 is enough` : undefined;
    return { keys: parseKeysFile(readFileSync(descriptor, 'utf8'), path), warning };
  } catch (error) {
    if (error instanceof KeysFileError) throw error;
    throw new KeysFileError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'error'}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Checks the text of a keys file. Throws `KeysFileError` that names the first bad entry by its place, not its text. */
export function parseKeysFile(text: string, path: string): KeysFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the file.
    throw new KeysFileError(`${path} is not valid JSON`);
  }
  if (!isRecord(value)) throw new KeysFileError(`${path}: expected an object of key hashes`);
  const keys: Record<string, KeyEntry> = {};
  for (const [index, [hash, entry]] of Object.entries(value).entries()) {
    const problem = entryProblem(hash, entry);
    if (problem !== undefined) throw new KeysFileError(`${path}: entry ${index + 1}: ${problem}`);
    keys[hash.toLowerCase()] = entry as KeyEntry;
  }
  return keys;
}

function entryProblem(hash: string, entry: unknown): string | undefined {
  if (!/^[0-9a-fA-F]{64}$/.test(hash)) return 'expected a SHA-256 in 64 hex digits as the name';
  if (!isRecord(entry)) return 'expected an object';
  const { tenant, name, expires, limits, ...rest } = entry;
  if (typeof tenant !== 'string' || !TENANT_PATTERN.test(tenant)) {
    return '"tenant" must be letters, digits, ".", "_" or "-", at most 64';
  }
  if (typeof name !== 'string' || name === '' || name.length > 200)
    return '"name" must be a text of 1 to 200 characters';
  if (expires !== undefined && (typeof expires !== 'string' || !isIsoTime(expires))) {
    return '"expires" must be an ISO 8601 time such as 2027-01-01T00:00:00Z';
  }
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) return `unknown field ${JSON.stringify(unknown)}`;
  return limits === undefined ? undefined : limitsProblem(limits);
}

/** Date.parse alone makes a time of nearly every text with a number in it, and March of the 30th of February. */
function isIsoTime(text: string): boolean {
  const date = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text)?.[1];
  if (date === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(date).toISOString().startsWith(date);
}

function limitsProblem(limits: unknown): string | undefined {
  if (!isRecord(limits)) return '"limits" must be an object';
  for (const [field, value] of Object.entries(limits)) {
    if (field !== 'requestsPerSecond' && field !== 'bytesPerSecond') {
      return `unknown field ${JSON.stringify(field)} in "limits"`;
    }
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
      return `"limits.${field}" must be a number above 0`;
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Replaces the file in one step, mode 0600, synced: a reader sees the old text or the new one, never half. */
export function writeKeysFile(path: string, keys: KeysFile): void {
  writePrivateFile(path, `${JSON.stringify(keys, undefined, 2)}\n`);
}

/**
 * Writes `content` to `path` in one step with mode 0600, whatever mode it had, and syncs both the file and its name: a key
 * that was revoked must not come back with the power. Throws `KeysFileError` when the system refuses; the file is then as
 * it was, but for a directory that cannot be synced.
 */
export function writePrivateFile(path: string, content: string): void {
  const draft = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    writeSynced(draft, content);
    // The umask may have narrowed the mode further; 0600 is what is promised.
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new KeysFileError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? 'error'}`);
  }
  try {
    // Windows opens no directories.
    if (process.platform !== 'win32') syncDirectory(dirname(path));
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new KeysFileError(`${path} is written, but its directory cannot be synced: ${code}`);
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some network file systems have no such call for directories.
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(descriptor);
  }
}

function writeSynced(path: string, content: string): void {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    // A single write to a disk that becomes full takes a part and reports no error; this one goes on until all is there.
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

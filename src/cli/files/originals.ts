/**
 * Remembers each settings file as it was before the first change, so that uninstalling can give the very bytes back as long
 * as nobody else has edited the file since, and the user's own values of settings that had to be replaced otherwise.
 */

import fs from 'node:fs';
import path from 'node:path';
import { ensurePrivateDirectory } from './moda-home.ts';
import { contentHash, replaceFile } from './private-file.ts';

interface OriginalRecord {
  readonly file: string;
  /** Content before the first change; null when there was no such file, absent when it is not known. */
  readonly original?: string | null;
  /** Somebody else changed the file between two installations: `original` shows what was there, its bytes do not come back. */
  readonly isEdited?: boolean;
  /** The installer made the agent's folder. */
  readonly madeFolder?: boolean;
  readonly mode: number;
  /** SHA-256 of what the installer wrote last. */
  readonly writtenHash: string;
  /** Values of the user's that the installer replaced, by setting name; null where there was none. */
  readonly replaced: Readonly<Record<string, string | null>>;
}

export interface InstallWrite {
  readonly file: string;
  readonly before: string | undefined;
  readonly beforeMode: number;
  readonly written: string;
  /** Whether `before` already held entries of this installer. */
  readonly hadOwnEntries: boolean;
  readonly replaced: ReadonlyMap<string, string>;
  /** Whether the agent's folder was made for this file. */
  readonly madeFolder: boolean;
}

/** Notes one installation. Keeps what is already known as long as it still holds. */
export function rememberOriginal(directory: string, write: InstallWrite): void {
  const known = readRecord(directory, write.file);
  const isUntouchedSince = known !== undefined && contentHash(write.before ?? '') === known.writtenHash;
  const replaced = { ...Object.fromEntries(write.replaced), ...(write.hadOwnEntries ? known?.replaced : undefined) };
  let original: Pick<OriginalRecord, 'original' | 'isEdited'> = {};
  if (!write.hadOwnEntries) original = { original: write.before ?? null };
  else if (known?.original !== undefined) {
    original = { original: known.original, isEdited: known.isEdited === true || !isUntouchedSince };
  }
  const mode = isUntouchedSince && write.hadOwnEntries ? known.mode : write.beforeMode;
  const record: OriginalRecord = {
    file: write.file,
    ...original,
    mode,
    writtenHash: contentHash(write.written),
    replaced,
    madeFolder: write.madeFolder || (write.hadOwnEntries && known?.madeFolder === true),
  };
  ensurePrivateDirectory(directory);
  replaceFile(recordPath(directory, write.file), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
}

/**
 * What uninstalling should give back: the original (`text` undefined: there was no file) when the current content is still
 * what the installer wrote, else the replaced values; `original` then tells what else stood there before.
 */
export function recallOriginal(
  directory: string,
  file: string,
  current: string,
): {
  readonly exact: { readonly text: string | undefined; readonly mode: number } | undefined;
  readonly original: string | null | undefined;
  readonly replaced: ReadonlyMap<string, string>;
} {
  const record = readRecord(directory, file);
  const replaced = new Map(
    Object.entries(record?.replaced ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const original = record?.original;
  if (original === undefined || record?.isEdited === true || record?.writtenHash !== contentHash(current)) {
    return { exact: undefined, original, replaced };
  }
  return { exact: { text: original ?? undefined, mode: record.mode }, original, replaced };
}

/** Whether the installer made the folder that the file stands in. */
export function hasMadeFolder(directory: string, file: string): boolean {
  return readRecord(directory, file)?.madeFolder === true;
}

/** Forgets a file once it is restored. */
export function forgetOriginal(directory: string, file: string): void {
  fs.rmSync(recordPath(directory, file), { force: true });
}

function recordPath(directory: string, file: string): string {
  return path.join(directory, `${path.basename(file)}.${contentHash(file).slice(0, 16)}.json`);
}

function readRecord(directory: string, file: string): OriginalRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(recordPath(directory, file), 'utf8')) as OriginalRecord;
  } catch {
    // Never installed, or the note was lost: uninstalling then works by structure alone.
    return undefined;
  }
}

/**
 * Brings a private index up to the working tree. git lists what changed, this file decides what may enter, git hashes it:
 * so the deny list, the size limits and nested repositories are decided on paths, not left to `git add`.
 */

import fs from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../hook/workspace.ts';
import { isDenied, TRACKED_BYTES_MAX, UNTRACKED_BYTES_MAX } from './deny-list.ts';
import { type GitPlace, git, joinNul, pathBytes, readableText, splitNul } from './git.ts';
import type { SkipReason } from './refusal.ts';

/** More changed paths than this at once is not a working tree that an agent edits. */
const CHANGED_FILES_MAX = 50_000;
const CHANGED_BYTES_MAX = 256 * 1024 * 1024;
/** 50 000 paths of 200 bytes. */
const LISTING_BYTES_MAX = 16 * 1024 * 1024;

/** Filters whose stored form is not what lies in the working tree: large files elsewhere, or encrypted ones in clear. */
const FOREIGN_FILTERS = /^(?:lfs|git-crypt.*|crypt|transcrypt.*|git-secret|sops.*|vault)$/;

export interface StagedChanges {
  /** What entered the index or left it, relative to the working tree. */
  readonly paths: readonly string[];
  readonly refused: SkipReason | undefined;
}

interface Changes {
  readonly present: string[];
  readonly removed: string[];
  readonly bytes: number;
}

/** Stages every change that may enter. With `refused` set the index is unchanged. */
export async function stageChanges(
  place: GitPlace,
  workspace: Workspace,
  signal: AbortSignal | undefined,
): Promise<StagedChanges> {
  const listing = await git(place, ['ls-files', '-t', '-z', '-o', '-m', '-d', '--exclude-standard'], {
    signal,
    outputBytesMax: LISTING_BYTES_MAX,
  });
  if (listing.code !== 0) return { paths: [], refused: 'failed' };
  const lines = splitNul(listing.stdout);
  if (lines.length > CHANGED_FILES_MAX) return { paths: [], refused: 'too many files' };
  const changes = chooseChanges(lines, place.workTree);
  if (changes.bytes > CHANGED_BYTES_MAX) return { paths: [], refused: 'too many bytes' };
  const present = await withoutForeignFilters(place, workspace, changes.present, signal);
  const hasRemoved = await updateIndex(place, ['--force-remove'], changes.removed, signal);
  const added = hasRemoved ? await addPaths(place, present, signal) : undefined;
  if (added === undefined) return { paths: [], refused: 'failed' };
  return { paths: [...added, ...changes.removed].map(readableText), refused: undefined };
}

/** Sorts git's tagged lines: `?` untracked, `C` changed, `R` removed. */
function chooseChanges(lines: readonly string[], workTree: string): Changes {
  const removed = new Set<string>();
  for (const line of lines) if (line.startsWith('R ')) removed.add(line.slice(2));
  const present: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const isUntracked = line.startsWith('? ');
    const file = line.slice(2);
    // A trailing slash is a nested repository: its contents are its own affair.
    if (!(isUntracked || line.startsWith('C ')) || removed.has(file) || file.endsWith('/') || isDenied(file)) continue;
    const stat = fs.lstatSync(pathBytes(workTree, file), { throwIfNoEntry: false });
    const size = stat?.size ?? 0;
    if (size > (isUntracked ? UNTRACKED_BYTES_MAX : TRACKED_BYTES_MAX)) continue;
    bytes += size;
    present.push(file);
  }
  return { present, removed: [...removed], bytes };
}

async function updateIndex(
  place: GitPlace,
  args: readonly string[],
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (paths.length === 0) return true;
  const { code } = await git(place, ['update-index', ...args, '-z', '--stdin'], { input: joinNul(paths), signal });
  return code === 0;
}

/** Returns what was staged. One unreadable file makes update-index give up on all; the second try leaves such files out. */
async function addPaths(
  place: GitPlace,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const args = ['--add', '--remove', '--replace'];
  if (await updateIndex(place, args, paths, signal)) return paths;
  const readable = paths.filter(isReadable(place));
  return (await updateIndex(place, args, readable, signal)) ? readable : undefined;
}

function isReadable(place: GitPlace): (file: string) => boolean {
  return (file) => {
    const full = pathBytes(place.workTree, file);
    try {
      if (fs.lstatSync(full).isSymbolicLink()) return true;
      fs.closeSync(fs.openSync(full, 'r'));
      return true;
    } catch (error) {
      return (error as { code?: string }).code === 'ENOENT';
    }
  };
}

async function withoutForeignFilters(
  place: GitPlace,
  workspace: Workspace,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (paths.length === 0 || !mayHaveFilters(place, workspace)) return paths;
  const args = ['check-attr', '-z', '--stdin', 'filter'];
  const { code, stdout } = await git(place, args, { input: joinNul(paths), signal });
  if (code !== 0) return paths;
  // Triples of path, attribute, value.
  const words = splitNul(stdout);
  const foreign = new Set<string>();
  for (let index = 0; index + 2 < words.length; index += 3) {
    if (FOREIGN_FILTERS.test(words[index + 2] ?? '')) foreign.add(words[index] ?? '');
  }
  return paths.filter((file) => !foreign.has(file));
}

/** A cheap sign that attributes name filters: the top file does, or their tools left a folder in the git directory. */
function mayHaveFilters(place: GitPlace, workspace: Workspace): boolean {
  for (const file of [
    path.join(place.workTree, '.gitattributes'),
    path.join(workspace.commonDirectory ?? place.workTree, 'info', 'attributes'),
  ]) {
    try {
      if (fs.readFileSync(file, 'utf8').includes('filter=')) return true;
    } catch {
      // No such file.
    }
  }
  if (workspace.commonDirectory === undefined) return false;
  const { commonDirectory } = workspace;
  return ['lfs', 'git-crypt'].some((folder) => fs.existsSync(path.join(commonDirectory, folder)));
}

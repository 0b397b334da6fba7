/**
 * Prepares a shadow repository: the exclude file from the user's own excludes, and a first index taken from the user's
 * index and object store, which turns the first snapshot of a large repository from minutes into a stat of each file.
 * Nothing of the user's repository is written; anything odd about it (split index, other hash) only means a cold start.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../hook/workspace.ts';
import { userGitEnvironment } from '../settings.ts';
import { DENIED_PATTERNS, isDenied } from './deny-list.ts';
import { type GitPlace, git, joinNul, splitNul } from './git.ts';
import { gitPlace, ownFile, type ShadowRepository } from './shadow-repository.ts';

/** Bytes of each exclude file of the user's that are copied. */
const EXCLUDE_BYTES_MAX = 256 * 1024;

/** Writes info/exclude: the user's patterns first, the deny list last. Called for a new shadow and at session starts. */
export function refreshExcludes(shadow: ShadowRepository, workspace: Workspace): void {
  const own =
    workspace.commonDirectory === undefined ? '' : readText(path.join(workspace.commonDirectory, 'info', 'exclude'));
  const personal = readText(personalExcludesFile(shadow.workTree));
  const text = `${own}\n${personal}\n${DENIED_PATTERNS.join('\n')}\n`;
  const file = path.join(shadow.directory, 'info', 'exclude');
  if (readText(file) !== text) fs.writeFileSync(file, text, { mode: 0o600 });
}

/**
 * Fills `indexFile` from the user's index. Returns false when there is nothing to start from, or when git cannot use it;
 * then the file is gone and the first snapshot hashes everything.
 */
export async function seedIndex(
  shadow: ShadowRepository,
  workspace: Workspace,
  indexFile: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { gitDirectory, commonDirectory } = workspace;
  if (gitDirectory === undefined || commonDirectory === undefined) return false;
  const objects = path.join(commonDirectory, 'objects');
  // A linked worktree has an index of its own; objects and config are shared.
  const userIndex = path.join(gitDirectory, 'index');
  if (!fs.existsSync(userIndex) || !isUsable(objects, commonDirectory)) return false;
  fs.writeFileSync(path.join(shadow.directory, 'objects', 'info', 'alternates'), `${objects}\n`, { mode: 0o600 });
  copyIndex(userIndex, indexFile);
  const place = gitPlace(shadow, indexFile);
  if (await adoptIndex(place, signal)) {
    fs.writeFileSync(ownFile(shadow, 'seeded'), '', { mode: 0o600 });
    return true;
  }
  fs.rmSync(indexFile, { force: true });
  return false;
}

/**
 * Copies an index and keeps its time, cut to the second: git takes a file as unchanged when it is older than the index, so
 * a copy with a later time would hide a change made in the same second.
 */
export function copyIndex(from: string, to: string): void {
  const { mtimeMs } = fs.statSync(from);
  fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
  fs.chmodSync(to, 0o600);
  const seconds = Math.floor(mtimeMs / 1000);
  fs.utimesSync(to, seconds, seconds);
}

/** Takes denied paths out, undoes "assume unchanged", and refreshes what git knows of each file. */
async function adoptIndex(place: GitPlace, signal: AbortSignal | undefined): Promise<boolean> {
  const listing = await git(place, ['ls-files', '-v', '-z'], { signal });
  if (listing.code !== 0) return false;
  const entries = splitNul(listing.stdout).map((line) => ({ tag: line[0] ?? '', path: line.slice(2) }));
  const denied = entries.filter((entry) => isDenied(entry.path)).map((entry) => entry.path);
  const assumed = entries.filter((entry) => entry.tag !== entry.tag.toUpperCase()).map((entry) => entry.path);
  const steps: { args: readonly string[]; paths: readonly string[] }[] = [
    { args: ['--force-remove'], paths: denied },
    { args: ['--no-assume-unchanged'], paths: assumed.filter((entry) => !isDenied(entry)) },
  ];
  for (const { args, paths } of steps) {
    if (paths.length === 0) continue;
    const { code } = await git(place, ['update-index', ...args, '-z', '--stdin'], { input: joinNul(paths), signal });
    if (code !== 0) return false;
  }
  // Exits with 1 when files differ, which is what the next step looks for.
  await git(place, ['update-index', '-q', '--refresh'], { signal });
  return true;
}

/** Alternates are one path a line; another object hash cannot be shared. */
function isUsable(objects: string, commonDirectory: string): boolean {
  if (/[\n"]/.test(objects) || objects.startsWith('#')) return false;
  return !/objectformat\s*=\s*sha256/i.test(readText(path.join(commonDirectory, 'config')));
}

/** core.excludesFile as the user's own git resolves it, includes and all. */
function personalExcludesFile(workTree: string): string {
  const environment = userGitEnvironment();
  const found = spawnSync('git', ['config', '--type=path', '--get', 'core.excludesFile'], {
    cwd: workTree,
    env: environment,
    encoding: 'utf8',
    timeout: 2000,
    windowsHide: true,
  });
  const named = found.status === 0 ? found.stdout.trim() : '';
  if (named !== '') return path.resolve(workTree, named);
  const config = environment['XDG_CONFIG_HOME'] ?? path.join(environment['HOME'] ?? '', '.config');
  return path.join(config, 'git', 'ignore');
}

function readText(file: string): string {
  try {
    if (fs.statSync(file).size > EXCLUDE_BYTES_MAX) return '';
    return fs.readFileSync(file, 'utf8');
  } catch {
    // Most people have none.
    return '';
  }
}

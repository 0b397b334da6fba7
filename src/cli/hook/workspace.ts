/**
 * Repository and branch of a directory, read from git's own files: starting git would cost more than the rest of a hook.
 * Formats: gitrepository-layout(5), git-config(1).
 */

import type { Stats } from 'node:fs';
import { fs, path } from '../builtins.ts';

export interface Workspace {
  /** Top of the working tree, or the directory itself outside of git. */
  readonly root: string;
  /** The working tree's own git directory (of a linked worktree: the one under worktrees/). */
  readonly gitDirectory: string | undefined;
  /** The directory that holds objects and config. */
  readonly commonDirectory: string | undefined;
  /** `owner/name` of the remote, else the folder's name. */
  readonly repo: string;
  readonly branch: string;
}

/** Folders between a directory and its repository's top are few. */
const LEVELS_MAX = 64;

/** Looks upwards from `directory`. Never throws. */
export function findWorkspace(directory: string): Workspace {
  let current = path.resolve(directory);
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const gitDirectory = gitDirectoryOf(current);
    if (gitDirectory !== undefined) return describe(current, gitDirectory);
    const parent = path.dirname(current);
    if (parent === current) break;
    current = parent;
  }
  const root = path.resolve(directory);
  return { root, gitDirectory: undefined, commonDirectory: undefined, repo: path.basename(root), branch: '' };
}

/** `owner/name` of a remote address, without host, user or password; undefined when it has no such form. */
function repositoryName(address: string): string | undefined {
  const location = /^[a-z][a-z+.-]*:\/\//i.test(address)
    ? (address.split('/').slice(3).join('/') ?? '')
    : address.replace(/^(?:[^/:]*@)?[^/:]+:/, '');
  const words = location
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter((word) => word !== '');
  return words.length === 0 ? undefined : words.slice(-2).join('/');
}

function gitDirectoryOf(directory: string): string | undefined {
  const entry = path.join(directory, '.git');
  const stat = statOf(entry);
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) return fs.existsSync(path.join(entry, 'HEAD')) ? entry : undefined;
  const target = /^gitdir: (.+?)\s*$/.exec(read(entry))?.[1];
  return target === undefined ? undefined : path.resolve(directory, target);
}

function describe(root: string, gitDirectory: string): Workspace {
  const common = read(path.join(gitDirectory, 'commondir')).trim();
  const commonDirectory = common === '' ? gitDirectory : path.resolve(gitDirectory, common);
  const head = read(path.join(gitDirectory, 'HEAD')).trim();
  const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1] ?? '';
  const remote = remoteAddress(read(path.join(commonDirectory, 'config')));
  return {
    root,
    gitDirectory,
    commonDirectory,
    repo: (remote === undefined ? undefined : repositoryName(remote)) ?? path.basename(mainRoot(root, commonDirectory)),
    // A repository with reftable keeps its head elsewhere and leaves this placeholder.
    branch: branch === '.invalid' ? '' : branch,
  };
}

/** Linked worktrees are named after their main repository. */
function mainRoot(root: string, commonDirectory: string): string {
  return path.basename(commonDirectory) === '.git' ? path.dirname(commonDirectory) : root;
}

/** The address of `origin`, else of the first remote. */
function remoteAddress(config: string): string | undefined {
  let section = '';
  let first: string | undefined;
  for (const line of config.split('\n')) {
    const header = /^\s*\[remote "([^"]+)"\]/.exec(line);
    if (header !== null) section = header[1] ?? '';
    else if (/^\s*\[/.test(line)) section = '';
    const url = section === '' ? undefined : /^\s*url\s*=\s*"?([^"\r]+?)"?\s*$/.exec(line)?.[1];
    if (url === undefined) continue;
    if (section === 'origin') return url;
    first ??= url;
  }
  return first;
}

function statOf(file: string): Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch {
    // A folder that may not be searched, a loop of links, a name too long: no repository that could be read.
    return undefined;
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // Not there or not readable: an unknown branch is better than a failed hook.
    return '';
  }
}

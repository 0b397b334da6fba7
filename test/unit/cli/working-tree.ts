/** A working tree in a sandbox of its own, the user's git on it, and its snapshots read back by plain git. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { findWorkspace } from '../../../src/cli/hook/workspace.ts';
import { type SnapshotRequest, type SnapshotResult, takeSnapshot } from '../../../src/cli/snapshots/take-snapshot.ts';
import { Sandbox } from './sandbox.ts';

/** A new one for each test of the file that imports this. */
export let sandbox: Sandbox;

beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.remove();
});

/** git as the user of the working tree runs it. */
export function userGit(args: readonly string[], cwd = sandbox.work, env: Record<string, string> = {}): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: sandbox.home,
      PATH: process.env['PATH'] ?? '',
      GIT_AUTHOR_NAME: 'u',
      GIT_AUTHOR_EMAIL: 'u@x',
      GIT_COMMITTER_NAME: 'u',
      GIT_COMMITTER_EMAIL: 'u@x',
      ...env,
    },
  });
}

export function write(file: string, text: string | Buffer, cwd = sandbox.work): void {
  fs.mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true });
  fs.writeFileSync(path.join(cwd, file), text);
}

export function makeRepository(files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' }): void {
  userGit(['init', '-q', '-b', 'main']);
  for (const [file, text] of Object.entries(files)) write(file, text);
  userGit(['add', '-A', '-f']);
  userGit(['commit', '-q', '-m', 'x']);
}

export function snapshot(more: Partial<SnapshotRequest> = {}, directory = sandbox.work): Promise<SnapshotResult> {
  return takeSnapshot({
    home: sandbox.home,
    workspace: findWorkspace(directory),
    session: 's-1',
    event: 'PostToolUse',
    ids: { tool_use_id: 't-1' },
    firedAtMs: Date.now(),
    isSessionStart: false,
    lockWaitMs: 10_000,
    ...more,
  });
}

export async function taken(more: Partial<SnapshotRequest> = {}, directory = sandbox.work) {
  const result = await snapshot(more, directory);
  if (result.kind !== 'taken') throw new Error(`skipped: ${result.reason}`);
  return result;
}

/** Path → content of everything in a snapshot, read by plain git. */
export function contentOf({
  commit,
  shadow,
}: {
  commit: string;
  shadow: { directory: string };
}): Record<string, string> {
  const run = (...args: string[]): string => userGit(args, sandbox.root, { GIT_DIR: shadow.directory });
  const files: Record<string, string> = {};
  for (const line of run('ls-tree', '-r', '-z', commit).split('\0')) {
    const [, , mode, type, hash, name] = /^((\d+) (\w+) ([0-9a-f]+)\t([\s\S]*))$/.exec(line) ?? [];
    if (name === undefined) continue;
    files[name] =
      type === 'commit' ? 'gitlink' : `${mode === '120000' ? '-> ' : ''}${run('cat-file', 'blob', hash ?? '')}`;
  }
  return files;
}

/** A hash of every file below a directory, with its mode and time. */
export function fingerprint(directory: string): string {
  const hash = createHash('sha256');
  for (const name of fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = fs.lstatSync(path.join(directory, name));
    hash.update(`${name} ${stat.mode} ${stat.isFile() ? stat.mtimeMs : ''}\n`);
    if (stat.isFile()) hash.update(fs.readFileSync(path.join(directory, name)));
  }
  return hash.digest('hex');
}

/** `moda snapshots list|show|diff`: what was recorded of the current working tree, for people. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { CommandInput } from '../commands.ts';
import { CommandFailure, EXIT_CODES } from '../exit-codes.ts';
import { findWorkspace } from '../hook/workspace.ts';
import { say, sayTable } from '../output.ts';
import type { CliSettings } from '../settings.ts';
import { git, gitEnvironment } from './git.ts';
import { shadows } from './maintenance.ts';
import { readRecords, type SnapshotRecord } from './records.ts';
import { gitPlace, type ShadowRepository, shadowOf } from './shadow-repository.ts';

/** Lines of `list`; the newest ones count. */
const LINES_MAX = 200;

/** Runs one of the three and returns the exit code. */
export async function runSnapshots(settings: CliSettings, { words, options }: CommandInput): Promise<number> {
  const [action, first, second] = words;
  const directory = path.resolve(options.dir ?? '.');
  if (action === 'list') return list(settings, options.all === true ? undefined : directory, options.json === true);
  const shadow = requireShadow(settings, directory);
  const records = readRecords(shadow);
  if (action === 'show' && first !== undefined) {
    const record = requireRecord(records, first);
    for (const line of describe(record)) say(line);
    const former = records.findLast(({ sequence }) => sequence > 0 && sequence < record.sequence);
    return await showDifference(shadow, former?.commit, record.commit);
  }
  if (action === 'diff' && first !== undefined) {
    const older = requireRecord(records, first);
    const newer =
      second === undefined ? records.findLast(({ sequence }) => sequence > 0) : requireRecord(records, second);
    return await showDifference(shadow, older.commit, (newer ?? older).commit);
  }
  throw new CommandFailure('USAGE', 'expected "moda snapshots list", "show NUMBER" or "diff NUMBER [NUMBER]"');
}

function list(settings: CliSettings, directory: string | undefined, isJson: boolean): number {
  const chosen = directory === undefined ? shadows(settings.home) : [requireShadow(settings, directory)];
  if (chosen.length === 0 && !isJson) say('no snapshot of any working tree yet');
  for (const shadow of chosen) {
    const records = readRecords(shadow).slice(-LINES_MAX);
    if (isJson) {
      for (const record of records) say(JSON.stringify({ worktree: shadow.workTree, ...record }));
      continue;
    }
    say(shadow.workTree);
    if (records.length === 0) say('  no snapshot yet');
    sayTable(records.map((record) => ['', ...rowOf(record)]));
  }
  return EXIT_CODES.OK.code;
}

function rowOf(record: SnapshotRecord): string[] {
  const state = record.skipped === '' ? record.commit.slice(0, 12) : `skipped: ${record.skipped}`;
  const number = record.sequence === 0 ? '-' : String(record.sequence);
  const tool = record.ids['tool_use_id'] ?? '';
  return [
    number,
    record.time,
    record.session.slice(0, 8),
    record.event,
    `${record.files} files`,
    `${record.tookMs} ms`,
    state,
    tool,
  ];
}

function describe(record: SnapshotRecord): string[] {
  const ids = Object.entries(record.ids).map(([name, value]) => `${name}  ${value}`);
  return [
    `snapshot ${record.sequence}  ${record.time}  ${record.event}`,
    `session  ${record.session}`,
    ...ids,
    `commit  ${record.commit}`,
    `tree  ${record.tree}`,
    '',
  ];
}

function requireShadow(settings: CliSettings, directory: string): ShadowRepository {
  const { root } = findWorkspace(directory);
  const shadow = shadowOf(settings.home, fs.existsSync(root) ? fs.realpathSync(root) : root);
  if (fs.existsSync(shadow.directory)) return shadow;
  throw new CommandFailure('FAILED', `no snapshot of ${root} yet; "moda snapshots list --all" shows the others`);
}

/** A snapshot by its number, or by the start of its commit. */
function requireRecord(records: readonly SnapshotRecord[], word: string): SnapshotRecord {
  const found = /^[0-9]{1,9}$/.test(word)
    ? records.findLast(({ sequence }) => sequence > 0 && sequence === Number(word))
    : records.findLast(({ commit }) => word.length >= 6 && commit.startsWith(word));
  if (found !== undefined) return found;
  throw new CommandFailure('FAILED', `no snapshot ${word}; "moda snapshots list" shows them`);
}

/** git's own diff, on the terminal. Objects that lay in the user's repository may be gone: that is said, not shown half. */
async function showDifference(shadow: ShadowRepository, older: string | undefined, newer: string): Promise<number> {
  const place = gitPlace(fs.existsSync(shadow.workTree) ? shadow : { ...shadow, workTree: shadow.directory });
  for (const commit of older === undefined ? [newer] : [older, newer]) {
    const { code } = await git(place, ['rev-list', '--objects', '--quiet', commit]);
    if (code !== 0) {
      throw new CommandFailure(
        'FAILED',
        `${commit.slice(0, 12)} is incomplete: the repository that held its objects has dropped them`,
      );
    }
  }
  const range = older === undefined ? ['show', '--format=', newer] : ['diff', older, newer];
  const { status } = spawnSync('git', ['--no-pager', ...range, '--no-ext-diff', '--no-textconv'], {
    cwd: place.workTree,
    env: gitEnvironment(place),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0 ? EXIT_CODES.OK.code : EXIT_CODES.FAILED.code;
}

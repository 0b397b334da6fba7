/**
 * What an agent waits for at each hook: the packaged `moda hook` against the bare start of Node, with the server up, without
 * a snapshot and with one of a repository of 2 000 files in which one file changes before every hook. The cases take turns
 * and medians are compared, so that what else the machine does falls on all of them. `--node=PATH` measures another Node.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { MicroResult } from '../micro-bench.ts';
import { printTable } from '../table.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILES = 2000;
const RUNS = 20;
/** What is promised: this many times the bare start without a snapshot, and this much more with one. */
const TIMES_BARE_MAX = 1.6;
const SNAPSHOT_MS_MAX = 300;

const { values: flags } = parseArgs({ options: { node: { type: 'string', default: process.execPath } } });

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'moda-hook-cost-'));
const home = path.join(root, 'home');
const work = path.join(root, 'work');
const main = path.join(root, 'dist', 'cli', 'main.cjs');
const env = { HOME: home, PATH: process.env['PATH'] ?? '', MODA_HOOK_SNAPSHOT_MS: '2000' };
let edits = 0;

execFileSync(process.execPath, ['deploy/build.ts', '--cli', `--out=${path.join(root, 'dist')}`], { cwd: ROOT });
makeRepository();
// The peer is a process of its own: this one is blocked while a hook runs.
const peer = spawn(process.execPath, ['-e', peerScript()], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise<string>((resolve) => {
  peer.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
});
fs.mkdirSync(path.join(home, '.moda'), { recursive: true });
const config = { api_key: 'moda_sk_bench', endpoint: `http://127.0.0.1:${port}` };
fs.writeFileSync(path.join(home, '.moda', 'config.json'), JSON.stringify(config));

try {
  hook('SessionStart');
  const records = fs.readdirSync(path.join(home, '.moda', 'shadow')).filter((name) => name.length === 32);
  if (records.length !== 1) throw new Error('the first hook took no snapshot');
  report(
    measure([
      { name: 'moda hook, no snapshot', run: () => hook('Notification') },
      { name: 'bare node -e 0', run: () => void spawnSync(flags.node, ['-e', '0'], { env }) },
      { name: `moda hook, snapshot of ${FILES} files`, run: changeAndHook },
      { name: `moda hook, ${FILES} files unchanged`, run: () => hook('PreToolUse') },
    ]),
  );
} finally {
  peer.kill();
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** Times of each case in milliseconds, ascending. */
function measure(cases: readonly { name: string; run: () => void }[]): Map<string, number[]> {
  const times = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let turn = 0; turn < RUNS; turn += 1) {
    for (const { name, run } of cases) {
      const startedMs = performance.now();
      run();
      times.get(name)?.push(performance.now() - startedMs);
    }
  }
  for (const list of times.values()) list.sort((left, right) => left - right);
  return times;
}

function report(times: ReadonlyMap<string, readonly number[]>): void {
  const at = (list: readonly number[], share: number): number => list[Math.floor((list.length - 1) * share)] ?? 0;
  const [ours = 0, bare = 0, withSnapshot = 0] = [...times.values()].map((list) => at(list, 0.5));
  const version = execFileSync(flags.node, ['--version'], { encoding: 'utf8' }).trim();
  const title = `one hook, as the agent waits for it (Node ${version}, median of ${RUNS} alternating runs)`;
  printTable(
    title,
    ['', 'median ms', '× bare', 'p90 ms'],
    [...times].map(([name, list]) => [
      name,
      at(list, 0.5).toFixed(1),
      (at(list, 0.5) / bare).toFixed(2),
      at(list, 0.9).toFixed(1),
    ]),
  );
  const verdict = (isMet: boolean): string => (isMet ? 'met' : 'NOT met');
  process.stdout.write(
    `${(ours / bare).toFixed(2)} × bare Node: at most ${TIMES_BARE_MAX} is ${verdict(ours / bare <= TIMES_BARE_MAX)}; ` +
      `a snapshot adds ${(withSnapshot - ours).toFixed(0)} ms: at most ${SNAPSHOT_MS_MAX} is ${verdict(withSnapshot - ours <= SNAPSHOT_MS_MAX)}\n`,
  );
  const cases = [...times].map(([name, list]) => ({
    ...{ name, rate: 1000 / at(list, 0.5), oursTimes: at(list, 0.5) / ours },
    ...{ p50: at(list, 0.5) * 1000, p99: at(list, 0.99) * 1000, p999: at(list, 0.999) * 1000 },
  }));
  process.send?.({ kind: 'micro', title, unit: 'processes', cases } satisfies MicroResult);
}

function hook(event: string): void {
  const input = JSON.stringify({
    session_id: 's',
    cwd: work,
    hook_event_name: event,
    tool_use_id: 't',
    prompt_id: 'p',
  });
  const { status } = spawnSync(flags.node, [main, 'hook', 'claude'], { input, env });
  if (status !== 0) throw new Error(`moda hook ended with ${status}`);
}

function changeAndHook(): void {
  edits += 1;
  fs.writeFileSync(path.join(work, 'f1.txt'), `${edits}\n`);
  hook('PostToolUse');
}

function makeRepository(): void {
  fs.mkdirSync(work);
  for (let index = 0; index < FILES; index += 1) fs.writeFileSync(path.join(work, `f${index}.txt`), `${index}\n`);
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: work });
  };
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=b', '-c', 'user.email=b@localhost', 'commit', '-q', '-m', 'x');
}

function peerScript(): string {
  return `require('node:http').createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
}

/**
 * What an agent waits for at each hook: the compiled `moda hook` against the bare start of Node, with the server up, without
 * a snapshot and with one of a repository of 2 000 files in which one file changes before every hook.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { microBench } from '../micro-bench.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILES = 2000;

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'moda-hook-cost-'));
const home = path.join(root, 'home');
const work = path.join(root, 'work');
const main = path.join(root, 'dist', 'cli', 'main.js');
const env = { HOME: home, PATH: process.env['PATH'] ?? '', MODA_HOOK_SNAPSHOT_MS: '2000' };
let edits = 0;

execFileSync(process.execPath, ['build.ts', '--cli', `--out=${path.join(root, 'dist')}`], { cwd: ROOT });
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
  await microBench({
    title: 'one hook, as the agent waits for it',
    unit: 'processes',
    unitsPerRun: 1,
    cases: [
      { name: 'moda hook, no snapshot', run: () => hook('Notification') },
      { name: 'bare node -e 0', run: () => spawnSync(process.execPath, ['-e', '0']) },
      { name: `moda hook, snapshot of ${FILES} files`, run: changeAndHook },
      { name: `moda hook, ${FILES} files unchanged`, run: () => hook('PreToolUse') },
    ],
  });
} finally {
  peer.kill();
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

function hook(event: string): void {
  const input = JSON.stringify({
    session_id: 's',
    cwd: work,
    hook_event_name: event,
    tool_use_id: 't',
    prompt_id: 'p',
  });
  const { status } = spawnSync(process.execPath, [main, 'hook', 'claude'], { input, env });
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

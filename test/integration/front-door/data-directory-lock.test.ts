/** One server per data directory, also after a crash and when several start at once. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDirectory, StartError } from '../../../src/server-lock.ts';

const LOCK = resolve(import.meta.dirname, '../../../src/server-lock.ts');
/** Takes the lock, says so, and holds it until it is killed. */
const HOLD = `import { lockDataDirectory } from ${JSON.stringify(LOCK)};
try { await lockDataDirectory(process.argv[1]); console.log('held'); setInterval(() => {}, 1000); }
catch (error) { console.log(error.message); }`;

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'moda-lock-')), 'data');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const hold = () =>
  spawn(process.execPath, ['--input-type=module', '-e', HOLD, directory], { stdio: ['ignore', 'pipe', 'inherit'] });

function firstLine(child: ReturnType<typeof hold>): Promise<string> {
  return new Promise((resolved) => child.stdout.once('data', (chunk: Buffer) => resolved(String(chunk).trim())));
}

it('creates the directory for its owner only, and gives the lock back', async () => {
  const unlock = await lockDataDirectory(directory);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  await expect(lockDataDirectory(directory)).rejects.toThrow(StartError);
  await unlock();
  expect(readdirSync(directory)).toEqual([]);
  await (await lockDataDirectory(directory))();
});

it('creates what is missing above it, and says in one line what the system refuses', async () => {
  const deep = join(directory, 'a', 'b');
  await (await lockDataDirectory(deep))();
  for (const path of [directory, join(directory, 'a'), deep]) expect(statSync(path).mode & 0o777).toBe(0o700);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  await expect(lockDataDirectory(join(file, 'below'))).rejects.toThrow(
    /^cannot write to the data directory .+ \(ENOTDIR\)$/,
  );
});

it.runIf(process.platform === 'linux')('refuses a directory below /proc at once', () => {
  // In a process of its own: what never returns would hold up every test.
  const lock = spawnSync(process.execPath, ['--input-type=module', '-e', HOLD, '/proc/moda/data'], { timeout: 20_000 });
  expect(String(lock.stdout)).toBe('cannot write to the data directory /proc/moda/data (ENOENT)\n');
});

it('refuses while another process holds it, in one line that names the process', async () => {
  const child = hold();
  expect(await firstLine(child)).toBe('held');
  await expect(lockDataDirectory(directory)).rejects.toThrow(`${directory} is in use by process ${child.pid}`);
  child.kill('SIGKILL');
  await new Promise((resolved) => child.once('exit', resolved));
  await (await lockDataDirectory(directory))();
});

it('takes over from a process that is gone, and from a pid that was given out again', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await (await lockDataDirectory(directory))();
  const file = join(directory, 'server.lock');
  for (const stale of [
    JSON.stringify({ pid: gone, startedAt: 'boot 1' }),
    JSON.stringify({ pid: process.pid, startedAt: 'another boot 1' }),
    JSON.stringify({ pid: process.ppid, startedAt: 'another boot 1' }),
    '{"pid":12',
    '',
  ]) {
    writeFileSync(file, stale);
    await (await lockDataDirectory(directory))();
    expect(existsSync(file)).toBe(false);
  }
});

it('believes a holder in another container or on another machine while it touches the file, and no longer', async () => {
  const child = hold();
  expect(await firstLine(child)).toBe('held');
  // As the file looks from elsewhere: its pid is nobody here.
  const file = join(directory, 'server.lock');
  const elsewhere = { pid: 999_999_999, startedAt: 'boot 1', place: 'boot pid:[1]' };
  writeFileSync(file, JSON.stringify(elsewhere));
  await expect(lockDataDirectory(directory)).rejects.toThrow('is in use by process 999999999');
  child.kill('SIGKILL');
  await new Promise((resolved) => child.once('exit', resolved));
  await (await lockDataDirectory(directory))();
  expect(existsSync(file)).toBe(false);
}, 20_000);

it('lets exactly one of several starters in, over a stale file', async () => {
  await (await lockDataDirectory(directory))();
  writeFileSync(join(directory, 'server.lock'), JSON.stringify({ pid: 999_999_999, startedAt: '' }));
  const children = Array.from({ length: 6 }, hold);
  const lines = await Promise.all(children.map(firstLine));
  expect(lines.filter((line) => line === 'held')).toHaveLength(1);
  const holder = JSON.parse(readFileSync(join(directory, 'server.lock'), 'utf8')) as { pid: number };
  expect(holder.pid).toBe(children[lines.indexOf('held')]?.pid);
  for (const child of children) child.kill('SIGKILL');
});

it('says in one line that the directory cannot be written', async () => {
  const file = join(directory, '..', 'a-file');
  writeFileSync(file, '');
  await expect(lockDataDirectory(join(file, 'data'))).rejects.toThrow(
    /^cannot write to the data directory .*\(ENOTDIR\)$/,
  );
});

/** A disk that takes a write and never answers: the server says so, still ends, and the next one has what was acknowledged. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const KEY = 'hung-disk-test';

/** Once the file `hangs` is there, writes wait as real ones would: in a thread of the pool, for a pipe that nobody opens. */
const HANGING_WRITES = `
  import fs from 'node:fs';
  const { writev } = fs;
  fs.writev = (...call) => fs.existsSync(process.env.HANGS) ? fs.open(process.env.PIPE, 'r', () => {}) : writev(...call);`;

const directory = mkdtempSync(join(tmpdir(), 'moda-hung-'));
const hangs = join(directory, 'hangs');
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function run(): Promise<{ child: ChildProcess; address: string; errors: () => string }> {
  const env = {
    PATH: process.env['PATH'],
    MODA_DATA_DIR: join(directory, 'data'),
    MODA_API_KEYS: `${KEY}:acme`,
    MODA_PORT: '0',
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DRAIN_MS: '0',
    HANGS: hangs,
    PIPE: join(directory, 'pipe'),
  };
  const module = `data:text/javascript,${encodeURIComponent(HANGING_WRITES)}`;
  const child = spawn(process.execPath, ['--import', module, MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  let banner = '';
  while (!banner.includes('curl ')) banner += String((await once(child.stdout, 'data'))[0]);
  return { child, address: /listens on (\S+)/.exec(banner)?.[1] ?? '', errors: () => errors };
}

const post = (address: string): Promise<Response> =>
  fetch(`${address}/v1/otel/claude/hooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: '{"hook":"Stop","session_id":"s"}',
  });

it.runIf(process.platform === 'linux')(
  'refuses what comes while a write never ends, ends within a bound itself, and the next start takes over',
  async () => {
    spawnSync('mkfifo', [join(directory, 'pipe')]);
    const first = await run();
    expect((await post(first.address)).status).toBe(200);
    writeFileSync(hangs, '');
    const unanswered = post(first.address).catch(() => undefined);
    await expect.poll(async () => (await fetch(`${first.address}/readyz`)).status, { timeout: 20_000 }).toBe(503);
    const refused = await post(first.address);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    const exit = once(first.child, 'exit');
    first.child.kill('SIGTERM');
    const [code, signal] = await exit;
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    expect(first.errors()).toContain('the disk does not answer');
    expect(await unanswered).toBeUndefined();
    rmSync(hangs);
    const second = await run();
    expect((await post(second.address)).status).toBe(200);
    // Its engine writes to the directory until it has ended.
    const end = once(second.child, 'exit');
    second.child.kill('SIGTERM');
    await end;
  },
  120_000,
);

/** What a server finds in its data directory at start: what is wrong there is said in one line. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createServer } from '../../../src/server.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'moda-directory-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it.each([
  ['a development key that is none', 'development-key', /development-key holds no key; delete it to get a new one$/],
  [
    'a file where the spool should be',
    'spool',
    /^cannot use the data directory \S+: EEXIST: file already exists, mkdir/,
  ],
])('says in one line what is wrong: %s', (_name, file, line) => {
  writeFileSync(join(dataDir, file), 'nonsense', { mode: 0o600 });
  const env = { PATH: process.env['PATH'], MODA_DATA_DIR: dataDir, MODA_PORT: '0', MODA_EMBEDDED_CLICKHOUSE_PORT: '0' };
  const { status, stderr } = spawnSync(process.execPath, [MAIN], { env, encoding: 'utf8', timeout: 30_000 });
  const lines = stderr.split('\n').filter((text) => !text.startsWith('{'));
  expect([status, lines]).toEqual([1, [expect.stringMatching(line), '']]);
});

it('makes a password where the file holds none, and keeps one that is there from the eyes of others', async () => {
  const file = join(dataDir, 'clickhouse-password');
  const passwordAfterStart = async (): Promise<string> => {
    const env = { MODA_PORT: '0', MODA_EMBEDDED_CLICKHOUSE_PORT: '0', MODA_DATA_DIR: dataDir, MODA_DRAIN_MS: '0' };
    const server = await createServer(loadConfig({ ...env, MODA_LOG_LEVEL: 'silent' }));
    await server.stop();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    return new URL(server.storeUrl).password;
  };
  writeFileSync(file, '\n', { mode: 0o644 });
  const made = await passwordAfterStart();
  // 192 bits in base64url.
  expect(made).toMatch(/^[A-Za-z0-9_-]{32}$/);
  chmodSync(file, 0o644);
  expect(await passwordAfterStart()).toBe(made);
});

/** What a server finds in its data directory at start: what is wrong there is said in one line. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

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

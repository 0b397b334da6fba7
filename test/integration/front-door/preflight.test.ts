/** An install that lacks a native package: one line that says what to do, whatever the package's own loader says. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'moda-preflight-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Starts the server where a package cannot be resolved. */
function startWithout(name: string): { status: number | null; lines: string[] } {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { if (name === '${name}') throw new Error('gone'); return next(name, context); } });`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, MAIN],
    {
      env: { PATH: process.env['PATH'], MODA_DATA_DIR: dataDir, MODA_PORT: '0' },
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  return { status, lines: stderr.split('\n').filter((line) => line !== '') };
}

it.each([
  ['uWebSockets.js', 'use Node 22'],
  ['lz4-napi', 'without --omit=optional'],
  ['chdb', 'set MODA_CLICKHOUSE_URL'],
])('says what to do without %s and touches nothing', (name, advice) => {
  const { status, lines } = startWithout(name);
  expect([status, lines.length, readdirSync(dataDir)]).toEqual([1, 1, []]);
  expect(lines[0]).toContain(advice);
});

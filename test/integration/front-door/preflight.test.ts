/** An install that lacks a native package, or an old Node: one line that says what to do, whatever the loader says. */

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

/** Starts the server after a module that changes what it finds. */
function startAfter(module: string): { status: number | null; lines: string[] } {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(module)}`, MAIN],
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
  const { status, lines } = startAfter(`import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { if (name === '${name}') throw new Error('gone'); return next(name, context); } });`);
  expect([status, lines.length, readdirSync(dataDir)]).toEqual([1, 1, []]);
  expect(lines[0]).toContain(advice);
});

it('says which Node it needs on one without zstd', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.14.0' } });`;
  expect(startAfter(older)).toEqual({ status: 1, lines: ['Node 22.14.0 has no zstd: use Node 22.15 or later'] });
});

/**
 * Smoke test of the built server: installs only the production dependencies into an empty folder, starts dist/ there,
 * sends one hook and reads its row back; then checks what a slim install without the embedded engine says.
 * Run after `npm run build`: `npx node deploy/smoke.ts`.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '..');
const KEY = 'moda_sk_smoke_0123456789abcdef';
const START_MS_MAX = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'moda-smoke-'));
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  MODA_PORT: '0',
  MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
  MODA_DATA_DIR: join(folder, 'data'),
  MODA_API_KEYS: `${KEY}:smoke`,
  MODA_FLUSH_INTERVAL_MS: '50',
  MODA_DRAIN_MS: '0',
};

function fail(reason: string): never {
  throw new Error(`smoke test: ${reason}`);
}

function start(): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: folder, env: environment, stdio: 'pipe' });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((settle) => child.once('exit', (code) => settle(code)));
  return { child, output: () => text, ended };
}

async function address(output: () => string): Promise<string> {
  for (const deadline = Date.now() + START_MS_MAX; Date.now() < deadline; await pause(50)) {
    const found = /https?:\/\/127\.0\.0\.1:\d+/.exec(output());
    if (found) return found[0];
  }
  return fail(`no address after ${START_MS_MAX} ms:\n${output()}`);
}

async function storesARow(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ hook: 'PostToolUse', session_id: 'smoke', tool_name: 'Bash' });
  const reply = await fetch(`${url}/v1/otel/claude/hooks`, { method: 'POST', headers, body });
  if (reply.status !== 200) fail(`hook answered ${reply.status}`);
  const requestId = reply.headers.get('x-request-id');
  for (const deadline = Date.now() + START_MS_MAX; Date.now() < deadline; await pause(50)) {
    const answer = await fetch(`${url}/v1/requests/${requestId}`, { headers });
    const state = answer.ok ? ((await answer.json()) as { stored: boolean; normalized_count: number }) : undefined;
    if (state?.stored && state.normalized_count === 1) return;
  }
  fail('the row did not arrive in the store');
}

try {
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'dist']) {
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  execFileSync('npm', ['ci', '--omit=dev', '--no-audit'], { cwd: folder, stdio: 'inherit' });
  const server = start();
  await storesARow(await address(server.output));
  server.child.kill('SIGTERM');
  const code = await server.ended;
  if (code !== 0) fail(`SIGTERM ended with ${code}:\n${server.output()}`);

  rmSync(join(folder, 'node_modules/chdb'), { recursive: true });
  rmSync(join(folder, 'data'), { recursive: true });
  const slim = start();
  const slimCode = await slim.ended;
  if (slimCode === 0 || !/MODA_CLICKHOUSE_URL/.test(slim.output())) fail(`a slim install said:\n${slim.output()}`);
  process.stdout.write('smoke test: dist/ serves with production dependencies; a slim install says what to do\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Idle connections of strangers, more than the process has file descriptors. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { connectionsMax } from '../../../src/http/connection-limit.ts';
import { metricSum } from './support/metrics-text.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');
const KEY = 'moda_sk_descriptors';
const DESCRIPTORS = 160;

let child: ChildProcess | undefined;
let agent: Agent | undefined;
const dataDir = mkdtempSync(join(tmpdir(), 'moda-descriptors-'));
const strangers: Socket[] = [];
afterEach(async () => {
  for (const socket of strangers.splice(0)) socket.destroy();
  agent?.destroy();
  if (child?.kill('SIGKILL') === true) await new Promise((resolved) => child?.once('exit', resolved));
  rmSync(dataDir, { recursive: true, force: true });
});

/** A server without a store, listening; its port. */
function start(): Promise<number> {
  const { PATH, HOME } = process.env;
  child = spawn('sh', ['-c', `ulimit -n ${DESCRIPTORS}; exec "${process.execPath}" "${MAIN}"`], {
    env: {
      PATH,
      HOME,
      MODA_PORT: '0',
      MODA_DATA_DIR: dataDir,
      MODA_CLICKHOUSE_URL: 'http://default:none@127.0.0.1:9',
      MODA_API_KEYS: `${KEY}:acme`,
      MODA_FLUSH_ROWS: '1',
      MODA_WORKERS: '1',
      MODA_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolved) => {
    child?.stdout?.on('data', (text: Buffer) => {
      const port = /listens on \S+:(\d+)/.exec(String(text))?.[1];
      if (port !== undefined) resolved(Number(port));
    });
  });
}

/** On the one connection that stood before the strangers came. */
function ask(port: number, method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return new Promise((resolved, rejected) => {
    const asked = request({ port, host: '127.0.0.1', agent, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += String(chunk);
      });
      response.on('end', () => resolved({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', rejected);
    asked.end(body);
  });
}

it.skipIf(process.platform !== 'linux')(
  'leave the spool the descriptors that it needs',
  async () => {
    const port = await start();
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(port, 'GET', '/healthz')).status).toBe(200);
    const isClosed = Array.from({ length: 2 * DESCRIPTORS }, () => {
      const socket = connect(port, '127.0.0.1');
      strangers.push(socket);
      return new Promise<boolean>((resolved) =>
        socket.on('error', () => resolved(true)).on('close', () => resolved(true)),
      );
    });
    // The first to be closed is one too many: by then all places are taken.
    await Promise.race(isClosed);
    for (let sent = 1; sent <= 5; sent += 1) {
      const hook = JSON.stringify({ hook: 'Stop', session_id: `s${sent}` });
      expect((await ask(port, 'POST', '/v1/otel/claude/hooks', hook)).status).toBe(200);
      // Each is a segment of its own, which needs files of its own.
      const sealed = async (): Promise<number> =>
        metricSum((await ask(port, 'GET', '/metrics')).text, 'moda_spool_segments');
      while ((await sealed()) < sent) await new Promise((resolved) => setTimeout(resolved, 20));
    }
    const segments = readdirSync(join(dataDir, 'spool')).filter((name) => name.endsWith('.segment')).length;
    // The sixth is the next one, if it is made already.
    expect([5, 6]).toContain(segments);
  },
  60_000,
);

it.each([
  [20, 16],
  [1024, 960],
  [1_000_000, 16_384],
])('with %d descriptors left take %d connections', (descriptors, connections) => {
  expect(connectionsMax(descriptors)).toBe(connections);
});

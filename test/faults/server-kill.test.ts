/**
 * The whole server killed under load, as an operator runs it: real process, real HTTP, embedded engine. SERVER_KILL_ROUNDS
 * chooses how long. A round kills the server, its engine, or first the one and then the other.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createStoreClient } from '../../src/clickhouse/client.ts';
import { readStoreAddress } from '../../src/clickhouse/store-address.ts';
import { removeDirectories, temporaryDirectory } from '../integration/sink/sink-set-up.ts';
import { Chance } from '../simulation/virtual-time.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const KEY = 'moda_sk_kill_0123456789abcdef0123';
const ROUNDS = Number(process.env['SERVER_KILL_ROUNDS'] ?? 5);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const SENDERS = 8;
const STORED_MS_MAX = 60_000;

afterAll(removeDirectories);

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(dataDir: string): Promise<Running> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MODA_PORT: '0',
      MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
      MODA_DATA_DIR: dataDir,
      MODA_API_KEYS: `${KEY}:acme`,
      MODA_FLUSH_INTERVAL_MS: '100',
      MODA_LOG_LEVEL: 'silent',
    },
  });
  const url = await new Promise<string>((found, failed) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const match = /listens on (http:\/\/\S+)/.exec(text);
      if (match !== null) found(match[1]!);
    });
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return { child, url };
}

/** Sends hooks until the server is gone; the request ids of those that were answered 200. */
async function send(url: string, into: Set<string>, shouldGoOn: () => boolean): Promise<void> {
  for (let number = 0; shouldGoOn(); number++) {
    const body = JSON.stringify({
      hook: 'PostToolUse',
      session_id: 'kill',
      tool_name: 'Bash',
      tool_use_id: `t${number}`,
    });
    try {
      const response = await fetch(`${url}/v1/otel/claude/hooks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body,
      });
      await response.arrayBuffer();
      if (response.status === 200) into.add(response.headers.get('x-request-id') ?? '');
      else expect([429, 503]).toContain(response.status);
    } catch {
      // Killed in the middle of this request: nothing was promised.
      return;
    }
  }
}

/** The engine's process, a child of the server's, where the system tells. */
function enginePid(server: ChildProcess): number | undefined {
  const children = `/proc/${server.pid}/task/${server.pid}/children`;
  if (!existsSync(children)) return undefined;
  const [pid] = readFileSync(children, 'utf8').trim().split(' ').filter(Boolean);
  return pid === undefined ? undefined : Number(pid);
}

async function round(dataDir: string, chance: Chance, acknowledged: Set<string>): Promise<void> {
  const { child, url } = await start(dataDir);
  let isOver = false;
  const senders = Array.from({ length: SENDERS }, () => send(url, acknowledged, () => !isOver));
  const killsEngine = chance.chance(0.5);
  await pause(200 + chance.next() * 3000);
  const pid = enginePid(child);
  if (killsEngine && pid !== undefined) {
    process.kill(pid, 'SIGKILL');
    await pause(chance.next() * 1500);
  }
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  isOver = true;
  await exited;
  await Promise.all(senders);
}

it(`keeps every request that was answered 200 through ${ROUNDS} kills of the server, each row once (seed ${SEED})`, async () => {
  const chance = new Chance(SEED);
  const dataDir = await temporaryDirectory();
  const acknowledged = new Set<string>();
  for (let index = 0; index < ROUNDS; index++) await round(dataDir, chance, acknowledged);
  const { child, url } = await start(dataDir);
  const endMs = Date.now() + STORED_MS_MAX;
  const isEmpty = async (): Promise<boolean> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return /^moda_spool_segments 0$/m.test(text) && /^moda_store_up 1$/m.test(text);
  };
  while (!(await isEmpty()) && Date.now() < endMs) await pause(100);
  const client = createStoreClient({ url: (await readStoreAddress(dataDir)) ?? '', database: 'moda' });
  for (const table of ['events_raw', 'coding_agent_events']) {
    const rows = await client.rows<{ id: string; n: string }>(
      `SELECT request_id AS id, count() AS n FROM ${table} GROUP BY id`,
    );
    const times = new Map(rows.map(({ id, n }) => [id, Number(n)]));
    expect(
      [...acknowledged].filter((id) => !times.has(id)),
      `lost from ${table}`,
    ).toEqual([]);
    expect(
      [...times].filter(([, n]) => n !== 1),
      `doubled in ${table}`,
    ).toEqual([]);
  }
  expect(acknowledged.size).toBeGreaterThan(ROUNDS * 10);
  console.log(`${acknowledged.size} acknowledged requests`);
  await client.close();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}, 3_600_000);

/** The moment of a random kill, or between two looks at the server. */
function pause(delayMs: number): Promise<void> {
  return new Promise((done) => setTimeout(done, delayMs));
}

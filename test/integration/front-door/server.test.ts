/** The whole server in this process: what it does before its store is up, while it drains, and beside another one. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/config/load-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createServer, type Server } from '../../../src/server.ts';
import { metricSum } from './support/metrics-text.ts';
import { RawSocket } from './support/raw-socket.ts';

const KEY = 'server-test-alpha';
const OTHER_KEY = 'server-test-beta';

let dataDir: string;
const servers: Server[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'moda-server-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(env: Environment = {}): Promise<Server> {
  const config = loadConfig({
    MODA_PORT: '0',
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DATA_DIR: dataDir,
    MODA_API_KEYS: `${KEY}:alpha,${OTHER_KEY}:beta`,
    MODA_FLUSH_INTERVAL_MS: '20',
    MODA_DRAIN_MS: '0',
    MODA_LOG_LEVEL: 'silent',
    ...env,
  });
  const server = await createServer(config);
  servers.push(server);
  return server;
}

function post(server: Server, body: string, key = KEY, path = '/v1/otel/claude/hooks'): Promise<Response> {
  return fetch(server.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  });
}

const hook = (session: string): string =>
  JSON.stringify({ hook: 'PostToolUse', session_id: session, tool_name: 'Bash' });
const get = (server: Server, path: string, key?: string): Promise<Response> =>
  fetch(server.address + path, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
const metrics = async (server: Server): Promise<string> => (await get(server, '/metrics')).text();

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Rows that are acknowledged and not yet in the tables. */
const spooled = async (server: Server): Promise<number> => metricSum(await metrics(server), 'moda_tenant_rows_spooled');

async function count(server: Server, table: string): Promise<number> {
  const client = createClient({ url: server.storeUrl, database: 'moda' });
  const result = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
  const [row] = await result.json<{ n: string }>();
  await client.close();
  return Number(row?.n);
}

/** An address where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('before the store is up', () => {
  it('takes requests, keeps them over a restart, and brings them in when the store is there', async () => {
    const url = `http://default@127.0.0.1:${await closedPort()}`;
    const away = await start({ MODA_CLICKHOUSE_URL: url });
    expect((await get(away, '/readyz')).status).toBe(200);
    for (let index = 0; index < 20; index += 1) expect((await post(away, hook(`s${index}`))).status).toBe(200);
    expect(await spooled(away)).toBe(40);
    expect((await get(away, '/v1/requests/00000000-0000-4000-8000-000000000000', KEY)).status).toBe(503);
    await away.stop();

    const back = await start();
    await back.storeReady;
    await until(async () => (await spooled(back)) === 0);
    expect([await count(back, 'events_raw'), await count(back, 'coding_agent_events')]).toEqual([20, 20]);
    const text = await metrics(back);
    expect(metricSum(text, 'moda_tenant_rows_recovered_total', { tenant: 'alpha' })).toBe(40);
    expect(metricSum(text, 'moda_tenant_rows_inserted_total', { tenant: 'alpha' })).toBe(40);
  });

  it('is alive but not ready until it has met its embedded engine, and ready ever after', async () => {
    const server = await start();
    expect((await get(server, '/healthz')).status).toBe(200);
    const first = await get(server, '/readyz');
    expect(await first.json()).toMatchObject({ status: first.status === 200 ? 'ready' : 'starting' });
    await server.storeReady;
    const ready = await get(server, '/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', store: 'ready', spool: 'writable' });
  });
});

describe('a full spool', () => {
  it('answers 503 with Retry-After, turns /readyz red, and keeps every row that it has acknowledged', async () => {
    const server = await start({
      MODA_CLICKHOUSE_URL: `http://default@127.0.0.1:${await closedPort()}`,
      MODA_SPOOL_MAX_BYTES: '1MiB',
      MODA_FLUSH_BYTES: '64KiB',
    });
    let acknowledged = 0;
    let refused: Response | undefined;
    for (let round = 0; refused === undefined && round < 1000; round += 1) {
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, index) => post(server, hook(`${round}-${index}`))),
      );
      acknowledged += replies.filter((reply) => reply.status === 200).length;
      refused = replies.find((reply) => reply.status !== 200);
    }
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused?.json()).toMatchObject({ success: false, retryable: true });
    expect((await get(server, '/readyz')).status).toBe(503);
    expect((await get(server, '/healthz')).status).toBe(200);
    const text = await metrics(server);
    expect(metricSum(text, 'moda_tenant_requests_refused_total', { reason: 'SPOOL_FULL' })).toBeGreaterThan(0);
    expect(metricSum(text, 'moda_tenant_rows_spooled')).toBe(acknowledged * 2);
  });
});

describe('draining', () => {
  it('still answers a connection that was made just before the port closed', async () => {
    const server = await start({
      MODA_CLICKHOUSE_URL: `http://default:none@127.0.0.1:${await closedPort()}`,
      MODA_DRAIN_MS: '1000',
    });
    const stopped = server.stop();
    const early = await RawSocket.open(server.port);
    let isOpen = true;
    while (isOpen) {
      const probe = await RawSocket.open(server.port).catch(() => undefined);
      isOpen = probe !== undefined;
      probe?.destroy();
    }
    early.send(`POST /v1/otel/claude/hooks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n`);
    early.send(`Content-Type: application/json\r\nContent-Length: ${hook('s').length}\r\n\r\n${hook('s')}`);
    const reply = await early.reply();
    expect([reply?.status, reply?.headers.get('connection'), reply?.headers.get('retry-after')]).toEqual([
      503,
      'close',
      '1',
    ]);
    await stopped;
  });

  it('turns /readyz red and serves on, one answer per connection, until the time is over', async () => {
    const server = await start({ MODA_DRAIN_MS: '600' });
    await server.storeReady;
    const stopped = server.stop();
    const ready = await get(server, '/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'draining', store: 'ready', spool: 'writable' },
    ]);
    const late = await post(server, hook('late'));
    expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
    await stopped;
    await expect(get(server, '/healthz')).rejects.toThrow();
    const next = await start();
    await next.storeReady;
    expect(await count(next, 'events_raw')).toBe(1);
  });

  it('leaves nothing in the spool when the store is there', async () => {
    const server = await start({ MODA_FLUSH_INTERVAL_MS: '60000' });
    await server.storeReady;
    await Promise.all(Array.from({ length: 100 }, (_, index) => post(server, hook(`s${index}`))));
    await server.stop();
    const next = await start();
    await next.storeReady;
    expect(metricSum(await metrics(next), 'moda_tenant_rows_recovered_total')).toBe(0);
    expect(await count(next, 'coding_agent_events')).toBe(100);
  });
});

describe('beside another server', () => {
  it('refuses a data directory in use, in one line, and leaves the other one alone', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(/^the data directory \S+ is in use by process \d+$/);
    expect((await post(first, hook('s'))).status).toBe(200);
  });

  it('refuses a port in use, in one line, and gives up everything it had begun', async () => {
    const first = await start();
    const secondDir = join(dataDir, 'second');
    const env = { MODA_DATA_DIR: secondDir, MODA_PORT: String(first.port) };
    await expect(start(env)).rejects.toThrow(/^cannot listen on 127\.0\.0\.1:\d+/);
    const again = await start({ ...env, MODA_PORT: '0' });
    await again.storeReady;
    expect((await post(again, hook('s'))).status).toBe(200);
  });
});

describe('routes of the server itself', () => {
  it('says whose key it is, and tells a request of the own tenant from any other', async () => {
    const server = await start();
    await server.storeReady;
    expect(await (await get(server, '/v1/whoami', OTHER_KEY)).json()).toEqual({ tenant: 'beta', key: 'inline 2' });
    const stored = await post(server, hook('s'));
    const id = stored.headers.get('x-request-id') ?? '';
    await until(async () => (await spooled(server)) === 0);
    const own = await get(server, `/v1/requests/${id}`, KEY);
    expect(await own.json()).toEqual({ stored: true, normalized_count: 1 });
    const foreign = await get(server, `/v1/requests/${id}`, OTHER_KEY);
    expect(await foreign.json()).toEqual({ stored: false, normalized_count: 0 });
    expect((await get(server, '/v1/requests/1%27%20OR%201', KEY)).status).toBe(400);
    expect((await get(server, `/v1/requests/${id}`)).status).toBe(401);
  });
});

describe('ledger', () => {
  it('balances at rest, per tenant, whatever was sent', async () => {
    const server = await start({ MODA_MAX_BODY_BYTES: '20000' });
    await server.storeReady;
    const bodies = [hook('ok'), '{', '[]', 'x'.repeat(30_000), JSON.stringify([hook('a')]), '{"a":1}'];
    const sent = bodies.flatMap((body) => [KEY, OTHER_KEY, 'nobody'].map((key) => post(server, body, key)));
    await Promise.all(Array.from({ length: 5 }, () => sent).flat());
    await until(async () => (await spooled(server)) === 0);
    const text = await metrics(server);
    for (const tenant of ['alpha', 'beta']) {
      const sum = (name: string): number => metricSum(text, `moda_tenant_${name}`, { tenant });
      expect(sum('requests_received_total')).toBe(bodies.length);
      expect(sum('requests_acknowledged_total') + sum('requests_refused_total')).toBe(bodies.length);
      expect(sum('rows_taken_total')).toBe(sum('rows_inserted_total') + sum('rows_dead_lettered'));
    }
    const rows = (await count(server, 'events_raw')) + (await count(server, 'coding_agent_events'));
    expect(metricSum(text, 'moda_tenant_rows_inserted_total')).toBe(rows);
    // One raw row for each authenticated request: none was refused for a reason that leaves none.
    expect(await count(server, 'events_raw')).toBe(bodies.length * 2);
  });
});

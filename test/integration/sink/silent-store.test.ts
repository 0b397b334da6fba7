/** A store that takes a request and never answers, against one that is only slow. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { createClickHouseInserter } from '../../../src/sink/clickhouse-inserter.ts';
import { type FaultProxy, startFaultProxy } from '../../faults/fault-proxy.ts';
import { createSmallTables, smallFrame, storedRows } from '../../faults/small-tables.ts';
import { type OpenEngine, openEngine, PASSWORD } from '../clickhouse/open-engine.ts';
import { type Keeping, removeDirectories, startKeeping, temporaryDirectory } from './sink-set-up.ts';

/** Far longer than the test: only the pings can end a request. */
const REQUEST_TIMEOUT_MS = 600_000;

let engine: OpenEngine;
let proxy: FaultProxy;
const clients: StoreClient[] = [];

beforeAll(async () => {
  engine = await openEngine();
  proxy = await startFaultProxy({ port: engine.engine.port });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await proxy.close();
  await engine.close();
  await removeDirectories();
});

async function freshTables(): Promise<StoreClient> {
  const client = createStoreClient({ url: engine.engine.url, database: `silent_${clients.length}` });
  clients.push(client);
  await createSmallTables(client);
  return client;
}

async function keep(client: StoreClient): Promise<Keeping> {
  return startKeeping({
    directory: await temporaryDirectory(),
    url: `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`,
    database: client.database,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    liveness: { everyMs: 100, answerMs: 400, missesMax: 3 },
  });
}

const append = (keeping: Keeping, row: number): Promise<void> =>
  keeping.spool.append([smallFrame('events_raw', row, 1, Date.now())]);

it('gives up an INSERT that hangs when the store is silent too, and stores its rows once it is back', async () => {
  const client = await freshTables();
  const keeping = await keep(client);
  await append(keeping, 0);
  expect(await keeping.sink.drain(20_000)).toBe(true);
  await proxy.set({ kind: 'hang' });
  await append(keeping, 1);
  await keeping.spool.sealNow();
  while (keeping.failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(keeping.failures[0]?.kind).toBe('unanswered');
  await proxy.set({ kind: 'pass' });
  expect(await keeping.sink.drain(20_000)).toBe(true);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual([
    [0, 1],
    [1, 1],
  ]);
  await keeping.stop();
});

it('leaves no ping behind on the few connections of a silent store: the first question after it is back is answered', async () => {
  const direct = await freshTables();
  const url = `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`;
  const client = createStoreClient({
    url,
    database: direct.database,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    connectionsMax: 4,
  });
  clients.push(client);
  const inserter = createClickHouseInserter(client, { everyMs: 100, answerMs: 400, missesMax: 3 });
  await proxy.set({ kind: 'hang' });
  const { signal } = new AbortController();
  const counts = Array.from({ length: 4 }, () =>
    inserter.countRequests('events_raw', new Uint8Array(16), 20_000, signal),
  );
  expect((await Promise.all(counts)).map((count) => count.ok)).toEqual([false, false, false, false]);
  expect((await inserter.describe('events_raw', signal)).ok).toBe(false);
  await proxy.set({ kind: 'pass' });
  expect((await inserter.describe('events_raw', signal)).ok).toBe(true);
});

it('ends at once while a silent store is asked, whatever it is asked', async () => {
  const client = createStoreClient({
    url: `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`,
    database: 'none',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  clients.push(client);
  const inserter = createClickHouseInserter(client, { everyMs: 60_000, answerMs: 60_000, missesMax: 3 });
  await proxy.set({ kind: 'hang' });
  const stop = new AbortController();
  const asked = [
    inserter.countRequests('events_raw', new Uint8Array(16), 20_000, stop.signal),
    inserter.describe('events_raw', stop.signal),
  ];
  const startedAtMs = performance.now();
  stop.abort();
  expect((await Promise.all<{ ok: boolean }>(asked)).map(({ ok }) => ok)).toEqual([false, false]);
  expect(performance.now() - startedAtMs).toBeLessThan(2000);
  await proxy.set({ kind: 'pass' });
});

it('waits for an INSERT that takes long while the store answers pings', async () => {
  const client = await freshTables();
  await client.command('CREATE TABLE slow (row UInt64) ENGINE = MergeTree ORDER BY row');
  await client.command(
    'CREATE MATERIALIZED VIEW slowly TO slow AS SELECT row FROM events_raw WHERE sleepEachRow(2.5) = 0',
  );
  const keeping = await keep(client);
  await append(keeping, 0);
  expect(await keeping.sink.drain(20_000)).toBe(true);
  expect(keeping.failures).toEqual([]);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual([[0, 1]]);
  await keeping.stop();
});

/**
 * The store has the rows and not their token: MergeTree does not sync its deduplication log, so that a power loss takes
 * the token of a part that was synced; an operator's table may have no window; and a window is of the last INSERTs only,
 * which other servers fill while this one is away.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StoreClient } from '../../../src/clickhouse/client.ts';
import { type FaultProxy, startFaultProxy } from '../../faults/fault-proxy.ts';
import { createSmallTables, smallFrame, storedRows } from '../../faults/small-tables.ts';
import { type OpenEngine, openEngine, PASSWORD } from '../clickhouse/open-engine.ts';
import { type Keeping, removeDirectories, startKeeping, temporaryDirectory } from './sink-set-up.ts';

const ONCE = [
  [0, 1],
  [1, 1],
];

let engine: OpenEngine;
let proxy: FaultProxy;

beforeAll(async () => {
  engine = await openEngine();
  proxy = await startFaultProxy({ port: engine.engine.port });
});
afterAll(async () => {
  await proxy.close();
  await engine.close();
  await removeDirectories();
});

function keep(client: StoreClient, directory: string): Promise<Keeping> {
  const url = `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`;
  return startKeeping({ directory, url, database: client.database, requestTimeoutMs: 30_000 });
}

/**
 * Brings in row 0, then row 1, whose answer is lost. That INSERT must not be given up before the store has it: while
 * answers are lost no count ends, and without one it is not sent again.
 */
async function insertTwoRows(keeping: Keeping, client: StoreClient): Promise<void> {
  await proxy.set({ kind: 'pass' });
  await keeping.spool.append([smallFrame('events_raw', 0, 1, Date.now())]);
  expect(await keeping.sink.drain(20_000)).toBe(true);
  await proxy.set({ kind: 'dropAnswer' });
  await keeping.spool.append([smallFrame('events_raw', 1, 1, Date.now())]);
  await keeping.spool.sealNow();
  while ((await storedRows(client, 'events_raw')).size < 2);
  await proxy.set({ kind: 'refuse' });
}

async function pathOfTable(client: StoreClient): Promise<string> {
  const [row] = await client.rows<{ path: string }>(
    `SELECT data_paths[1] AS path FROM system.tables WHERE database = '${client.database}' AND name = 'events_raw'`,
  );
  return row?.path ?? '';
}

it('stores each row once when server and engine lose power after the part was synced and before its token was', async () => {
  const client = engine.client('power');
  await createSmallTables(client);
  const directory = await temporaryDirectory();
  const before = await keep(client, directory);
  await insertTwoRows(before, client);
  await before.stop();
  const log = join(await pathOfTable(client), 'deduplication_logs', 'deduplication_log_1.txt');
  process.kill(engine.engine.pid ?? Number.NaN, 'SIGKILL');
  expect(await readFile(log, 'utf8')).toMatch(/^1\t.*\n1\t/);
  await writeFile(log, '');
  while (!(await client.ping())) await new Promise((resolve) => setTimeout(resolve, 20));
  await proxy.set({ kind: 'pass' });
  const after = await keep(client, directory);
  await after.spool.recovered;
  expect(await after.sink.drain(20_000)).toBe(true);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual(ONCE);
  await after.stop();
});

it('stores each row once when the table remembers no tokens', async () => {
  const client = engine.client('windowless');
  await createSmallTables(client);
  await client.command('ALTER TABLE events_raw MODIFY SETTING non_replicated_deduplication_window = 0');
  const keeping = await keep(client, await temporaryDirectory());
  await insertTwoRows(keeping, client);
  await proxy.set({ kind: 'pass' });
  expect(await keeping.sink.drain(20_000)).toBe(true);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual(ONCE);
  await keeping.stop();
});

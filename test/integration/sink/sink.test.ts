/** Spool and sink on a real engine, through every fault of the network between them. */

import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../../faults/fault-proxy.ts';
import { createSmallTables, smallFrame, storedRows } from '../../faults/small-tables.ts';
import { type OpenEngine, openEngine, PASSWORD } from '../clickhouse/open-engine.ts';
import { type Keeping, removeDirectories, startKeeping, temporaryDirectory } from './sink-set-up.ts';

let engine: OpenEngine;
let proxy: FaultProxy;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  engine = await openEngine();
  proxy = await startFaultProxy({ port: engine.engine.port });
});
afterAll(async () => {
  for (const close of open) await close();
  await proxy.close();
  await engine.close();
  await removeDirectories();
});

let databases = 0;
async function freshTables(): Promise<StoreClient> {
  const client = createStoreClient({ url: engine.engine.url, database: `sink_${databases++}` });
  open.push(() => client.close());
  await createSmallTables(client);
  return client;
}

async function keep(client: StoreClient, directory?: string): Promise<Keeping> {
  const url = `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`;
  const home = directory ?? (await temporaryDirectory());
  return startKeeping({ directory: home, url, database: client.database, requestTimeoutMs: 1500 });
}

/** Appends `requests` requests of one raw row and two events, rows numbered on from `from`. */
async function append(keeping: Keeping, from: number, requests: number): Promise<void> {
  const nowMs = Date.now();
  const appends = Array.from({ length: requests }, (_, index) => {
    const raw = smallFrame('events_raw', from + index, 1, nowMs);
    return keeping.spool.append([raw, smallFrame('coding_agent_events', (from + index) * 2, 2, nowMs, raw.requestIds)]);
  });
  await Promise.all(appends);
}

async function expectExactlyOnce(client: StoreClient, requests: number): Promise<void> {
  const once = (count: number) => new Map(Array.from({ length: count }, (_, row) => [row, 1]));
  expect(await storedRows(client, 'events_raw')).toEqual(once(requests));
  expect(await storedRows(client, 'coding_agent_events')).toEqual(once(requests * 2));
}

describe('sink on a real engine', () => {
  it('brings both tables of every segment in, and removes it', async () => {
    const client = await freshTables();
    const keeping = await keep(client);
    await append(keeping, 0, 50);
    expect(await keeping.sink.drain(20_000)).toBe(true);
    await expectExactlyOnce(client, 50);
    expect(keeping.spool.spooledRows().size).toBe(0);
    expect(keeping.sink.insertedRows().get('acme')).toBe(150);
    expect(keeping.failures).toEqual([]);
    await keeping.stop();
  });

  const faults: readonly (readonly [string, Fault])[] = [
    ['refuses connections', { kind: 'refuse' }],
    ['resets connections', { kind: 'reset' }],
    ['hangs', { kind: 'hang' }],
    ['loses answers', { kind: 'dropAnswer' }],
    ['gives half an answer', { kind: 'halfAnswer', answerBytes: 20 }],
    ['gets half of a request', { kind: 'cutRequest', requestBytes: 900 }],
    ['is slow', { kind: 'delay', delayMs: 200 }],
  ];
  for (const [what, fault] of faults) {
    it(`stores every row exactly once while the store ${what}, and goes on within seconds`, async () => {
      const client = await freshTables();
      const keeping = await keep(client);
      await append(keeping, 0, 20);
      await proxy.set(fault);
      for (let round = 1; round <= 5; round++) {
        await append(keeping, round * 20, 20);
        await keeping.spool.sealNow();
      }
      if (fault.kind !== 'delay') expect(await keeping.sink.drain(1500)).toBe(false);
      await proxy.set({ kind: 'pass' });
      expect(await keeping.sink.drain(10_000)).toBe(true);
      await expectExactlyOnce(client, 120);
      expect(keeping.buried).toEqual([]);
      await keeping.stop();
    });
  }

  it('takes over what a stopped process left, while new rows come', async () => {
    const client = await freshTables();
    const directory = await temporaryDirectory();
    await proxy.set({ kind: 'refuse' });
    const first = await keep(client, directory);
    await append(first, 0, 30);
    await first.stop();
    const second = await keep(client, directory);
    await append(second, 30, 30);
    await proxy.set({ kind: 'pass' });
    expect(await second.sink.drain(10_000)).toBe(true);
    await expectExactlyOnce(client, 60);
    expect(second.spool.recoveredRows().get('acme')).toBe(90);
    await second.stop();
  });

  it('inserts again under a new token when the engine has the token and not the part', async () => {
    const client = await freshTables();
    const keeping = await keep(client);
    const rawRows = (from: number) =>
      Array.from({ length: 10 }, (_, row) =>
        keeping.spool.append([smallFrame('events_raw', from + row, 1, Date.now())]),
      );
    await Promise.all(rawRows(0));
    expect(await keeping.sink.drain(10_000)).toBe(true);
    // The second INSERT lands and its answer is lost, so that the sink must ask again.
    await proxy.set({ kind: 'dropAnswer' });
    await Promise.all(rawRows(10));
    await keeping.spool.sealNow();
    await waitForRows(client, 20);
    await proxy.set({ kind: 'refuse' });
    // What SIGKILL leaves between the deduplication log and the rename of the part: the one without the other.
    const parts = await client.rows<{ path: string }>(
      `SELECT path FROM system.parts WHERE database = '${client.database}' AND active`,
    );
    const pid = engine.engine.pid;
    process.kill(pid ?? Number.NaN, 'SIGKILL');
    for (const { path } of parts) await rm(path, { recursive: true });
    await waitForEngine(client);
    expect((await storedRows(client, 'events_raw')).size).toBe(0);
    await proxy.set({ kind: 'pass' });
    expect(await keeping.sink.drain(30_000)).toBe(true);
    // The first ten were settled and their segment gone before their part was taken away.
    expect(await storedRows(client, 'events_raw')).toEqual(
      new Map(Array.from({ length: 10 }, (_, row) => [10 + row, 1])),
    );
    await keeping.stop();
  });
});

async function waitForRows(client: StoreClient, count: number): Promise<void> {
  while ((await storedRows(client, 'events_raw')).size < count);
}

async function waitForEngine(client: StoreClient): Promise<void> {
  while (!(await client.ping())) await new Promise((resolve) => setTimeout(resolve, 20));
}

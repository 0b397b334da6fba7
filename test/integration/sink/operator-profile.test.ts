/**
 * Settings of the store's user that make a count say too little, as an operator's profile brings them: a proxy adds them
 * to every request that does not name them itself (the embedded engine has no query cache to try). A count that finds nothing has rows stored once more.
 */

import { randomBytes } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createStoreClient } from '../../../src/clickhouse/client.ts';
import { createClickHouseInserter } from '../../../src/sink/clickhouse-inserter.ts';
import type { InsertRequest } from '../../../src/sink/inserter.ts';
import { REPLICA_LAG_SECONDS_MAX } from '../../../src/sink/retry.ts';
import { SMALL_COLUMNS, smallFrame } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';

const engine = engineOfFile('profile');
const close: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const one of close.splice(0)) await one();
});

interface Surroundings {
  readonly profile?: Readonly<Record<string, string>>;
  readonly isCluster?: boolean;
  readonly onRequest?: (url: URL) => unknown;
}

async function inserterUnder({ profile = {}, isCluster = false, onRequest }: Surroundings) {
  const direct = await engine.freshTables();
  // As in the product's table, rows of a request are anywhere.
  await direct.command('DROP TABLE events_raw');
  const columns = SMALL_COLUMNS.events_raw.map(([name, type]) => `${name} ${type}`).join(', ');
  await direct.command(`CREATE TABLE events_raw (${columns}) ENGINE = MergeTree ORDER BY row`);
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', engine.url);
    for (const [name, value] of Object.entries(profile)) {
      if (!url.searchParams.has(name)) url.searchParams.set(name, value);
    }
    onRequest?.(url);
    const { method, headers } = incoming;
    const onward = request({ port: url.port, path: url.pathname + url.search, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = new URL(engine.url);
  url.port = String((server.address() as AddressInfo).port);
  const client = createStoreClient({ url: url.href, database: direct.database, isCluster });
  close.push(
    () => client.close(),
    () => stop(server),
  );
  return createClickHouseInserter(client);
}

function stop(server: Server): void {
  server.closeAllConnections();
  server.close();
}

const { signal } = new AbortController();

function rawInsert(firstRow: number, rows: number, id: Uint8Array): InsertRequest {
  const frame = smallFrame('events_raw', firstRow, rows, Date.now(), id);
  const columns = SMALL_COLUMNS.events_raw.map(([name]) => name);
  return { table: 'events_raw', columns, format: 'RowBinary', body: [frame.bytes], token: `${firstRow}`, rows, signal };
}

const today = (): number => Math.floor(Date.now() / 86_400_000);

it('does not take a count that a limit has cut short for the whole', async () => {
  const profile = { max_rows_to_read: '1000', read_overflow_mode: 'break', max_threads: '1' };
  const inserter = await inserterUnder({ profile });
  const id = randomBytes(16);
  const [many, last] = [rawInsert(0, 200_000, randomBytes(16)), rawInsert(200_000, 1, id)];
  expect((await inserter.insert({ ...many, body: [...many.body, ...last.body], rows: 200_001 })).ok).toBe(true);
  const outcome = await inserter.countRequests('events_raw', id, today(), signal);
  expect(outcome).toMatchObject({ ok: false, failure: { kind: 'rejected', serverCode: 158 } });
});

it('asks each count anew, so that no query cache repeats an older answer', async () => {
  const asked: unknown[] = [];
  const inserter = await inserterUnder({ onRequest: (url) => asked.push(url.searchParams.get('param_ids')) });
  const id = randomBytes(16);
  for (let time = 0; time < 2; time++) {
    expect(await inserter.countRequests('events_raw', id, today(), signal)).toEqual({ ok: true, value: 0 });
  }
  expect(new Set(asked).size).toBe(2);
});

it('asks no replica of a cluster that lags', async () => {
  const questions: URLSearchParams[] = [];
  const onRequest = (url: URL): unknown => questions.push(url.searchParams);
  const inserter = await inserterUnder({ isCluster: true, onRequest });
  expect(await inserter.countRequests('events_raw', randomBytes(16), today(), signal)).toEqual({ ok: true, value: 0 });
  expect(Number(questions[0]?.get('max_replica_delay_for_distributed_queries'))).toBe(REPLICA_LAG_SECONDS_MAX);
  expect(questions[0]?.get('fallback_to_stale_replicas_for_distributed_queries')).toBe('0');
});

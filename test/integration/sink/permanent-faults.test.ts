/** Rows that a real engine will never take, tables that an operator altered, and the way back. */

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { expect, it } from 'vitest';
import type { StoreClient } from '../../../src/clickhouse/client.ts';
import type { Frame } from '../../../src/model/frame.ts';
import { smallFrame, storedRows } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';
import { countRows, type Keeping, startKeeping, temporaryDirectory } from './sink-set-up.ts';

const COMMAND = resolve(import.meta.dirname, '../../../src/sink/dead-letters-command.ts');

const engine = engineOfFile('permanent');

async function keep(client: StoreClient, directory?: string): Promise<Keeping> {
  const home = directory ?? (await temporaryDirectory());
  return startKeeping({ directory: home, url: engine.url, database: client.database, flushIntervalMs: 200 });
}

/** Valid LZ4 with a cut row inside: ClickHouse reads to the end of the batch and refuses it. */
function cutFrame(receivedAtMs: number): Frame {
  const good = smallFrame('events_raw', 1_000_000, 1, receivedAtMs);
  const bytes = Uint8Array.from(compressFrameSync(Buffer.alloc(17, 1)));
  return { ...good, bytes, crc32: crc32(bytes) };
}

it('sets aside only the frame that the store refuses, and inserts its neighbours', async () => {
  const client = await engine.freshTables();
  const keeping = await keep(client);
  const nowMs = Date.now();
  const frames = Array.from({ length: 40 }, (_, row) =>
    row === 23 ? cutFrame(nowMs) : smallFrame('events_raw', row, 1, nowMs),
  );
  await Promise.all(frames.map((frame) => keeping.spool.append([frame])));
  expect(await keeping.sink.drain(40_000)).toBe(true);
  const rows = await storedRows(client, 'events_raw');
  expect(rows.size).toBe(39);
  expect([...rows.values()].every((times) => times === 1)).toBe(true);
  expect(rows.has(23)).toBe(false);
  expect(keeping.buried).toEqual([{ rows: 1, reason: expect.stringMatching(/^the store refuses the rows: code \d+/) }]);
  expect(keeping.sink.deadLetteredRows().get('acme')).toBe(1);
  expect(keeping.sink.insertedRows().get('acme')).toBe(39);
  await keeping.stop();
});

it('lists a dead letter with its reason, and a running server takes it back when it is resubmitted', async () => {
  const client = await engine.freshTables();
  const directory = await temporaryDirectory();
  const run = promisify(execFile);
  const environment = { env: { ...process.env, MODA_DATA_DIR: directory } };
  const none = await run(process.execPath, [COMMAND, 'list'], environment);
  expect([none.stdout, none.stderr]).toEqual(['', `no dead letters in ${join(directory, 'dead-letters')}\n`]);
  const keeping = await keep(client, directory);
  await keeping.spool.append([cutFrame(Date.now())]);
  expect(await keeping.sink.drain(20_000)).toBe(true);
  const listed = await run(process.execPath, [COMMAND, 'list'], environment);
  expect(listed.stdout).toMatch(
    /^\d{15}-[0-9a-f]{32}\.dead {2}\d{4}-\d\d-\d\d {2}1 rows of events_raw, \d+ bytes: the store/,
  );
  const resubmitted = await run(process.execPath, [COMMAND, 'resubmit', '--all'], environment);
  expect(resubmitted.stdout).toMatch(/resubmitted/);
  // The cause is still there: it comes back, and nothing else happens.
  await until(() => keeping.buried.length === 2);
  expect(await readdir(join(directory, 'dead-letters'))).toHaveLength(1);
  // Taken 1 + recovered 1 = dead-lettered 2.
  expect(keeping.spool.recoveredRows().get('acme')).toBe(1);
  expect(keeping.sink.deadLetteredRows().get('acme')).toBe(2);
  await expect(run(process.execPath, [COMMAND, 'resubmit', 'nothing.dead'], environment)).rejects.toThrow(
    /is not there/,
  );
  await keeping.stop();
  // Another process has neither taken them nor set them aside.
  const next = await keep(client, directory);
  await next.spool.recovered;
  expect(next.sink.status().deadLetterFiles).toBe(1);
  expect([next.spool.recoveredRows().size, next.sink.deadLetteredRows().size]).toEqual([0, 0]);
  await next.stop();
});

it('treats an altered table as an outage: nothing is set aside, and all goes in when it is mended', async () => {
  const client = await engine.freshTables();
  await client.command('ALTER TABLE events_raw RENAME COLUMN row TO line');
  const keeping = await keep(client);
  const nowMs = Date.now();
  for (let row = 0; row < 10; row++) {
    await keeping.spool.append([
      smallFrame('events_raw', row, 1, nowMs),
      smallFrame('coding_agent_events', row, 1, nowMs),
    ]);
  }
  expect(await keeping.sink.drain(1500)).toBe(false);
  expect(await countRows(client, 'coding_agent_events')).toBe(10);
  expect(keeping.buried).toEqual([]);
  expect(keeping.sink.status().isStoreTaking).toBe(false);
  await client.command('ALTER TABLE events_raw RENAME COLUMN line TO row');
  expect(await keeping.sink.drain(10_000)).toBe(true);
  expect((await storedRows(client, 'events_raw')).size).toBe(10);
  await keeping.stop();
});

it('does not insert into a column of another type, which could be read without an error', async () => {
  const client = await engine.freshTables();
  await client.command('DROP TABLE events_raw');
  await client.command(
    "CREATE TABLE events_raw (timestamp DateTime64(3, 'UTC'), request_id UUID, row Float64) ENGINE = MergeTree ORDER BY row",
  );
  const keeping = await keep(client);
  await keeping.spool.append([smallFrame('events_raw', 1, 1, Date.now())]);
  expect(await keeping.sink.drain(1000)).toBe(false);
  expect(await countRows(client, 'events_raw')).toBe(0);
  expect(keeping.buried).toEqual([]);
  await keeping.stop();
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

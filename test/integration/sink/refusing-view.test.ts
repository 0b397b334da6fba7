/** A materialized view behind the table refuses rows that are in the table already: the INSERT fails, the rows are there. */

import { expect, it } from 'vitest';
import { smallFrame, storedRows } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';
import { startKeeping, temporaryDirectory } from './sink-set-up.ts';

const engine = engineOfFile('view');

it('stores each row once and sets none aside when a view behind the table cannot take one', async () => {
  const client = await engine.freshTables();
  const keeping = await startKeeping({
    directory: await temporaryDirectory(),
    url: engine.url,
    database: client.database,
    flushIntervalMs: 200,
  });
  await client.command('CREATE TABLE totals (row UInt64) ENGINE = MergeTree ORDER BY row');
  // 349, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN: what a view of somebody who did not think of NULL gives.
  await client.command(
    'CREATE MATERIALIZED VIEW summing TO totals AS SELECT if(row = 5, NULL, row) AS row FROM events_raw',
  );
  const nowMs = Date.now();
  const rows = Array.from({ length: 8 }, (_, row) => row);
  await Promise.all(rows.map((row) => keeping.spool.append([smallFrame('events_raw', row, 1, nowMs)])));
  expect(await keeping.sink.drain(30_000)).toBe(true);
  expect(keeping.failures[0]?.serverCode).toBe(349);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual(rows.map((row) => [row, 1]));
  expect(keeping.buried).toEqual([]);
  await keeping.stop();
});

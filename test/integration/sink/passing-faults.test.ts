/** Faults that a real engine answers with an exception and that pass: rows wait, and go in within seconds afterwards. */

import { expect, it } from 'vitest';
import { smallFrame, storedRows } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';
import { type Keeping, startKeeping, temporaryDirectory } from './sink-set-up.ts';

const engine = engineOfFile('passing');

const append = (keeping: Keeping, row: number): Promise<void> =>
  keeping.spool.append([smallFrame('events_raw', row, 1, Date.now())]);

interface PassingFault {
  readonly what: string;
  readonly code: number;
  readonly begin: readonly string[];
  readonly end: readonly string[];
}

const FAULTS: readonly PassingFault[] = [
  {
    what: 'has too many parts',
    code: 252,
    begin: [
      'SYSTEM STOP MERGES events_raw',
      'ALTER TABLE events_raw MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1',
    ],
    end: ['ALTER TABLE events_raw RESET SETTING parts_to_throw_insert, parts_to_delay_insert'],
  },
  {
    what: 'is read-only',
    code: 774,
    begin: ['ALTER TABLE events_raw MODIFY SETTING table_readonly = 1'],
    end: ['ALTER TABLE events_raw MODIFY SETTING table_readonly = 0'],
  },
  {
    what: 'has no disk left',
    code: 243,
    begin: ['ALTER TABLE events_raw MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000'],
    end: ['ALTER TABLE events_raw RESET SETTING min_free_disk_bytes_to_perform_insert'],
  },
  {
    // The exception comes from a view behind the table: the rows are there although the INSERT has failed.
    what: 'runs out of memory after it has written the rows',
    code: 241,
    begin: [
      'CREATE TABLE nowhere (row UInt64) ENGINE = Null',
      `CREATE MATERIALIZED VIEW costly TO nowhere AS SELECT row FROM events_raw
       WHERE throwIf(1, 'memory', toInt16(241)) = 0 SETTINGS allow_custom_error_code_in_throwif = 1`,
    ],
    end: ['DROP TABLE costly'],
  },
];

for (const { what, code, begin, end } of FAULTS) {
  it(`keeps rows while the store ${what} (${code}), sets none aside, and stores each once when it has passed`, async () => {
    const client = await engine.freshTables();
    const keeping = await startKeeping({
      directory: await temporaryDirectory(),
      url: engine.url,
      database: client.database,
      requestTimeoutMs: 20_000,
    });
    await append(keeping, 0);
    expect(await keeping.sink.drain(20_000)).toBe(true);
    for (const statement of begin) await client.command(statement);
    for (let row = 1; row <= 5; row++) {
      await append(keeping, row);
      await keeping.spool.sealNow();
    }
    while (keeping.failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(keeping.failures[0]?.serverCode).toBe(code);
    for (const statement of end) await client.command(statement);
    expect(await keeping.sink.drain(20_000)).toBe(true);
    expect(keeping.buried).toEqual([]);
    const rows = await storedRows(client, 'events_raw');
    expect([...rows]).toEqual(Array.from({ length: 6 }, (_, row) => [row, 1]));
    await keeping.stop();
  });
}

it('waits while the name of the store is not known', async () => {
  const client = await engine.freshTables();
  const directory = await temporaryDirectory();
  const { port } = new URL(engine.url);
  const lost = await startKeeping({ directory, url: `http://store.invalid:${port}`, database: client.database });
  await append(lost, 0);
  expect(await lost.sink.drain(1000)).toBe(false);
  expect(lost.failures[0]?.kind).toBe('unreachable');
  await lost.stop();
  const found = await startKeeping({ directory, url: engine.url, database: client.database });
  await found.spool.recovered;
  expect(await found.sink.drain(20_000)).toBe(true);
  expect([...(await storedRows(client, 'events_raw'))]).toEqual([[0, 1]]);
  await found.stop();
});

/** Other people's client, unchanged, on the embedded engine: what it does on a server must work here. */

import { Readable } from 'node:stream';

import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;
const clients: ClickHouseClient[] = [];

beforeAll(async () => {
  open = await openEngine();
  const log = { level: ClickHouseLogLevel.OFF };
  clients.push(
    createClient({ url: open.engine.url, log }),
    createClient({ url: open.engine.url, log, compression: { request: true, response: true } }),
  );
  await clients[0]?.command({ query: 'CREATE TABLE t (a Int32, b String) ENGINE = MergeTree ORDER BY a' });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await open.close();
});

describe.each([
  ['without compression', 0],
  ['with gzip both ways', 1],
])('@clickhouse/client %s', (_name, index) => {
  const client = (): ClickHouseClient => clients[index]!;
  const all = async () => {
    const result = await client().query({ query: 'SELECT a, b FROM t ORDER BY a', format: 'JSONEachRow' });
    const rows = await result.json();
    await client().command({ query: 'TRUNCATE TABLE t' });
    return rows;
  };

  it('pings, with and without a query', async () => {
    expect(await client().ping()).toEqual({ success: true });
    expect(await client().ping({ select: true })).toEqual({ success: true });
  });

  it('queries with parameters of all kinds', async () => {
    const query_params = {
      list: ["it's", 'tab\there', 'new\nline', 'back\\slash'],
      text: "q\n'\\z\u0000\u00e9",
      date: new Date('2026-11-22T12:34:56.789Z'),
      map: { k: 1 },
      none: null,
      flag: true,
      big: 18446744073709551615n,
    };
    const query =
      'SELECT {list:Array(String)} AS list, {text:String} AS text, {date:DateTime64(3)} AS date, {map:Map(String, Int32)} AS map,' +
      ' {none:Nullable(String)} AS none, {flag:Bool} AS flag, toString({big:UInt64}) AS big';
    const result = await client().query({ query, query_params, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([
      { ...query_params, date: '2026-11-22 12:34:56.789', big: '18446744073709551615' },
    ]);
  });

  it('inserts rows, and reports how many', async () => {
    const values = [
      { a: 1, b: 'é\n' },
      { a: 2, b: '"quoted"' },
    ];
    const result = await client().insert({ table: 't', values, format: 'JSONEachRow' });
    expect(result.executed).toBe(true);
    expect(result.summary?.written_rows).toBe('2');
    expect(await all()).toEqual(values);
  });

  it('inserts a stream of objects and a stream of text', async () => {
    const objects = Readable.from(
      Array.from({ length: 2000 }, (_, a) => ({ a, b: `row ${a}` })),
      { objectMode: true },
    );
    await client().insert({ table: 't', values: objects, format: 'JSONEachRow' });
    expect(await all()).toHaveLength(2000);
    await client().insert({
      table: 't',
      values: Readable.from(['1,x\n', '2,y\n'], { objectMode: false }),
      format: 'CSV',
    });
    expect(await all()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('streams a million rows', async () => {
    const result = await client().query({ query: 'SELECT number FROM numbers(1000000)', format: 'JSONCompactEachRow' });
    let rows = 0;
    for await (const batch of result.stream()) rows += batch.length;
    expect(rows).toBe(1_000_000);
  });

  it('executes, and gives the stream of any format', async () => {
    const { stream } = await client().exec({ query: 'SELECT 1 AS a FORMAT CSVWithNames' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toBe('"a"\n1\n');
  });

  it.each([
    ['SELECT * FROM nowhere', '60', 'UNKNOWN_TABLE'],
    ['SELECT throwIf(1)', '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['SELECT 1 SETTINGS nope = 1', '115', 'UNKNOWN_SETTING'],
  ])('throws its error with code and type: %s', async (query, code, type) => {
    const failure = await client()
      .query({ query })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ClickHouseError);
    expect(failure).toMatchObject({ code, type });
  });

  it('throws the error that comes in the middle of a stream', async () => {
    const query = 'SELECT number, throwIf(number = 500000) FROM numbers(1000000) SETTINGS max_threads = 1';
    const result = await client().query({ query, format: 'JSONEachRow' });
    const failure = await (async () => {
      for await (const _ of result.stream());
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '395', type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' });
  });

  it('refuses a wrong password', async () => {
    const wrong = createClient({
      url: open.engine.url.replace(/:[^:@]*@/, ':wrong@'),
      log: { level: ClickHouseLogLevel.OFF },
    });
    const failure = await wrong.command({ query: 'SELECT 1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' });
    await wrong.close();
  });

  it('reads while it inserts', async () => {
    const inserts = Array.from({ length: 20 }, (_, round) =>
      client().insert({ table: 't', values: [{ a: round, b: 'x' }], format: 'JSONEachRow' }),
    );
    const reads = Array.from({ length: 40 }, async () => {
      const result = await client().query({ query: 'SELECT count() AS n FROM t', format: 'JSONEachRow' });
      return Number((await result.json<{ n: string }>())[0]?.n);
    });
    const counts = await Promise.all(reads);
    await Promise.all(inserts);
    expect(counts.every((count) => count >= 0 && count <= 20)).toBe(true);
    expect(await all()).toHaveLength(20);
  });
});

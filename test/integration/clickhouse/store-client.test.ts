import { compressFrameSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { classifyError } from '../../../src/clickhouse/errors.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;
let client: StoreClient;

const TABLE = `CREATE OR REPLACE TABLE wide (id UInt32, text String) ENGINE = MergeTree ORDER BY id
  SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1, old_parts_lifetime = 600`;

beforeAll(async () => {
  open = await openEngine();
  client = open.client();
});
afterAll(() => open.close());

/** `rows` rows of RowBinary: id, and a text of `bytes` bytes. Layout: UInt32 LE, varint length, bytes. */
function rowBinary(rows: number, bytes: number, from = 0): Buffer {
  const length = bytes < 128 ? Buffer.from([bytes]) : Buffer.from([(bytes & 127) | 128, bytes >> 7]);
  const row = Buffer.concat([Buffer.alloc(4), length, Buffer.alloc(bytes, 'x')]);
  const all = Buffer.alloc(row.length * rows);
  for (let index = 0; index < rows; index += 1) {
    row.writeUInt32LE(from + index);
    row.copy(all, index * row.length);
  }
  return all;
}

const insert = (frames: readonly Uint8Array[], token: string, table = 'wide') =>
  client.insertFrames({ table, columns: ['id', 'text'], format: 'RowBinary', frames, token });
const count = async () => Number((await client.rows<{ n: string }>('SELECT count() AS n FROM wide'))[0]?.n);
const partsWritten = async () =>
  Number(
    (await client.rows<{ n: string }>("SELECT count() AS n FROM system.parts WHERE table = 'wide' AND level = 0"))[0]
      ?.n,
  );

describe('insertFrames', () => {
  it('writes 100 000 rows of 100 MB in many frames as one part and reports them', async () => {
    await client.command(TABLE);
    const frames = Array.from({ length: 10 }, (_, index) => compressFrameSync(rowBinary(10_000, 1000, index * 10_000)));
    const outcome = await insert(frames, 'a');
    expect(outcome).toEqual({ writtenRows: 100_000, queryId: expect.stringMatching(/.+/) });
    expect(
      await client.rows('SELECT count() AS n, uniqExact(id) AS ids, min(length(text)) AS shortest FROM wide'),
    ).toEqual([{ n: '100000', ids: '100000', shortest: '1000' }]);
    expect(await partsWritten()).toBe(1);
  });

  it('adds nothing for a token that was seen, and reports the rows all the same', async () => {
    await client.command(TABLE);
    const frames = [compressFrameSync(rowBinary(10, 5))];
    expect((await insert(frames, 'a')).writtenRows).toBe(10);
    expect((await insert(frames, 'a')).writtenRows).toBe(10);
    expect(await count()).toBe(10);
    await insert(frames, 'b');
    expect(await count()).toBe(20);
  });

  it('remembers tokens after the engine was killed', async () => {
    await client.command(TABLE);
    const frames = [compressFrameSync(rowBinary(10, 5))];
    await insert(frames, 'a');
    process.kill(open.engine.pid!, 'SIGKILL');
    await expect.poll(() => open.engine.state, { interval: 5 }).not.toBe('ready');
    await expect.poll(() => open.engine.state, { timeout: 15_000 }).toBe('ready');
    await insert(frames, 'a');
    expect(await count()).toBe(10);
  });

  it('takes frames from an asynchronous source', async () => {
    await client.command(TABLE);
    async function* frames() {
      yield compressFrameSync(rowBinary(3, 5));
      yield compressFrameSync(rowBinary(4, 5, 3));
    }
    const outcome = await client.insertFrames({
      table: 'wide',
      columns: ['id', 'text'],
      format: 'RowBinary',
      frames: frames(),
      token: 'a',
    });
    expect([outcome.writtenRows, await count()]).toEqual([7, 7]);
  });

  it('sends the same rows as blocks to a server that knows no LZ4 frames', async () => {
    await client.command(TABLE);
    const old = createStoreClient({ url: open.engine.url, database: 'default', insertEncoding: 'blocks' });
    const request = { table: 'wide', columns: ['id', 'text'], format: 'RowBinary', token: 'a' } as const;
    const raw = rowBinary(5000, 600);
    const outcome = await old.insertFrames({
      ...request,
      frames: [compressFrameSync(raw), compressFrameSync(rowBinary(1, 5, 9000))],
    });
    await old.close();
    expect(outcome.writtenRows).toBe(5001);
    expect(await client.rows('SELECT sum(id) AS ids, sum(length(text)) AS bytes FROM wide')).toEqual([
      { ids: String((4999 * 5000) / 2 + 9000), bytes: String(5000 * 600 + 5) },
    ]);
  });

  it.each([
    [
      'a frame that is cut inside a row',
      () => compressFrameSync(rowBinary(10, 5).subarray(0, 95)),
      'compareSchema',
      33,
    ],
    ['a frame that is no LZ4', () => Buffer.from('not a frame'), 'data', 618],
  ])('fails for %s, and stores nothing', async (_case, damage, kind, code) => {
    await client.command(TABLE);
    const failure = await insert([damage()], 'a').catch(classifyError);
    expect(failure).toMatchObject({ kind, code });
    expect(await count()).toBe(0);
  });

  it('fails as transient while the engine is away', async () => {
    const away = createStoreClient({ url: 'http://default:x@127.0.0.1:9', database: 'default' });
    const request = {
      table: 'wide',
      columns: ['id'],
      format: 'RowBinary',
      token: 'a',
      frames: [compressFrameSync(Buffer.alloc(4))],
    } as const;
    expect(await away.insertFrames(request).catch(classifyError)).toMatchObject({ kind: 'transient' });
    expect(await away.ping()).toBe(false);
    await away.close();
  });

  it('names the code of a missing table', async () => {
    expect(await insert([compressFrameSync(rowBinary(1, 5))], 'a', 'nowhere').catch(classifyError)).toMatchObject({
      code: 60,
    });
  });
});

describe('createStoreClient', () => {
  it('refuses a database name that would need quoting', () => {
    for (const database of ['', 'a b', "a'", '1a', 'a.b']) {
      expect(() => createStoreClient({ url: 'http://localhost', database })).toThrow(RangeError);
    }
  });

  it('reads rows with parameters, and 64-bit integers as text', async () => {
    const sql = 'SELECT {n:UInt64} AS n, {t:String} AS t';
    expect(await client.rows(sql, { n: '18446744073709551615', t: "a'b\n" })).toEqual([
      { n: '18446744073709551615', t: "a'b\n" },
    ]);
  });
});

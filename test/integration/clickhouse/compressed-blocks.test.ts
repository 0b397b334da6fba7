/**
 * ClickHouse's compressed blocks. The bytes to decode are the engine's own: a column file of a wide part is a stream of
 * such blocks, and for UInt32 its content is RowBinary too. What we encode was inserted into a ClickHouse server 18.16
 * (Debian), 5000 rows in three blocks, and is read here by the blocks' own layout.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { uncompressSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { decodeBlocks, encodeBlocks } from '../../../src/clickhouse/compressed-blocks.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;
let part: string;

beforeAll(async () => {
  open = await openEngine();
  await open.post(`CREATE TABLE source (id UInt32 CODEC(NONE), lz UInt32 CODEC(LZ4), zs UInt32 CODEC(ZSTD(1)))
    ENGINE = MergeTree ORDER BY id
    SETTINGS min_bytes_for_wide_part = 0, min_compress_block_size = 4096, max_compress_block_size = 8192`);
  await open.post('INSERT INTO source SELECT number, number * 7, number % 1000 FROM numbers(20000)');
  await open.post('CREATE TABLE target (value UInt32) ENGINE = MergeTree ORDER BY value');
  part = (await (await open.post("SELECT path FROM system.parts WHERE table = 'source' AND active")).text()).trim();
});
afterAll(() => open.close());

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decoded(bytes: Buffer, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const block of decodeBlocks(inPieces(bytes, size))) parts.push(block);
  return Buffer.concat(parts);
}

const numbers = (value: (index: number) => number): Buffer => {
  const bytes = Buffer.alloc(80_000);
  for (let index = 0; index < 20_000; index += 1) bytes.writeUInt32LE(value(index), index * 4);
  return bytes;
};

describe('decodeBlocks', () => {
  it.each([
    ['none', 'id', numbers((index) => index)],
    ['LZ4', 'lz', numbers((index) => index * 7)],
    ['ZSTD', 'zs', numbers((index) => index % 1000)],
  ])("decodes the engine's own blocks, method %s, however they are cut", async (_method, column, expected) => {
    const bytes = await readFile(join(part, `${column}.bin`));
    for (const size of [bytes.length, 8192, 1000, 17]) expect((await decoded(bytes, size)).equals(expected)).toBe(true);
  });

  it('fails at every truncated end, for damaged sizes and for an unknown method', async () => {
    const bytes = await readFile(join(part, 'lz.bin'));
    const first = bytes.subarray(0, 16 + bytes.readUInt32LE(17));
    for (let length = 1; length < first.length; length += 61) {
      await expect(decoded(first.subarray(0, length), 4096)).rejects.toThrow(RangeError);
    }
    const damaged = (at: number, value: number): Buffer => {
      const copy = Buffer.from(first);
      copy.writeUInt32LE(value, at);
      return copy;
    };
    for (const block of [damaged(17, 3), damaged(17, 0xffffffff), damaged(21, 0xffffffff), damaged(21, 5)]) {
      await expect(decoded(block, 4096)).rejects.toThrow();
    }
    const unknown = Buffer.from(first);
    unknown[16] = 0x55;
    await expect(decoded(unknown, 4096)).rejects.toThrow('0x55');
  });
});

describe('decompress=1', () => {
  it.each(['id', 'lz', 'zs'])('inserts real blocks from a body: %s.bin', async (column) => {
    const body = await readFile(join(part, `${column}.bin`));
    const response = await open.post(body, { query: 'INSERT INTO target FORMAT RowBinary', decompress: '1' });
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '20000' });
    const sums = await (
      await open.post(`SELECT (SELECT sum(value) FROM target) = (SELECT sum(${column}) FROM source)`)
    ).text();
    expect(sums).toBe('1\n');
    await open.post('TRUNCATE TABLE target');
  });

  it('takes a statement in blocks too, and refuses a body that is no block', async () => {
    const sql = Buffer.from('SELECT 42');
    const head = Buffer.alloc(25);
    head[16] = 0x02;
    head.writeUInt32LE(sql.length + 9, 17);
    head.writeUInt32LE(sql.length, 21);
    expect(await (await open.post(Buffer.concat([head, sql]), { decompress: '1' })).text()).toBe('42\n');
    const broken = await open.post('no block', { query: 'INSERT INTO target FORMAT RowBinary', decompress: '1' });
    expect([broken.status, broken.headers.get('x-clickhouse-exception-code')]).toEqual([400, '271']);
  });
});

describe('encodeBlocks', () => {
  it('writes LZ4 blocks of at most a mebibyte, laid out as ClickHouse reads them', () => {
    const raw = Buffer.from(Array.from({ length: 2_500_000 }, (_, index) => (index * 31) & 255));
    const bytes = Buffer.concat([...encodeBlocks(raw)]);
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 17)) {
      expect(bytes[at + 16]).toBe(0x82);
      const rawBytes = bytes.readUInt32LE(at + 21);
      expect(rawBytes).toBeLessThanOrEqual(1024 * 1024);
      const sized = Buffer.concat([
        bytes.subarray(at + 21, at + 25),
        bytes.subarray(at + 25, at + 16 + bytes.readUInt32LE(at + 17)),
      ]);
      parts.push(uncompressSync(sized));
    }
    expect(parts).toHaveLength(3);
    expect(Buffer.concat(parts).equals(raw)).toBe(true);
  });
});

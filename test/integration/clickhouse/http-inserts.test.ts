import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { compressFrameSync } from 'lz4-napi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type OpenEngine, openEngine, PASSWORD } from './open-engine.ts';

let open: OpenEngine;

beforeAll(async () => {
  open = await openEngine();
});
afterAll(() => open.close());

const text = async (response: Promise<Response>) => (await response).text();

describe('inserts', () => {
  beforeAll(async () => {
    await open.post('CREATE TABLE t (a Int32, b String) ENGINE = MergeTree ORDER BY a');
  });

  const rows = Buffer.from('1\tone\n2\ttwo\n');
  const readBack = async (): Promise<string> => {
    const result = await text(open.post('SELECT a, b FROM t ORDER BY a, b'));
    await open.post('TRUNCATE TABLE t');
    return result;
  };

  it.each([
    ['identity', (bytes: Buffer) => bytes],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['lz4', compressFrameSync],
  ])('takes a body in Content-Encoding %s', async (encoding, compress) => {
    const response = await open.post(
      compress(rows),
      { query: 'INSERT INTO t (a, b) FORMAT TSV' },
      { 'Content-Encoding': encoding },
    );
    expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '2' });
    expect(await readBack()).toBe(rows.toString());
  });

  it.each([
    ['VALUES with the statement', "INSERT INTO t VALUES (1, 'one'), (2, 'two')", undefined],
    ['a format with the statement', 'INSERT INTO t FORMAT CSV\n1,one\n2,two\n', undefined],
    ['JSON with the statement', 'INSERT INTO t FORMAT JSONEachRow {"a":1,"b":"one"} {"a":2,"b":"two"}', undefined],
    ['VALUES in the URL, rows in the body', "(1, 'one'), (2, 'two')", 'INSERT INTO t VALUES'],
    ['VALUES with expressions', "(1, concat('o', 'ne')), (1 + 1, 'two')", 'INSERT INTO t VALUES'],
    ['rows in URL and body', "(2, 'two')", "INSERT INTO t VALUES (1, 'one'),"],
    ['INSERT SELECT', "INSERT INTO t SELECT * FROM VALUES('a Int32, b String', (1, 'one'), (2, 'two'))", undefined],
  ])('takes %s', async (_way, body, query) => {
    const response = await open.post(body, query === undefined ? {} : { query });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await readBack()).toBe(rows.toString());
  });

  it('keeps every byte of a binary body', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const body = Buffer.concat([Buffer.from([10, 10, 13, 32, 0x80, 0x02]), every]);
    await open.post(body, { query: 'INSERT INTO t (a, b) FORMAT RowBinary' });
    expect(await text(open.post('SELECT a, hex(b) FROM t'))).toBe(
      `${0x200d0a0a}\t${every.toString('hex').toUpperCase()}\n`,
    );
    await open.post('TRUNCATE TABLE t');
    const inline = Buffer.concat([Buffer.from('INSERT INTO t (a, b) FORMAT RowBinary\n'), body]);
    await open.post(inline);
    expect(await text(open.post('SELECT a, hex(b) FROM t'))).toBe(
      `${0x200d0a0a}\t${every.toString('hex').toUpperCase()}\n`,
    );
    await open.post('TRUNCATE TABLE t');
  });

  it('takes a body of 40 MB behind a statement in the same body', async () => {
    const line = `1\t${'x'.repeat(4000)}\n`;
    const body = `INSERT INTO t FORMAT TSV\n${line.repeat(10_000)}`;
    await open.post(gzipSync(body, { level: 1 }), {}, { 'Content-Encoding': 'gzip' });
    expect(await text(open.post('SELECT count(), min(length(b)) FROM t'))).toBe('10000\t4000\n');
    await open.post('TRUNCATE TABLE t');
  });

  it('adds nothing for a body with no rows', async () => {
    expect((await open.post('', { query: 'INSERT INTO t FORMAT TSV' })).status).toBe(200);
    expect(await readBack()).toBe('');
  });

  it.each([
    ['truncated rows', Buffer.from([1, 0, 0, 0, 9, 65]), 'INSERT INTO t FORMAT RowBinary', {}, '33'],
    ['text that is no number', Buffer.from('x\ty\n'), 'INSERT INTO t FORMAT TSV', {}, '27'],
    ['an unknown column', rows, 'INSERT INTO t (a, zzz) FORMAT TSV', {}, '16'],
    ['a table that is not there', rows, 'INSERT INTO nowhere FORMAT TSV', {}, '60'],
    ['a broken LZ4 frame', Buffer.from('not lz4'), 'INSERT INTO t FORMAT TSV', { 'Content-Encoding': 'lz4' }, '618'],
    ['an unknown encoding', rows, 'INSERT INTO t FORMAT TSV', { 'Content-Encoding': 'rot13' }, '89'],
    ["a name of every object's", rows, 'INSERT INTO t FORMAT TSV', { 'Content-Encoding': 'constructor' }, '89'],
  ])('refuses %s with its code and stores nothing', async (_case, body, query, headers, code) => {
    const response = await open.post(body, { query }, headers);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(code);
    expect(await response.text()).not.toContain('insert-');
    expect(await readBack()).toBe('');
  });

  it('throws away the body of a client that went away while sending', async () => {
    const socket = connect(open.engine.port, '127.0.0.1');
    socket.write(
      'POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n' +
        `X-ClickHouse-Key: ${PASSWORD}\r\n\r\n1\tone\n`,
    );
    await expect.poll(() => readdirSync(join(open.dataDir, 'tmp')).length).toBe(1);
    socket.destroy();
    await expect.poll(() => readdirSync(join(open.dataDir, 'tmp')).length).toBe(0);
    expect(await readBack()).toBe('');
  });

  it('leaves no body behind, and lets nobody else look into its directory', () => {
    expect(readdirSync(join(open.dataDir, 'tmp'))).toEqual([]);
    for (const name of ['', 'tmp', 'store']) expect(statSync(join(open.dataDir, name)).mode & 0o077).toBe(0);
  });
});

/**
 * FORMAT Native for clients that name a protocol revision. The oracle is the engine's own plain form of one column at a
 * time: there the data is simply what follows the header, so the expected bytes need no walk over the data.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;

beforeAll(async () => {
  open = await openEngine();
});
afterAll(() => open.close());

const native = async (sql: string, parameters: Record<string, string> = {}): Promise<Buffer> =>
  Buffer.from(
    await (await open.post(sql, { default_format: 'Native', max_block_size: '100000', ...parameters })).arrayBuffer(),
  );

/** Name and type of every column of the block; all are `col`, its number, and the expression. */
const EXPRESSIONS = [
  'number',
  'toString(number)',
  "repeat('x', number * 200)",
  'toLowCardinality(toString(number % 2))',
  'toLowCardinality(if(number % 2 = 0, toString(number), NULL))',
  'if(number % 2 = 0, number, NULL)',
  'range(number)',
  'arrayMap(x -> toString(x), range(number))',
  'arrayMap(x -> toLowCardinality(toString(x)), range(number))',
  'emptyArrayString()',
  'arrayMap(x -> range(x), range(number))',
  "map('a', number, 'b', number)",
  "map(toLowCardinality('k'), 'v')",
  "CAST(map(), 'Map(LowCardinality(String), String)')",
  "tuple(number, 'x', [1, 2])",
  "CAST((1, 'x'), 'Tuple(a Int8, `b c` String)')",
  "toDateTime64('2026-01-01 00:00:00.123456', 6, 'UTC')",
  "toDate('2026-01-01')",
  "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
  "toFixedString('abc', 16)",
  "CAST('a', 'Enum8(\\'a\\' = 1, \\'b(,\\' = 2)')",
  'toDecimal64(1.5, 3)',
  'toDecimal128(1.5, 30)',
  "toIPv4('127.0.0.1')",
  "toIPv6('::1')",
  'true',
  'NULL',
  'toInt256(number)',
  "CAST(1.5, 'Nullable(Float32)')",
  'toIntervalDay(1)',
];

const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const ROWS = 5;

/** Header and data of the only column: [1][rows][name][type] and the rest; all lengths here are below 128. */
function splitColumn(plain: Buffer): { header: Buffer; data: Buffer } {
  const typeAt = 3 + plain[2]!;
  const dataAt = typeAt + 1 + plain[typeAt]!;
  return { header: plain.subarray(2, dataAt), data: plain.subarray(dataAt) };
}

describe('FORMAT Native with client_protocol_version', () => {
  it('puts a block info first and a byte behind each type, for every kind of column', async () => {
    const columns = EXPRESSIONS.map((expression, index) => `${expression} AS c${index}`);
    const from = `FROM numbers(${ROWS})`;
    const expected: Buffer[] = [BLOCK_INFO, Buffer.from([columns.length, ROWS])];
    for (const column of columns) {
      const { header, data } = splitColumn(await native(`SELECT ${column} ${from}`));
      expected.push(header, Buffer.from([0]), data);
    }
    const actual = await native(`SELECT ${columns.join(', ')} ${from}`, { client_protocol_version: '54460' });
    expect(actual.toString('hex')).toBe(Buffer.concat(expected).toString('hex'));
  });

  it('leaves the byte out before revision 54454, and everything without a revision', async () => {
    const plain = await native('SELECT number AS n FROM numbers(3)');
    expect(await native('SELECT number AS n FROM numbers(3)', { client_protocol_version: '54453' })).toEqual(
      Buffer.concat([BLOCK_INFO, plain]),
    );
    expect(await native('SELECT number AS n FROM numbers(3)', { client_protocol_version: '0' })).toEqual(plain);
  });

  it('rewrites every block of a long result', async () => {
    const sql = 'SELECT toString(number) AS n FROM numbers(1000) SETTINGS max_block_size = 100';
    const plain = await native(sql, { wait_end_of_query: '1' });
    const rewritten = await native(sql, { client_protocol_version: '54460' });
    const blocks = plain.toString('latin1').split('\x01n\x06String').length - 1;
    expect(blocks).toBeGreaterThan(1);
    expect(rewritten.length).toBe(plain.length + blocks * (BLOCK_INFO.length + 1));
  });

  it('says so when it cannot rewrite a type', async () => {
    const response = await open.post("SELECT CAST(toInt8(1), 'Variant(Int8, String)') AS v", {
      default_format: 'Native',
      client_protocol_version: '54460',
    });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([501, '48']);
    await response.body?.cancel();
  });
});

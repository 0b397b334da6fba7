/** One conformance suite over both insert formats: what is put into a ring is what a real ClickHouse reads. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableRing } from '../../../src/columns/ring.ts';
import type { InsertFormat } from '../../../src/model/frame.ts';
import { CODING_AGENT_EVENTS, EVENTS_RAW, type Table } from '../../../src/model/schema.ts';
import { type Engine, openEngine } from './engine.ts';
import { printed, putRow, type Row, selectList } from './rows.ts';

const DAY_MS = 86_400_000;
const RECEIVED_MS = 1_763_812_345_678;
const DAY = Math.floor(RECEIVED_MS / DAY_MS);
const REQUEST = Buffer.from('0123456789abcdeffedcba9876543210', 'hex');
const RING_BYTES = 32 * 1024 * 1024;

/** Every kind once, LowCardinality and plain, under a table of our own. */
const EVERY_KIND: Table = {
  ...EVENTS_RAW,
  ttlColumn: 'millis',
  columns: [
    { name: 'ordinal', type: 'UInt32', kind: 'uint32' },
    { name: 'millis', type: "DateTime64(3, 'UTC')", kind: 'dateTime64Millis' },
    { name: 'plain', type: 'String', kind: 'text' },
    { name: 'word', type: 'LowCardinality(String)', kind: 'text' },
    { name: 'entries', type: 'Map(LowCardinality(String), String)', kind: 'map' },
    { name: 'fixed', type: 'FixedString(16)', kind: 'fixed16' },
    { name: 'id', type: 'UUID', kind: 'uuid' },
    { name: 'u16', type: 'UInt16', kind: 'uint16' },
    { name: 'u32', type: 'UInt32', kind: 'uint32' },
    { name: 'u64', type: 'UInt64', kind: 'uint64' },
    { name: 'n16', type: 'Nullable(UInt16)', kind: 'nullableUint16' },
    { name: 'n32', type: 'Nullable(UInt32)', kind: 'nullableUint32' },
    { name: 'n64', type: 'Nullable(UInt64)', kind: 'nullableUint64' },
    { name: 'i32', type: 'Nullable(Int32)', kind: 'nullableInt32' },
    { name: 'f64', type: 'Nullable(Float64)', kind: 'nullableFloat64' },
    { name: 'flag', type: 'Nullable(Bool)', kind: 'nullableBool' },
    { name: 'micros', type: "DateTime64(6, 'UTC')", kind: 'dateTime64Micros' },
  ],
};

const entries = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`key.${index}`, 'v'.repeat(index % 200)]);

/** Values at the edges of each kind, one row each. */
const EDGES: readonly Row[] = [
  {},
  ...[1, 47, 48, 49, 126, 127, 128, 129, 16_383, 16_384].map((size) => ({
    plain: 'x'.repeat(size),
    word: 'y'.repeat(size),
  })),
  { plain: 'y'.repeat(1024 * 1024) },
  { plain: 'Grüße 🚀 \u0000 "quoted"\n\\', word: '漢字' },
  { entries: [] },
  { entries: entries(1) },
  { entries: entries(1000) },
  { entries: [['long', 'v'.repeat(20_000)]] },
  { entries: [['', '']] },
  { entries: [['ключ', '🚀'.repeat(100)]] },
  { fixed: REQUEST, id: REQUEST },
  { fixed: new Uint8Array(16).fill(255), id: new Uint8Array(16).fill(255) },
  { u16: 0, u32: 0, u64: 0, n16: 0, n32: 0, n64: 0, i32: 0, f64: 0, flag: 0, micros: 0 },
  { u16: 65_535, u32: 4_294_967_295, u64: 2 ** 53 - 1, n16: 65_535, n32: 4_294_967_295, n64: 2 ** 53 - 1, flag: 1 },
  { u64: 2 ** 64 - 2048, n64: 2 ** 32, i32: -2_147_483_648, f64: -0.1 },
  { u64: 2 ** 32 - 1, n64: 2 ** 63, i32: 2_147_483_647, f64: Number.MAX_VALUE },
  { i32: -1, f64: Number.NaN },
  { f64: Number.POSITIVE_INFINITY },
  { f64: Number.NEGATIVE_INFINITY },
  { f64: Number.MIN_VALUE },
  { micros: Date.UTC(1900, 0, 1) * 1000 },
  { micros: Date.UTC(2299, 11, 31, 23, 59, 59) * 1000 },
  { micros: -1 },
  { micros: 1_763_812_345_678_901 },
];

/** What is out of a type's range is stored as the nearest value that is in it. */
const OUT_OF_RANGE: readonly (readonly [Row, Row])[] = [
  [
    { u16: 70_000, u32: 5e9, u64: 1e30, n16: -1, n32: -5, n64: -1 },
    { u16: 65_535, u32: 4_294_967_295, u64: 2 ** 64 - 2048, n16: 0, n32: 0, n64: 0 },
  ],
  [
    { i32: 3e9, flag: 7, micros: 1e18 },
    { i32: 2_147_483_647, flag: 1, micros: 10_413_791_999_999_000 },
  ],
  [
    { i32: -3e9, flag: -1, micros: -1e18 },
    { i32: -2_147_483_648, flag: 0, micros: -2_208_988_800_000_000 },
  ],
  [
    { u32: Number.NaN, n64: Number.NaN, micros: Number.NaN },
    { u32: 0, n64: 0, micros: 0 },
  ],
];

let engine: Engine;
beforeAll(() => {
  engine = openEngine();
});
afterAll(() => engine.close());

/** Numbers the rows and gives them the time of receipt that their frame's day asks for. */
function numbered(rows: readonly Row[]): Row[] {
  return rows.map((row, ordinal) => ({ ...row, ordinal, millis: RECEIVED_MS }));
}

function ringOf(table: Table, format: InsertFormat): TableRing {
  const ring = new TableRing(table, format, RING_BYTES);
  ring.openDay(DAY);
  return ring;
}

describe.each(['RowBinary', 'Native'] as const)('%s', (format) => {
  it('stores every kind of column at the edges of its range', async () => {
    const rows = numbered(EDGES);
    const ring = ringOf(EVERY_KIND, format);
    for (const row of rows) expect(putRow(ring, EVERY_KIND, row)).toBe(true);
    ring.commit(REQUEST, 'acme');
    const frame = ring.drain()!;
    engine.create(EVERY_KIND);
    expect(await engine.load(EVERY_KIND, [frame])).toBe(rows.length);
    const stored = engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal');
    expect(stored).toEqual(rows.map((row) => printed(EVERY_KIND, row)));
  });

  it('brings numbers outside of a type to the nearest one inside', async () => {
    const rows = numbered(OUT_OF_RANGE.map(([put]) => put));
    const ring = ringOf(EVERY_KIND, format);
    for (const row of rows) putRow(ring, EVERY_KIND, row);
    ring.commit(REQUEST, 'acme');
    engine.create(EVERY_KIND);
    await engine.load(EVERY_KIND, [ring.drain()!]);
    const stored = engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal');
    expect(stored).toEqual(numbered(OUT_OF_RANGE.map(([, kept]) => kept)).map((row) => printed(EVERY_KIND, row)));
  });

  it.each([EVENTS_RAW, CODING_AGENT_EVENTS])(
    'fills every column of $name, and leaves every one empty',
    async (table) => {
      const receipt = { [table.ttlColumn]: RECEIVED_MS };
      const full: Row = {
        ...Object.fromEntries(table.columns.map((column, index) => [column.name, fullCell(column.kind, index)])),
        ...receipt,
      };
      const rows = [full, receipt, full];
      const ring = ringOf(table, format);
      for (const row of rows) putRow(ring, table, row);
      ring.commit(REQUEST, 'acme');
      engine.create(table);
      expect(await engine.load(table, [ring.drain()!])).toBe(3);
      const stored = engine.select(table, selectList(table), 'tenant_id');
      expect(stored).toEqual([receipt, full, full].map((row) => printed(table, row)));
    },
  );

  it('reads concatenated frames as one stream', async () => {
    const rows = numbered(EDGES);
    const ring = ringOf(EVERY_KIND, format);
    const frames = rows.map((row) => {
      putRow(ring, EVERY_KIND, row);
      ring.commit(REQUEST, 'acme');
      return ring.drain()!;
    });
    engine.create(EVERY_KIND);
    expect(await engine.load(EVERY_KIND, frames)).toBe(rows.length);
    const stored = engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal');
    expect(stored).toEqual(rows.map((row) => printed(EVERY_KIND, row)));
  });
});

function fullCell(kind: string, index: number): Row[string] {
  switch (kind) {
    case 'text':
      return `text of column ${index}`;
    case 'map':
      return entries(3);
    case 'fixed16':
    case 'uuid':
      return REQUEST;
    case 'nullableBool':
      return 1;
    default:
      return 1000 + index;
  }
}

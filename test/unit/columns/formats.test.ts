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

  it('keeps entries in one piece that are put between other values, and takes over values from the row before', async () => {
    const ring = ringOf(EVERY_KIND, format);
    const column = (name: string): number => EVERY_KIND.columns.findIndex((one) => one.name === name);
    const text = (name: string, value: string): void =>
      ring.putText(column(name), Buffer.from(value), 0, Buffer.byteLength(value));
    const entry = (key: string, value: string): void =>
      ring.putMapEntry(Buffer.from(key + value), 0, key.length, key.length, value.length);
    const open = (ordinal: number): void => {
      expect(ring.beginRow(100)).toBe(true);
      ring.putNumber(column('ordinal'), ordinal);
      ring.putNumber(column('millis'), RECEIVED_MS);
    };
    open(0);
    entry('a', '1');
    text('plain', 'tenant');
    entry('bb', '22');
    // Two entries as RowBinary has them: each text behind its length.
    ring.putEncodedEntries(Buffer.from('..\x01c\x013\x02dd\x0244..', 'latin1'), 2, 10, 2);
    text('word', 'provider');
    ring.putBytes16(column('fixed'), REQUEST, 0);
    entry('e', '');
    ring.endRow();
    for (const ordinal of [1, 2]) {
      open(ordinal);
      for (const name of ['plain', 'word', 'fixed']) ring.putAsBefore(column(name));
      entry('own', String(ordinal));
      ring.endRow();
    }
    open(3);
    ring.endRow();
    ring.commit(REQUEST, 'acme');
    engine.create(EVERY_KIND);
    await engine.load(EVERY_KIND, [ring.drain()!]);
    const shared: Row = { millis: RECEIVED_MS, plain: 'tenant', word: 'provider', fixed: REQUEST };
    const first: [string, string][] = [
      ['a', '1'],
      ['bb', '22'],
      ['c', '3'],
      ['dd', '44'],
      ['e', ''],
    ];
    expect(engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal')).toEqual(
      [
        { ...shared, ordinal: 0, entries: first },
        { ...shared, ordinal: 1, entries: [['own', '1']] },
        { ...shared, ordinal: 2, entries: [['own', '2']] },
        { ordinal: 3, millis: RECEIVED_MS },
      ].map((row) => printed(EVERY_KIND, row as Row)),
    );
  });

  it('shares the text of a remembered attribute within a frame and writes it again in the next', async () => {
    const ring = ringOf(EVERY_KIND, format);
    const columns = ['ordinal', 'millis', 'plain', 'word'];
    const [ordinal, millis, plain, word] = columns.map((name) =>
      EVERY_KIND.columns.findIndex((column) => column.name === name),
    ) as [number, number, number, number];
    const rows: Row[] = [];
    const frames = [3, 4].map((count) => {
      for (let row = 0; row < count; row++) {
        const memo = 11 + (row % 2);
        rows.push({ ordinal: rows.length, millis: RECEIVED_MS, plain: `text ${memo}`, word: 'between' });
        ring.beginRow(20);
        ring.putNumber(ordinal, rows.length - 1);
        ring.putNumber(millis, RECEIVED_MS);
        ring.putText(word, Buffer.from('between'), 0, 7);
        // Where the text stands in the body differs from record to record.
        ring.putKnownText(plain, Buffer.from(`${'.'.repeat(row)}text ${memo}`), row, 7, memo);
        ring.endRow();
      }
      ring.commit(REQUEST, 'acme');
      return ring.drain()!;
    });
    engine.create(EVERY_KIND);
    await engine.load(EVERY_KIND, frames);
    expect(engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal')).toEqual(
      rows.map((row) => printed(EVERY_KIND, row)),
    );
  });

  it('stores the rows of a request that leave the ring from the middle of it', async () => {
    const rows = numbered(EDGES);
    const ring = ringOf(EVERY_KIND, format);
    const committed = rows.slice(0, 5);
    for (const row of committed) putRow(ring, EVERY_KIND, row);
    ring.commit(REQUEST, 'acme');
    for (const row of rows.slice(5)) putRow(ring, EVERY_KIND, row);
    const spilled = ring.spill(REQUEST, 'acme')!;
    expect(spilled.rows).toBe(rows.length - committed.length);
    engine.create(EVERY_KIND);
    expect(await engine.load(EVERY_KIND, [spilled, ring.drain()!])).toBe(rows.length);
    const stored = engine.select(EVERY_KIND, selectList(EVERY_KIND), 'ordinal');
    expect(stored).toEqual(rows.map((row) => printed(EVERY_KIND, row)));
  });

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

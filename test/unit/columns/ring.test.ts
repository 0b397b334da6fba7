/** Commit, rollback, spill and drain: what leaves the ring is exactly what was committed, whatever the order of events. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableRing } from '../../../src/columns/ring.ts';
import { RING_ROWS_MAX } from '../../../src/limits.ts';
import type { Frame } from '../../../src/model/frame.ts';
import { CODING_AGENT_EVENTS, columnIndex, EVENTS_RAW } from '../../../src/model/schema.ts';
import { type Engine, openEngine } from './engine.ts';
import { putRow, type Row } from './rows.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const DAY_MS = 86_400_000;
const RAW_EVENT = columnIndex(EVENTS_RAW, 'raw_event');
const TIMESTAMP = columnIndex(EVENTS_RAW, 'timestamp');

let engine: Engine;
beforeAll(() => {
  engine = openEngine();
});
afterAll(() => engine.close());

interface Request {
  readonly tenant: string;
  readonly day: number;
  readonly textSizes: readonly number[];
  readonly ends: 'commit' | 'rollback';
  /** What the caller believes a row's size to be: right, nothing, or far too much. */
  readonly hint: 'honest' | 'zero' | 'huge';
  readonly drainAfter: boolean;
}

const requests: fc.Arbitrary<Request[]> = fc.array(
  fc.record({
    tenant: fc.constantFrom('acme', 'globex', '__proto__'),
    day: fc.constantFrom(20_000, 20_001),
    textSizes: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(40_000) }), {
      maxLength: 40,
    }),
    ends: fc.constantFrom('commit', 'commit', 'rollback'),
    hint: fc.constantFrom('honest', 'honest', 'zero', 'huge'),
    drainAfter: fc.boolean(),
  }),
  { maxLength: 12 },
);

function requestIdOf(index: number): Buffer {
  const id = Buffer.alloc(16, 7);
  id.writeUInt32BE(index, 12);
  return id;
}

function rowOf(request: Request, index: number, size: number): Row {
  return {
    timestamp: request.day * DAY_MS + 5,
    request_id: requestIdOf(index),
    tenant_id: request.tenant,
    raw_event: 'r'.repeat(size),
  };
}

/** A caller as the pipeline is one: makes room by spilling and draining, keeps spilled frames aside until the end. */
function play(all: readonly Request[], ringBytes: number): Frame[] {
  const ring = new TableRing(EVENTS_RAW, 'RowBinary', ringBytes);
  const out: Frame[] = [];
  const keep = (frame: Frame | undefined, list: Frame[]): void => {
    if (frame !== undefined) list.push(frame);
  };
  all.forEach((request, index) => {
    const id = requestIdOf(index);
    const aside: Frame[] = [];
    keep(ring.openDay(request.day), out);
    for (const size of request.textSizes) {
      const row = rowOf(request, index, size);
      const hint = { honest: size + 40, zero: 0, huge: 10_000_000 }[request.hint];
      if (putRow(ring, EVENTS_RAW, row, hint)) continue;
      keep(ring.spill(id, request.tenant), aside);
      keep(ring.drain(), out);
      expect(putRow(ring, EVENTS_RAW, row, hint)).toBe(true);
    }
    if (request.ends === 'commit') {
      ring.commit(id, request.tenant);
      out.push(...aside);
    } else ring.rollback();
    if (request.drainAfter) keep(ring.drain(), out);
  });
  keep(ring.drain(), out);
  expect(ring.rows).toBe(0);
  return out;
}

interface ExpectedRow {
  request: string;
  tenant: string;
  day: number;
  size: number;
}

function expectedRows(all: readonly Request[]): ExpectedRow[] {
  return all.flatMap((request, index) =>
    request.ends === 'rollback'
      ? []
      : request.textSizes.map((size) => ({
          request: requestIdOf(index).toString('hex'),
          tenant: request.tenant,
          day: request.day,
          size,
        })),
  );
}

const byAll = (a: ExpectedRow, b: ExpectedRow): number => JSON.stringify(a).localeCompare(JSON.stringify(b));

/** Loads each frame by itself and returns its rows as the engine sees them. */
async function storedRows(frames: readonly Frame[]): Promise<ExpectedRow[][]> {
  const stored: ExpectedRow[][] = [];
  for (const frame of frames) {
    engine.create(EVENTS_RAW);
    await engine.load(EVENTS_RAW, [frame]);
    const list =
      "replaceAll(toString(request_id), '-', '') AS request, tenant_id AS tenant, " +
      'toUInt32(toDate(timestamp)) AS day, toUInt32(length(raw_event)) AS size';
    stored.push(engine.select(EVENTS_RAW, list, 'request') as unknown as ExpectedRow[]);
  }
  return stored;
}

describe('TableRing', () => {
  it('gives out exactly the committed rows, each frame true to what it says of itself', async () => {
    const check = async (all: Request[], ringBytes: number): Promise<void> => {
      const frames = play(all, ringBytes);
      const stored = await storedRows(frames);
      expect(stored.flat().sort(byAll)).toEqual(expectedRows(all).sort(byAll));
      frames.forEach((frame, index) => {
        const rows = stored[index]!;
        expect(frame.rows).toBe(rows.length);
        expect(new Set(rows.map((row) => row.day))).toEqual(new Set([frame.day]));
        const ids = Buffer.from(frame.requestIds).toString('hex').match(/.{32}/g);
        expect(new Set(ids)).toEqual(new Set(rows.map((row) => row.request)));
        const tenants = rows.map((row) => row.tenant);
        const perTenant = [...new Set(tenants)].map((tenant) => [
          tenant,
          tenants.filter((name) => name === tenant).length,
        ]);
        expect(Object.entries(frame.tenantRows).sort()).toEqual(perTenant.sort());
      });
    };
    await fc.assert(fc.asyncProperty(requests, fc.constantFrom(16_000, 60_000, 400_000), check), { numRuns: 60 });
  });

  it('counts rows and bytes, and returns to nothing', () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.openDay(0);
    expect([ring.rows, ring.usedBytes]).toEqual([0, 0]);
    putRow(ring, EVENTS_RAW, { raw_event: 'x'.repeat(1000) });
    expect(ring.rows).toBe(1);
    expect(ring.usedBytes).toBeGreaterThanOrEqual(1000);
    ring.rollback();
    expect([ring.rows, ring.usedBytes]).toEqual([0, 0]);
    expect(ring.drain()).toBeUndefined();
    expect(ring.spill(requestIdOf(0), 'acme')).toBeUndefined();
  });

  it(`refuses row ${RING_ROWS_MAX + 1} however small`, () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 64 * 1024 * 1024);
    for (let row = 0; row < RING_ROWS_MAX; row++) {
      expect(ring.beginRow(0)).toBe(true);
      ring.endRow();
    }
    expect(ring.beginRow(0)).toBe(false);
  });

  it('leaves nothing of a rolled-back open row in the next one', async () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.openDay(0);
    ring.beginRow(10);
    ring.putText(RAW_EVENT, Buffer.from('secret'), 0, 6);
    ring.putNumber(TIMESTAMP, DAY_MS * 3);
    ring.rollback();
    putRow(ring, EVENTS_RAW, {});
    ring.commit(requestIdOf(1), 'acme');
    engine.create(EVENTS_RAW);
    await engine.load(EVENTS_RAW, [ring.drain()!]);
    expect(engine.select(EVENTS_RAW, 'raw_event, toUnixTimestamp64Milli(timestamp) AS ms', 'ms')).toEqual([
      { raw_event: '', ms: '0' },
    ]);
  });

  it('refuses a span outside its source, which would show bytes of other requests', () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.beginRow(10);
    const source = Buffer.from('12345');
    for (const [start, length] of [
      [0, 6],
      [5, 1],
      [-1, 2],
      [3, -1],
      [100, 1],
    ] as const) {
      expect(() => ring.putText(RAW_EVENT, source, start, length)).toThrow(RangeError);
    }
    expect(() => ring.putBytes16(1, source, 0)).toThrow(RangeError);
  });

  it('takes a value only into a column of its kind', () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.beginRow(10);
    const source = Buffer.alloc(16);
    expect(() => ring.putText(TIMESTAMP, source, 0, 1)).toThrow(TypeError);
    expect(() => ring.putNumber(RAW_EVENT, 1)).toThrow(TypeError);
    expect(() => ring.putNumber(EVENTS_RAW.columns.length, 1)).toThrow(TypeError);
    expect(() => ring.putBytes16(RAW_EVENT, source, 0)).toThrow(TypeError);
    expect(() => ring.putMapEntry(source, 0, 1, 1, 1)).toThrow(TypeError);
  });

  it('refuses a frame with a row of another day than announced', () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.openDay(20_000);
    putRow(ring, EVENTS_RAW, { timestamp: 20_001 * DAY_MS });
    ring.commit(requestIdOf(1), 'acme');
    expect(() => ring.drain()).toThrow('day 20001');
  });

  it('gives back the memory of one outsized row', async () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.openDay(0);
    const big = Buffer.alloc(40_000_000, 'z');
    const before = process.memoryUsage().arrayBuffers;
    ring.beginRow(0);
    ring.putText(RAW_EVENT, big, 0, big.length);
    ring.endRow();
    expect(ring.beginRow(0)).toBe(false);
    ring.commit(requestIdOf(1), 'acme');
    const frame = ring.drain()!;
    expect(frame.rawBytes).toBeGreaterThan(big.length);
    expect(ring.usedBytes).toBe(0);
    // Array buffers are swept by another thread, some time after the collection.
    const grown = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(grown, { timeout: 30_000 }).toBeLessThan(10_000_000);
    expect(ring.beginRow(0)).toBe(true);
  });

  it.each(['RowBinary', 'Native'] as const)(
    'keeps map entries together in %s when other values come between',
    async (format) => {
      const attributes = columnIndex(CODING_AGENT_EVENTS, 'attributes');
      const ring = new TableRing(CODING_AGENT_EVENTS, format, 4_000_000);
      ring.openDay(0);
      const source = Buffer.from('key1key2value');
      for (let row = 0; row < 3; row++) {
        ring.beginRow(0);
        ring.putMapEntry(source, 0, 4, 8, 5);
        ring.putText(columnIndex(CODING_AGENT_EVENTS, 'command'), source, 0, 8);
        ring.putMapEntry(source, 4, 4, 8, 5);
        ring.putText(columnIndex(CODING_AGENT_EVENTS, 'cwd'), source, 8, 5);
        ring.endRow();
      }
      expect(() => ring.putText(attributes, source, 0, 1)).toThrow(TypeError);
      ring.commit(requestIdOf(1), 'acme');
      engine.create(CODING_AGENT_EVENTS);
      await engine.load(CODING_AGENT_EVENTS, [ring.drain()!]);
      const row = { command: 'key1key2', cwd: 'value', attributes: { key1: 'value', key2: 'value' } };
      expect(engine.select(CODING_AGENT_EVENTS, 'command, cwd, attributes', 'cwd')).toEqual([row, row, row]);
    },
  );

  it('hands out frames that can be transferred to another thread', () => {
    const ring = new TableRing(EVENTS_RAW, 'RowBinary', 1_000_000);
    ring.openDay(0);
    putRow(ring, EVENTS_RAW, { raw_event: 'hello' });
    ring.commit(requestIdOf(1), 'acme');
    const frame = ring.drain()!;
    const size = frame.bytes.length;
    const moved = structuredClone(frame, { transfer: [frame.bytes.buffer] });
    expect(moved.bytes.length).toBe(size);
    expect(frame.bytes.length).toBe(0);
  });
});

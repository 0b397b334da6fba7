/** The bytes of a segment, worked out by hand from the tables in segment-header.ts, segment-frames.ts and facts.ts. */

import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeFacts, encodeFact, partsOf } from '../../../src/spool/facts.ts';
import { decodeFrame, encodeFrameHead, encodeTenantRows, isIntact } from '../../../src/spool/segment-frames.ts';
import { decodeHeader, encodeHeader, type SegmentHeader } from '../../../src/spool/segment-header.ts';
import { groupByRequest } from '../../../src/spool/segment-units.ts';
import { frame } from './frames.ts';

const u32 = (value: number): Buffer =>
  Buffer.from([value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]);

const HEADER: SegmentHeader = {
  version: 1,
  schemaVersion: 1,
  format: 'RowBinary',
  id: '00112233445566778899aabbccddeeff',
  day: 20_000,
  openedAtMs: 1_728_000_000_000,
  columns: { events_raw: [['request_id', 'UUID']], coding_agent_events: [['event_id', 'FixedString(16)']] },
};

function headerByHand(): Buffer {
  const json = Buffer.from(JSON.stringify(HEADER));
  return Buffer.concat([Buffer.from('MODASEG1'), u32(json.length), u32(crc32(json)), json]);
}

/** The frame of frame('coding_agent_events', 7, 3, 5), last of its append, in a segment whose seed is 99. */
function frameByHand(): Buffer {
  const tenants = Buffer.from('{"acme":3}');
  const payload = Buffer.from([7, 7, 7, 7, 7]);
  const checked = Buffer.concat([
    u32(tenants.length),
    u32(5),
    u32(crc32(payload)),
    u32(3),
    u32(10),
    u32(1),
    Buffer.from([1, 1, 0, 0]),
    Buffer.alloc(16, 7),
    tenants,
  ]);
  return Buffer.concat([u32(0x4d52464d), u32(crc32(checked, 99)), checked, payload]);
}

describe('segment header', () => {
  it('is magic, length, checksum and JSON', () => {
    expect(Buffer.from(encodeHeader(HEADER))).toEqual(headerByHand());
    const bytes = headerByHand();
    expect(decodeHeader(bytes)).toEqual({ header: HEADER, framesAt: bytes.length });
  });

  it('is refused at every truncation and with any byte flipped', () => {
    const bytes = headerByHand();
    for (let length = 0; length < bytes.length; length++)
      expect(decodeHeader(bytes.subarray(0, length))).toBeUndefined();
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = flipped[at]! ^ 1;
      expect(decodeHeader(flipped), `byte ${at}`).toBeUndefined();
    }
  });

  it('of a newer file format is refused', () => {
    expect(decodeHeader(encodeHeader({ ...HEADER, version: 2 }))).toBeUndefined();
  });
});

describe('stored frame', () => {
  it('is encoded as the table in segment-frames.ts says', () => {
    const one = frame('coding_agent_events', 7, 3, 5);
    const head = encodeFrameHead(one, encodeTenantRows(one), true, 99);
    expect(Buffer.concat([head, one.bytes])).toEqual(frameByHand());
  });

  it('is read back from bytes made by hand', () => {
    const stored = decodeFrame(Uint8Array.from(frameByHand()), 0, 99)!;
    expect(stored).toMatchObject({ table: 'coding_agent_events', rows: 3, rawBytes: 10, isLastOfAppend: true });
    expect(stored.tenantRows).toEqual({ acme: 3 });
    expect([...stored.payload]).toEqual([7, 7, 7, 7, 7]);
    expect([...stored.requestIds]).toEqual(new Array(16).fill(7));
    expect(isIntact(stored)).toBe(true);
  });

  it('is refused at every truncation, with any byte of its head flipped, and under the seed of another segment', () => {
    const bytes = Uint8Array.from(frameByHand());
    for (let length = 0; length < bytes.length; length++)
      expect(decodeFrame(bytes.slice(0, length), 0, 99)).toBeUndefined();
    for (let at = 0; at < bytes.length - 5; at++) {
      const flipped = bytes.slice();
      flipped[at] = flipped[at]! ^ 0x10;
      expect(decodeFrame(flipped, 0, 99), `byte ${at}`).toBeUndefined();
    }
    expect(decodeFrame(bytes, 0, 98)).toBeUndefined();
  });

  it('with a flipped payload byte is read and known not to be intact', () => {
    const bytes = Uint8Array.from(frameByHand());
    bytes[bytes.length - 1] = 0;
    expect(isIntact(decodeFrame(bytes, 0, 99)!)).toBe(false);
  });
});

describe('units of an append', () => {
  const ids = (...values: number[]) => ({
    requestIds: Uint8Array.from(values.flatMap((value) => new Array(16).fill(value))),
  });

  it('keeps frames that share a request together, however far apart they stand', () => {
    expect(groupByRequest([ids(1, 2), ids(3), ids(4)]).map((group) => group.length)).toEqual([1, 1, 1]);
    expect(groupByRequest([ids(1, 2), ids(2, 3), ids(4)]).map((group) => group.length)).toEqual([2, 1]);
    expect(groupByRequest([ids(1), ids(2), ids(1), ids(5)]).map((group) => group.length)).toEqual([3, 1]);
    expect(groupByRequest([])).toEqual([]);
  });
});

describe('facts', () => {
  const table = 'coding_agent_events';

  it('are 32 bytes each, as the comment in facts.ts says', () => {
    const rest = Buffer.concat([Buffer.from([1, 1, 2, 0]), u32(3), u32(9), u32(0), u32(0), u32(0)]);
    const byHand = Buffer.concat([u32(0x54434146), u32(crc32(rest, 5)), rest]);
    const fact = { kind: 'inserting', table, from: 3, to: 9, attempt: 2 } as const;
    expect(Buffer.from(encodeFact(fact, 5))).toEqual(byHand);
    expect(decodeFacts(byHand, 5)).toEqual([fact]);
  });

  it('survive a torn neighbour and free slots', () => {
    const sealed = encodeFact({ kind: 'sealed', bytes: 2 ** 33 }, 5);
    const torn = encodeFact({ kind: 'done', table, from: 0, to: 4 }, 5).fill(0, 20, 32);
    torn[9] = 7;
    const done = encodeFact({ kind: 'done', table, from: 0, to: 4 }, 5);
    const file = Buffer.concat([sealed, torn, Buffer.alloc(32), done, Buffer.alloc(100)]);
    expect(decodeFacts(file, 5)).toEqual([
      { kind: 'sealed', bytes: 2 ** 33 },
      { kind: 'done', table, from: 0, to: 4 },
    ]);
    expect(decodeFacts(file, 6)).toEqual([]);
  });

  it('replay to the parts that are left, doubled facts included', () => {
    const facts = [
      { kind: 'sealed', bytes: 10 },
      { kind: 'inserting', table, from: 0, to: 8, attempt: 0 },
      { kind: 'split', table, from: 0, to: 8, at: 4 },
      { kind: 'split', table, from: 0, to: 8, at: 4 },
      { kind: 'inserting', table, from: 0, to: 4, attempt: 1 },
      { kind: 'inserting', table, from: 0, to: 4, attempt: 0 },
      { kind: 'done', table, from: 4, to: 8 },
    ] as const;
    expect(partsOf(facts, table, 8)).toEqual([
      { from: 0, to: 4, end: 'open', attempt: 1 },
      { from: 4, to: 8, end: 'done', attempt: undefined },
    ]);
    expect(partsOf(facts, 'events_raw', 3)).toEqual([{ from: 0, to: 3, end: 'open', attempt: undefined }]);
    expect(partsOf(facts, 'events_raw', 0)).toEqual([]);
  });
});

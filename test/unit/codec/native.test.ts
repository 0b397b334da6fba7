/** Block and column headers against bytes worked out by hand; whole blocks are read by the engine in test/unit/columns. */

import { describe, expect, it } from 'vitest';
import { wireType, writeBlockHeader, writeColumnHeader } from '../../../src/codec/native.ts';

describe('native', () => {
  it('opens a block with columns, then rows', () => {
    const target = new Uint8Array(8);
    expect(writeBlockHeader(target, 1, 3, 300)).toBe(4);
    expect([...target]).toEqual([0, 3, 0xac, 0x02, 0, 0, 0, 0]);
  });

  it('opens a column with name, then type', () => {
    const target = new Uint8Array(12);
    expect(writeColumnHeader(target, 0, Buffer.from('id'), Buffer.from('UUID'))).toBe(8);
    expect(Buffer.from(target).toString('latin1')).toBe('\u0002id\u0004UUID\0\0\0\0');
  });

  it.each([
    ['LowCardinality(String)', 'String'],
    ['Map(LowCardinality(String), String)', 'Map(String, String)'],
    ["DateTime64(3, 'UTC')", "DateTime64(3, 'UTC')"],
    ['Nullable(UInt64)', 'Nullable(UInt64)'],
  ])('sends %s as %s', (type, wire) => {
    expect(wireType(type)).toBe(wire);
  });
});

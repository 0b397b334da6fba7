/** Each writer against bytes worked out by hand from the format's description; the engine is asked in test/unit/columns. */

import { describe, expect, it } from 'vitest';
import {
  copyBytes,
  varintAt,
  varintBytes,
  writeFixed16,
  writeFloat64,
  writeInt64,
  writeString,
  writeUInt16,
  writeUInt32,
  writeUuid,
  writeVarint,
  writeZeros,
} from '../../../src/codec/rowbinary.ts';

/** Runs a writer at offset 3 of a field of 0xAA and returns the written bytes as hex; bytes around must stay. */
function written(write: (target: Uint8Array<ArrayBuffer>, position: number) => number): string {
  const target = new Uint8Array(400).fill(0xaa);
  const end = write(target, 3);
  expect([...target.subarray(0, 3), ...target.subarray(end)].every((byte) => byte === 0xaa)).toBe(true);
  return Buffer.from(target.subarray(3, end)).toString('hex');
}

describe('writeVarint', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
    [2_147_483_647, 'ffffffff07'],
    [2_147_483_648, '8080808008'],
    [4_294_967_295, 'ffffffff0f'],
  ])('writes %d as %s, and reads it', (value, hex) => {
    expect(written((target, position) => writeVarint(target, position, value))).toBe(hex);
    expect(varintBytes(value)).toBe(hex.length / 2);
    expect(varintAt(Buffer.from(`aa${hex}aa`, 'hex'), 1)).toBe(value);
  });
});

describe('integers', () => {
  it.each([
    [0, '0000'],
    [258, '0201'],
    [65_535, 'ffff'],
  ])('writes UInt16 %d as %s', (value, hex) => {
    expect(written((target, position) => writeUInt16(target, position, value))).toBe(hex);
  });

  it.each([
    [67_305_985, '01020304'],
    [4_294_967_295, 'ffffffff'],
    [-1, 'ffffffff'],
    [-2_147_483_648, '00000080'],
  ])('writes 32 bits %d as %s', (value, hex) => {
    expect(written((target, position) => writeUInt32(target, position, value))).toBe(hex);
  });

  it.each([
    [0, '0000000000000000'],
    [4_294_967_296, '0000000001000000'],
    [2 ** 53 - 1, 'ffffffffffff1f00'],
    [2 ** 64 - 2048, '00f8ffffffffffff'],
    [-1, 'ffffffffffffffff'],
    [-4_294_967_296, '00000000ffffffff'],
    [-2_208_988_800_000_000, '006043b7ef26f8ff'],
  ])('writes 64 bits %d as %s', (value, hex) => {
    expect(written((target, position) => writeInt64(target, position, value))).toBe(hex);
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
    expect(buffer.toString('hex')).toBe(hex);
  });
});

describe('writeFloat64', () => {
  it.each([0, -0, 1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE, Number.MAX_VALUE])(
    'writes %d',
    (value) => {
      const expected = Buffer.alloc(8);
      expected.writeDoubleLE(value);
      const hex = written((target, position) => writeFloat64(new DataView(target.buffer), position, value));
      expect(hex).toBe(expected.toString('hex'));
    },
  );
});

describe('bytes', () => {
  it.each([0, 1, 47, 48, 49, 127, 128, 200])('writes a string of %d bytes behind its length', (length) => {
    const source = Buffer.alloc(length + 10, 0x62);
    const prefix =
      length > 127 ? `${Buffer.from([(length & 127) | 128]).toString('hex')}01` : Buffer.from([length]).toString('hex');
    expect(written((target, position) => writeString(target, position, source, 5, length))).toBe(
      prefix + '62'.repeat(length),
    );
  });

  it('copies just the span', () => {
    const source = Buffer.from('0123456789');
    expect(written((target, position) => copyBytes(target, position, source, 2, 3))).toBe('323334');
  });

  const sixteen = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  it('writes a UUID as two little-endian halves', () => {
    expect(written((target, position) => writeUuid(target, position, sixteen, 0))).toBe(
      '7766554433221100ffeeddccbbaa9988',
    );
  });

  it('writes FixedString(16) as it is', () => {
    expect(written((target, position) => writeFixed16(target, position, sixteen, 0))).toBe(sixteen.toString('hex'));
  });

  it('writes zeros', () => {
    expect(written((target, position) => writeZeros(target, position, 16))).toBe('00'.repeat(16));
  });
});

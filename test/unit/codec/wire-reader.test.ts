import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { WireReader } from '../../../src/codec/wire-reader.ts';

/** A reader over the bytes of a hex text, with other bytes before and behind them in the buffer. */
function readerOf(hex: string): WireReader {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const reader = new WireReader();
  reader.begin(Buffer.concat([Buffer.from('ffff', 'hex'), body, Buffer.alloc(16, 1)]), 2, 2 + body.length);
  return reader;
}

/** The value of `low` and `high` as an unsigned integer. */
function wide(reader: WireReader): bigint {
  return (BigInt(reader.high >>> 0) << 32n) | BigInt(reader.low >>> 0);
}

function failureOf(read: () => unknown, reader: WireReader): string {
  try {
    read();
    return 'no failure';
  } catch (error) {
    expect(error).toBe(reader.fault);
    expect(reader.fault.code).toBe('MALFORMED_PROTOBUF');
    return reader.fault.describe();
  }
}

describe('varint64', () => {
  it.each([
    ['00', 0n],
    ['7f', 127n],
    ['8001', 128n],
    ['ffffffff0f', 0xffffffffn],
    ['8080808010', 0x100000000n],
    ['ffffffffffffffff7f', 0x7fffffffffffffffn],
    ['ffffffffffffffffff01', 0xffffffffffffffffn],
    ['80808080808080808001', 0x8000000000000000n],
    // Longer than needed, but within ten bytes.
    ['8180808080808080 80 00', 1n],
  ])('reads %s', (hex, expected) => {
    const reader = readerOf(hex);
    reader.varint64();
    expect(wide(reader)).toBe(expected);
    expect(reader.pos).toBe(reader.len);
  });

  it('reads what protobufjs writes', () => {
    for (let bit = 0; bit < 64; bit++) {
      for (const value of [1n << BigInt(bit), (1n << BigInt(bit)) - 1n, ~(1n << BigInt(bit)) & 0xffffffffffffffffn]) {
        const bytes = protobuf.Writer.create().uint64(String(value)).finish();
        const reader = readerOf(Buffer.from(bytes).toString('hex'));
        reader.varint64();
        expect(wide(reader)).toBe(value);
      }
    }
  });

  it('rejects a varint of 11 bytes', () => {
    const reader = readerOf('ffffffffffffffffffff01');
    expect(failureOf(() => reader.varint64(), reader)).toBe('varint longer than 10 bytes at offset 0');
  });

  it.each(['', '80', 'ff', 'ffffffffffffffffff'])('rejects %s, which ends early, though the buffer goes on', (hex) => {
    const reader = readerOf(hex);
    expect(failureOf(() => reader.varint64(), reader)).toBe('varint past the end at offset 0');
  });
});

describe('fieldTag', () => {
  it.each([
    ['08', 8],
    ['7a', 0x7a],
    ['8501', 133],
    ['f8ffffff0f', 0xfffffff8],
  ])('reads %s', (hex, tag) => expect(readerOf(hex).fieldTag()).toBe(tag));

  it.each([
    ['00', 'field number 0 at offset 0'],
    ['07', 'field number 0 at offset 0'],
    ['8000', 'field number 0 at offset 0'],
    ['8080808010', 'tag longer than 32 bits at offset 0'],
    ['88', 'varint past the end at offset 0'],
    ['', 'varint past the end at offset 0'],
  ])('rejects %s', (hex, reason) => {
    const reader = readerOf(hex);
    expect(failureOf(() => reader.fieldTag(), reader)).toBe(reason);
  });
});

describe('lengthEnd', () => {
  it('ends exactly at the limit', () => {
    const reader = readerOf('03 616263');
    expect(reader.lengthEnd(reader.len)).toBe(reader.len);
    const long = readerOf(`8001 ${'61'.repeat(128)}`);
    expect(long.lengthEnd(long.len)).toBe(long.len);
  });

  it.each(['04 616263', '', 'ff', '8080808008', 'ffffffff0f', 'ffffffffffffffffff01'])('rejects %s', (hex) => {
    const reader = readerOf(hex);
    expect(failureOf(() => reader.lengthEnd(reader.len), reader)).toMatch(/^(length|varint) .* at offset 0$/);
  });

  it('does not pass the end of an outer message', () => {
    const reader = readerOf('02 6162 63');
    expect(failureOf(() => reader.lengthEnd(reader.pos + 2), reader)).toBe(
      'length past the end of its message at offset 0',
    );
  });
});

describe('skipField', () => {
  it.each([
    [0x08, '8001'],
    [0x09, '0102030405060708'],
    [0x0a, '020102'],
    [0x0d, '01020304'],
  ])('skips the value behind tag %i', (tag, hex) => {
    const reader = readerOf(hex);
    reader.skipField(tag, reader.len);
    expect(reader.pos).toBe(reader.len);
  });

  it.each([
    [0x08, '80'],
    [0x09, '01020304050607'],
    [0x0a, '0301'],
    [0x0d, '010203'],
    [0x0b, '0c'],
    [0x0c, ''],
    [0x0e, '00'],
    [0x0f, '00'],
  ])('rejects tag %i before %s', (tag, hex) => {
    const reader = readerOf(hex);
    expect(failureOf(() => reader.skipField(tag, reader.len), reader)).toMatch(/at offset -?\d+$/);
  });
});

describe('fixed-width reads', () => {
  it('reads 64 bits in little-endian order', () => {
    const reader = readerOf('0102030405060788');
    reader.wide();
    expect(wide(reader)).toBe(0x8807060504030201n);
  });

  it('rejects seven bytes', () => {
    const reader = readerOf('01020304050607');
    expect(failureOf(() => reader.wide(), reader)).toBe('8 bytes expected past the end at offset 0');
  });

  it('names the field of the last tag', () => {
    const reader = readerOf('59 0102');
    reader.fieldTag();
    expect(failureOf(() => reader.wide(), reader)).toBe(
      '8 bytes expected past the end (after the tag of field 11) at offset 1',
    );
  });

  it('finds a field that runs past its message', () => {
    const reader = readerOf('01020304050607080910');
    reader.wide();
    expect(failureOf(() => reader.finish(reader.pos - 3), reader)).toBe(
      'field past the end of its message at offset 5',
    );
  });
});

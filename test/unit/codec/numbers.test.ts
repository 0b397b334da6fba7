import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSink } from '../../../src/codec/json-sink.ts';
import { int64, int64ToNumber, parseInt64, parseNumber, parseUint64 } from '../../../src/codec/numbers.ts';

const halves = (): bigint => (BigInt(int64.high >>> 0) << 32n) | BigInt(int64.low >>> 0);

function span<T>(text: string, read: (bytes: Uint8Array, start: number, end: number) => T): T {
  const bytes = Buffer.from(`9${text}9`);
  return read(bytes, 1, bytes.length - 1);
}

const EDGES = [
  0n,
  1n,
  9n,
  999999999n,
  1000000000n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  10n ** 18n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

describe('parseUint64', () => {
  it.each(EDGES)('reads %s', (value) => {
    expect(span(String(value), parseUint64)).toBe(true);
    expect(halves()).toBe(value);
  });

  it('reads every 64-bit integer as BigInt does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(span(String(value), parseUint64)).toBe(true);
        expect(halves()).toBe(value);
      }),
    );
  });

  it.each([
    '',
    '-1',
    '+1',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '18446744073709551616',
    '99999999999999999999',
    '100000000000000000000',
    'a',
  ])('refuses %j', (text) => expect(span(text, parseUint64)).toBe(false));
});

describe('parseInt64', () => {
  it('reads every signed 64-bit integer as BigInt does', () => {
    const values = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(values, (value) => {
        expect(span(String(value), parseInt64)).toBe(true);
        expect(BigInt.asIntN(64, halves())).toBe(value);
        expect(int64ToNumber(int64.low, int64.high)).toBe(Number(value));
      }),
      { examples: [[-(2n ** 63n)], [2n ** 63n - 1n], [-1n], [0n], [-(2n ** 32n)], [-(2n ** 31n)]] },
    );
  });

  it.each(['9223372036854775808', '-9223372036854775809', '-', '--1', '1-', ''])('refuses %j', (text) => {
    expect(span(text, parseInt64)).toBe(false);
  });
});

describe('parseNumber', () => {
  it.each([
    '0',
    '-0',
    '1',
    '412',
    '0.5',
    '0.006192',
    '0.0061920000000000005',
    '123456789012345',
    '1234567890123456789',
    '1e3',
    '1.5E-7',
    '-2e+2',
    '1e400',
    '007',
    '+5',
  ])('reads %s', (text) => expect(span(text, parseNumber)).toBe(Number(text)));

  it('reads every finite double as Number does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(span(String(value), parseNumber)).toBe(Number(String(value)));
      }),
    );
    fc.assert(
      fc.property(fc.nat(999999999), fc.nat(999999999), (whole, part) => {
        expect(span(`${whole}.${part}`, parseNumber)).toBe(Number(`${whole}.${part}`));
      }),
    );
  });

  it.each([
    '',
    '-',
    '.',
    '.5',
    '5.',
    '1e',
    '1e+',
    '1.e3',
    'abc',
    '12ms',
    '1 ',
    ' 1',
    'NaN',
    'Infinity',
    '0x10',
    '1_000',
    '1-2',
    '1e5.5',
  ])('refuses %j', (text) => expect(span(text, parseNumber)).toBeNaN());
});

describe('decimal text', () => {
  const sink = new JsonSink();

  function text(write: (sink: JsonSink) => void): string {
    sink.reset(1000);
    write(sink);
    return Buffer.from(sink.bytes.subarray(0, sink.pos)).toString();
  }

  it('prints every 64-bit integer as BigInt does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const [low, high] = [Number(value & 0xffffffffn) | 0, Number(value >> 32n) | 0];
        expect(text((target) => target.integer(low, high, false))).toBe(String(value));
        expect(text((target) => target.integer(low, high, true))).toBe(String(BigInt.asIntN(64, value)));
      }),
      { examples: EDGES.map((value) => [value] as [bigint]) },
    );
  });

  it('prints doubles so that they read back the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(JSON.parse(text((target) => target.double(value)))).toBe(value);
      }),
      {
        examples: [[0], [-0], [1], [-1], [999999999], [1e9], [1e21], [5e-324], [Number.MAX_VALUE]].map(
          ([value]) => [value!] as [number],
        ),
      },
    );
    expect(text((target) => target.double(Number.NaN))).toBe('"NaN"');
    expect(text((target) => target.double(Number.NEGATIVE_INFINITY))).toBe('"-Infinity"');
  });
});

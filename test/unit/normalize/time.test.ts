import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MICROS_MAX,
  MICROS_MIN,
  microsOfEpoch,
  microsOfEpochText,
  microsOfNanos,
  millisBetween,
  parseRfc3339,
} from '../../../src/normalize/time.ts';

const parse = (text: string): number => {
  const bytes = Buffer.from(`xx${text}yy`);
  return parseRfc3339(bytes, 2, text.length);
};

describe('microsOfEpoch', () => {
  it.each([
    ['seconds', 1_795_348_078.815],
    ['milliseconds', 1_795_348_078_815],
    ['microseconds', 1_795_348_078_815_000],
    ['nanoseconds', 1_795_348_078_815_000_000],
  ])('reads %s', (_unit, value) => {
    expect(microsOfEpoch(value)).toBe(1_795_348_078_815_000);
  });

  it('begins each unit in 1973', () => {
    for (const value of [1e11, 1e14, 1e17]) expect(microsOfEpoch(value)).toBe(1e14);
    expect(microsOfEpoch(99_999_999_999)).toBe(99_999_999_999e6);
    expect(microsOfEpoch(-1e17)).toBe(-1e14);
    expect(microsOfEpoch(Number.POSITIVE_INFINITY)).toBeNaN();
  });
});

describe('microsOfEpochText', () => {
  const micros = (text: string): number => microsOfEpochText(Buffer.from(`9${text}9`), 1, text.length);

  it.each(['1795348078.815', '1795348078815', '1795348078815000', '1795348078815000000', '1795348078815.0'])(
    'reads %s',
    (text) => {
      expect(micros(text)).toBe(1_795_348_078_815_000);
    },
  );

  it.each([
    '',
    '5',
    '2026',
    '20261122',
    '20261122114758',
    '179534807881',
    '-1795348078',
    '1795348078s',
    '1795348078,5',
  ])('takes %j for no time', (text) => {
    expect(micros(text)).toBeNaN();
  });
});

describe('parseRfc3339', () => {
  it('reads what Date.parse reads, to the millisecond', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }), (date) => {
        expect(parse(date.toISOString())).toBe(date.getTime() * 1000);
      }),
    );
  });

  it('keeps microseconds and cuts nanoseconds', () => {
    expect(parse('2026-11-22T11:47:58.123456789Z')).toBe(Date.UTC(2026, 10, 22, 11, 47, 58, 123) * 1000 + 456);
  });

  it('takes the letters of RFC 3339 in either case, a space, and fractions of any length up to 40 bytes in all', () => {
    const micros = Date.UTC(2026, 10, 22, 11, 47, 58) * 1000;
    for (const text of ['2026-11-22t11:47:58z', '2026-11-22 11:47:58Z', '2026-11-22T11:47:58-00:00']) {
      expect(parse(text)).toBe(micros);
    }
    expect(parse(`2026-11-22T11:47:58.${'0'.repeat(19)}Z`)).toBe(micros);
    expect(parse(`2026-11-22T11:47:58.${'0'.repeat(20)}Z`)).toBeNaN();
  });

  it('applies offsets', () => {
    expect(parse('2026-11-22T11:47:58+02:00')).toBe(Date.UTC(2026, 10, 22, 9, 47, 58) * 1000);
    expect(parse('2026-11-22T11:47:58.5-00:30')).toBe(Date.UTC(2026, 10, 22, 12, 17, 58, 500) * 1000);
  });

  it.each([
    '',
    '2026-11-22',
    '2026-11-22T11:47:58',
    '2026-13-22T11:47:58Z',
    '2026-11-22T25:47:58Z',
    'yesterday at noon-ish',
    '2026-11-22T11:47:58Zjunk',
    '20x6-11-22T11:47:58Z',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBeNaN();
  });
});

describe('microsOfNanos', () => {
  it('agrees with BigInt arithmetic over the whole column range', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_000_000_000_000_000_000n }), (nanos) => {
        const low = Number(nanos & 0xffffffffn);
        const high = Number(nanos >> 32n);
        expect(microsOfNanos(low, high)).toBe(Number(nanos / 1000n));
      }),
    );
  });
});

describe('millisBetween', () => {
  it('keeps microseconds', () => {
    expect(millisBetween(1_000_000, 5, 4_500_999, 5)).toBe(3.501);
  });

  it('is NaN when the end lies before the start', () => {
    expect(millisBetween(2, 5, 1, 5)).toBeNaN();
  });
});

it('bounds are the first day of DateTime64(6) and the last exact microsecond', () => {
  expect(new Date(MICROS_MIN / 1000).toISOString()).toBe('1900-01-01T00:00:00.000Z');
  expect(new Date(Math.floor(MICROS_MAX / 1000)).toISOString()).toBe('2255-06-05T23:47:34.740Z');
});

/** Times of events: RFC 3339 text and 64-bit nanoseconds to whole microseconds, clamped to what the column can hold. */

import { parseNumber } from './values.ts';

/**
 * DateTime64(6, 'UTC') begins at 1900-01-01; its end, 2299-12-31, is past 2^53 microseconds, so the largest exact number
 * (2255-06-05) is the upper bound.
 */
export const MICROS_MIN = Date.UTC(1900, 0, 1) * 1000;
export const MICROS_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Nanoseconds in two unsigned halves to microseconds, rounded down, exact.
 * (high mod 1000) × 2^32 + low < 1000 × 2^32 < 2^53, and the quotient stays under 2^53 until the year 2255; later times
 * are clamped.
 */
export function microsOfNanos(low: number, high: number): number {
  const quotient = Math.floor(high / 1000);
  const remainder = (high - quotient * 1000) * 4294967296 + low;
  return quotient * 4294967296 + Math.floor(remainder / 1000);
}

/** Least number that counts milliseconds, microseconds, nanoseconds: each reaches from 1973 on; fewer count seconds. */
const EPOCH_MILLIS_MIN = 1e11;
const EPOCH_MICROS_MIN = 1e14;
const EPOCH_NANOS_MIN = 1e17;

/** A time since 1970 in the unit that its size tells, to microseconds; NaN when it is no finite number. */
export function microsOfEpoch(value: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  const size = Math.abs(value);
  if (size >= EPOCH_NANOS_MIN) return Math.round(value / 1000);
  if (size >= EPOCH_MICROS_MIN) return Math.round(value);
  return Math.round(size >= EPOCH_MILLIS_MIN ? value * 1000 : value * 1e6);
}

/** Digits before the point of seconds, milli-, micro- and nanoseconds from 2001 to 2286. */
const EPOCH_DIGITS: ReadonlySet<number> = new Set([10, 13, 16, 19]);

/** A time since 1970 that is written as text; NaN for any other number, since `20261122` is a date. */
export function microsOfEpochText(bytes: Uint8Array, start: number, length: number): number {
  let whole = 0;
  while (whole < length && bytes[start + whole]! >= 0x30 && bytes[start + whole]! <= 0x39) whole++;
  return EPOCH_DIGITS.has(whole) ? microsOfEpoch(parseNumber(bytes, start, length)) : Number.NaN;
}

/** Milliseconds between two 64-bit nanosecond times; NaN when the end lies before the start. */
export function millisBetween(startLow: number, startHigh: number, endLow: number, endHigh: number): number {
  const nanos = (endHigh - startHigh) * 4294967296 + (endLow - startLow);
  return nanos >= 0 ? Math.round(nanos / 1000) / 1000 : Number.NaN;
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index++) {
    const digit = bytes[index]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `2026-11-22T11:47:58.815Z` and its offsets and fractions (cut after microseconds) to microseconds; NaN when it is no RFC 3339 time. */
export function parseRfc3339(bytes: Uint8Array, start: number, length: number): number {
  if (length < 20 || length > 40) return Number.NaN;
  const separator = bytes[start + 10]!;
  if (
    bytes[start + 4] !== 0x2d ||
    bytes[start + 7] !== 0x2d ||
    (separator !== 0x54 && separator !== 0x74 && separator !== 0x20)
  ) {
    return Number.NaN;
  }
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return Number.NaN;
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60))
    return Number.NaN;
  const seconds = daysFromCivil(digits(bytes, start, 4), month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return seconds * 1_000_000 + fractionAndOffset(bytes, start + 19, start + length);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the leap day is the last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Microseconds of the fraction minus the zone's offset; NaN when what follows the seconds is malformed. */
function fractionAndOffset(bytes: Uint8Array, from: number, end: number): number {
  let index = from;
  let micros = 0;
  if (bytes[index] === 0x2e) {
    let scale = 100_000;
    for (index++; index < end; index++) {
      const digit = bytes[index]! - 0x30;
      if (digit < 0 || digit > 9) break;
      micros += digit * scale;
      scale = scale === 1 ? 0 : scale / 10;
    }
  }
  const zone = bytes[index];
  if ((zone === 0x5a || zone === 0x7a) && index + 1 === end) return micros;
  if ((zone === 0x2b || zone === 0x2d) && index + 6 === end && bytes[index + 3] === 0x3a) {
    const offset = (digits(bytes, index + 1, 2) * 60 + digits(bytes, index + 4, 2)) * 60_000_000;
    return zone === 0x2b ? micros - offset : micros + offset;
  }
  return Number.NaN;
}

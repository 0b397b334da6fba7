/**
 * Numbers from decimal text and back, byte to byte: known agents send counts and durations as strings, and OTLP/JSON
 * writes 64-bit integers as strings, so this runs several times per record.
 */

import { MINUS, PLUS, ZERO } from './json-bytes.ts';

const DOT = 0x2e;
const TWO_32 = 4294967296;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** Result of the last parseUint64 or parseInt64 that returned true: halves as signed 32-bit integers. */
export const int64 = { low: 0, high: 0 };

/** Reads 1 to 20 digits as an unsigned 64-bit integer into `int64`; false when the span is anything else. */
export function parseUint64(bytes: Uint8Array, start: number, end: number): boolean {
  const split = end - 9;
  let head = 0;
  let tail = 0;
  let index = start;
  if (end <= start || end - start > 20) return false;
  for (; index < split; index++) {
    const digit = bytes[index]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    head = head * 10 + digit;
  }
  for (; index < end; index++) {
    const digit = bytes[index]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    tail = tail * 10 + digit;
  }
  return combine(head, tail);
}

/**
 * Sets `int64` to head * 10^9 + tail. Doubles stay exact: head < 10^11 < 2^37 is split at 16 bits, so that upper * 10^9
 * is below 2^51 and lower * 10^9 + tail below 2^47.
 */
function combine(head: number, tail: number): boolean {
  if (head === 0) {
    int64.low = tail | 0;
    int64.high = 0;
    return true;
  }
  const upperDigits = Math.floor(head / 65536);
  const lower = (head - upperDigits * 65536) * 1e9 + tail;
  const upper = upperDigits * 1e9;
  const carry = Math.floor(upper / 65536);
  const sum = (upper - carry * 65536) * 65536 + lower;
  const overflow = Math.floor(sum / TWO_32);
  const high = carry + overflow;
  if (high >= TWO_32) return false;
  int64.low = (sum - overflow * TWO_32) | 0;
  int64.high = high | 0;
  return true;
}

/** As parseUint64 for a signed integer with an optional minus sign; false outside -2^63 … 2^63 - 1. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): boolean {
  const isNegative = bytes[start] === MINUS && end > start;
  if (!parseUint64(bytes, isNegative ? start + 1 : start, end)) return false;
  if (!isNegative) return int64.high >= 0;
  if (int64.high < 0 && (int64.high !== -0x80000000 || int64.low !== 0)) return false;
  const low = -int64.low | 0;
  int64.high = (~int64.high + (low === 0 ? 1 : 0)) | 0;
  int64.low = low;
  return true;
}

/** The double nearest to a signed 64-bit integer of two halves. */
export function int64ToNumber(low: number, high: number): number {
  return high * TWO_32 + (low >>> 0);
}

/**
 * The double that the span spells: `-`, digits, optional fraction and exponent, as in JSON but with leading zeros and a
 * plus sign allowed; NaN when it is anything else. Up to 15 digits and 10^±22 are exact by one multiplication or
 * division (Clinger); longer ones go through Number().
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  let index = start;
  const isNegative = bytes[index] === MINUS;
  if (isNegative || bytes[index] === PLUS) index++;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  for (; index < end; index++, digits++) {
    const digit = bytes[index]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  if (digits === 0) return Number.NaN;
  if (index < end && bytes[index] === DOT) {
    const first = ++index;
    for (; index < end; index++) {
      const digit = bytes[index]! - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
    }
    fraction = index - first;
    if (fraction === 0) return Number.NaN;
  }
  if (index < end) return isExponent(bytes, index, end) ? Number(asciiText(bytes, start, end)) : Number.NaN;
  if (digits + fraction > 15) return Number(asciiText(bytes, start, end));
  const value = fraction === 0 ? mantissa : mantissa / POWERS_OF_TEN[fraction]!;
  return isNegative ? -value : value;
}

function isExponent(bytes: Uint8Array, start: number, end: number): boolean {
  if ((bytes[start]! | 0x20) !== 0x65) return false;
  let index = start + 1;
  if (bytes[index] === MINUS || bytes[index] === PLUS) index++;
  if (index >= end) return false;
  for (; index < end; index++) {
    const digit = bytes[index]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** The text of an ASCII span; for slow paths. */
function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

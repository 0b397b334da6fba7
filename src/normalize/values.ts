/**
 * Tape values as column values: text spans, numbers, booleans. Agents send numbers and booleans as strings, depending
 * on event and version, so each is parsed from its bytes. No string is made on the usual paths.
 */

import { writePlainJson } from '../codec/json-writer.ts';
import { CONSTANTS, internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';

const TRUE = internName('true');
const FALSE = internName('false');

/** Result of the last `textOf`: a span of the workspace. */
export const span = { start: 0, length: 0 };

/** Points `span` at the constant with this number. */
export function constantSpan(nameId: number): void {
  span.start = CONSTANTS.start[nameId]!;
  span.length = CONSTANTS.length[nameId]!;
}

/**
 * The value as text in `span`: strings as they are, numbers in decimal, containers as JSON.
 * False for null and for suppressed text, which have no text.
 */
export function textOf(tape: Tape, node: number): boolean {
  switch (tape.kind[node]) {
    case Kind.STRING:
    case Kind.JSON:
      span.start = tape.start[node]!;
      span.length = tape.length[node]!;
      return true;
    case Kind.TRUE:
      constantSpan(TRUE);
      return true;
    case Kind.FALSE:
      constantSpan(FALSE);
      return true;
    case Kind.INT:
      if (tape.length[node] === 0 && tape.start[node]! >= 0) writeDigits(tape, tape.start[node]!);
      else writeAscii(tape, intText(tape.start[node]!, tape.length[node]!));
      return true;
    case Kind.DOUBLE:
      writeAscii(tape, String(tape.double[node]!));
      return true;
    case Kind.NULL:
    case Kind.SUPPRESSED:
      return false;
    default: {
      const start = writePlainJson(tape, node);
      span.start = start;
      span.length = tape.used - start;
      return true;
    }
  }
}

/** Decimal text of an int64 in two halves. */
function intText(low: number, high: number): string {
  const small = high * 4294967296 + (low >>> 0);
  if (Number.isSafeInteger(small)) return String(small);
  return String((BigInt(high) << 32n) | BigInt(low >>> 0));
}

/** Writes an integer from 0 to 2^31 - 1 to the workspace in decimal and points `span` at it. Most numbers are such. */
function writeDigits(tape: Tape, value: number): void {
  let count = 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) count++;
  const start = tape.reserve(count);
  const { bytes } = tape;
  let rest = value;
  for (let at = start + count - 1; at >= start; at--) {
    const quotient = (rest / 10) | 0;
    bytes[at] = 0x30 + rest - quotient * 10;
    rest = quotient;
  }
  tape.used = start + count;
  span.start = start;
  span.length = count;
}

/** Writes ASCII text to the workspace and points `span` at it. */
export function writeAscii(tape: Tape, text: string): void {
  const start = tape.reserve(text.length);
  const bytes = tape.bytes;
  for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
  tape.used = start + text.length;
  span.start = start;
  span.length = text.length;
}

/** The value as a number, NaN when it is none. Strings are parsed whole: `12ms` is none. */
export function numberOf(tape: Tape, node: number): number {
  switch (tape.kind[node]) {
    case Kind.INT:
      return tape.length[node]! * 4294967296 + (tape.start[node]! >>> 0);
    case Kind.DOUBLE:
      return tape.double[node]!;
    case Kind.STRING:
      return parseNumber(tape.bytes, tape.start[node]!, tape.length[node]!);
    default:
      return Number.NaN;
  }
}

/** Decimal number from bytes; up to 15 digits without exponent directly, everything else through Number(). */
export function parseNumber(bytes: Uint8Array, start: number, length: number): number {
  if (length === 0 || length > 64) return Number.NaN;
  const end = start + length;
  let index = bytes[start] === 0x2d ? start + 1 : start;
  const firstDigit = index;
  let value = 0;
  for (; index < end; index++) {
    const digit = bytes[index]! - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (index === end && index > firstDigit && index - firstDigit <= 15) return bytes[start] === 0x2d ? -value : value;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1');
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** 1, 0, or -1 when the value is no boolean; the words `true` and `false` in any case count, and the numbers 1 and 0. */
export function booleanOf(tape: Tape, node: number): number {
  const kind = tape.kind[node];
  if (kind === Kind.TRUE) return 1;
  if (kind === Kind.FALSE) return 0;
  if (kind === Kind.INT || kind === Kind.DOUBLE) {
    const value = numberOf(tape, node);
    return value === 0 || value === 1 ? value : -1;
  }
  if (kind !== Kind.STRING) return -1;
  if (isWord(tape, node, TRUE)) return 1;
  return isWord(tape, node, FALSE) ? 0 : -1;
}

/** Whether a text is this lower-case word, in any case. */
function isWord(tape: Tape, node: number, nameId: number): boolean {
  if (CONSTANTS.length[nameId] !== tape.length[node]) return false;
  const { bytes } = tape;
  const start = tape.start[node]!;
  const word = CONSTANTS.start[nameId]!;
  for (let index = 0; index < tape.length[node]!; index++) {
    if ((bytes[start + index]! | 0x20) !== bytes[word + index]) return false;
  }
  return true;
}

/** Whether a span holds exactly the constant's bytes. */
export function spanIs(tape: Tape, start: number, length: number, nameId: number): boolean {
  return CONSTANTS.length[nameId] === length && sameSpan(tape, start, CONSTANTS.start[nameId]!, length);
}

/** Whether two spans of the same length hold the same bytes. */
export function sameSpan(tape: Tape, left: number, right: number, length: number): boolean {
  const bytes = tape.bytes;
  for (let index = 0; index < length; index++) if (bytes[left + index] !== bytes[right + index]) return false;
  return true;
}

/** The value behind a node: for a string that holds JSON, the parsed root. */
export function valueRoot(tape: Tape, node: number): number {
  return tape.kind[node] === Kind.JSON ? tape.double[node]! : node;
}

/** Child of an object by key number; `node` may be -1 or a string that holds JSON. -1 when there is none. */
export function field(tape: Tape, node: number, keyId: number): number {
  if (node < 0) return -1;
  const root = valueRoot(tape, node);
  const kind = tape.kind[root];
  return kind === Kind.MAP || kind === Kind.KVLIST ? tape.child(root, keyId) : -1;
}

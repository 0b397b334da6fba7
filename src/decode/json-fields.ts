/**
 * Scalar fields of OTLP/JSON: 64-bit integers as strings or numbers, enums as integers, NaN and Infinity as strings, ids
 * as hex. A value that does not fit throws the reader's fault with code MALFORMED_OTLP at the value's offset.
 * Source: OTLP 1.x, "JSON Protobuf Encoding"; protobuf.dev/programming-guides/json.
 */

import { decodeHex } from '../codec/hex.ts';
import { MINUS, QUOTE } from '../codec/json-bytes.ts';
import type { JsonReader } from '../codec/json-reader.ts';
import { int64, int64ToNumber, parseInt64, parseNumber, parseUint64 } from '../codec/numbers.ts';

const TWO_53 = 2 ** 53;

/** Reads a uint64 or fixed64 into the reader's `low` and `high`. */
export function readUint64(reader: JsonReader, field: string): void {
  const at = reader.pos;
  if (reader.bytes[at] !== QUOTE) {
    reader.number(field);
    if (reader.isInteger && reader.high >= 0) return;
    const { bytes, pos } = reader;
    if (parseUint64(bytes, at, pos)) setInt64(reader);
    else setWhole(reader, reader.double, 0, at, field);
    return;
  }
  reader.string(field);
  const { bytes, textStart, textLength } = reader;
  if (parseUint64(bytes, textStart, textStart + textLength)) setInt64(reader);
  else setWhole(reader, parseNumber(bytes, textStart, textStart + textLength), 0, at, field);
}

/** Reads an int64 or sfixed64 into the reader's `low` and `high`. */
export function readInt64(reader: JsonReader, field: string): void {
  const at = reader.pos;
  if (reader.bytes[at] !== QUOTE) {
    reader.number(field);
    if (!reader.isInteger) setWhole(reader, reader.double, -TWO_53, at, field);
    return;
  }
  reader.string(field);
  const { bytes, textStart, textLength } = reader;
  if (parseInt64(bytes, textStart, textStart + textLength)) setInt64(reader);
  else setWhole(reader, parseNumber(bytes, textStart, textStart + textLength), -TWO_53, at, field);
}

/** Reads an integer of up to 32 bits (enum, count, flags) between the bounds. */
function readInteger(reader: JsonReader, field: string, least: number, most: number): number {
  const at = reader.pos;
  readInt64(reader, field);
  const value = int64ToNumber(reader.low, reader.high);
  if (value < least || value > most) throw invalidAt(reader, at, field);
  return value;
}

/** Reads an enum or int32. */
export function readInt32(reader: JsonReader, field: string): number {
  return readInteger(reader, field, -0x80000000, 0x7fffffff);
}

/** Reads a uint32 or fixed32. */
export function readUint32(reader: JsonReader, field: string): number {
  return readInteger(reader, field, 0, 0xffffffff);
}

/** Reads a double; strings are NaN, Infinity, -Infinity or a number. */
export function readDouble(reader: JsonReader, field: string): number {
  const at = reader.pos;
  if (reader.bytes[at] !== QUOTE) {
    reader.number(field);
    // `-0` is read as an integer, which has no minus zero.
    return reader.double === 0 && reader.bytes[at] === MINUS ? -0 : reader.double;
  }
  reader.string(field);
  const { bytes, textStart, textLength } = reader;
  const value = parseNumber(bytes, textStart, textStart + textLength);
  if (!Number.isNaN(value)) return value;
  // The longest word has nine letters; a longer text is not looked at.
  const word = textLength <= 9 ? reader.tape.text(textStart, textLength) : '';
  if (word === 'NaN') return Number.NaN;
  if (word === 'Infinity') return Number.POSITIVE_INFINITY;
  if (word === '-Infinity') return Number.NEGATIVE_INFINITY;
  throw invalidAt(reader, at, field);
}

/**
 * Reads an id of hex digits into scratch and returns where its bytes begin; `reader.textLength` is then their number, 0
 * when the text is no hex. Some exporters write an empty text for "none".
 */
export function readId(reader: JsonReader, field: string): number {
  reader.string(field);
  const { tape, textStart, textLength } = reader;
  const target = tape.reserve(textLength >>> 1);
  reader.move();
  const isHex = textLength <= 64 && decodeHex(tape.bytes, textStart, textLength, target);
  reader.textLength = isHex ? textLength >>> 1 : 0;
  tape.used = target + reader.textLength;
  return target;
}

function setInt64(reader: JsonReader): void {
  reader.low = int64.low;
  reader.high = int64.high;
}

/** Integers in other clothes (1e3, 5.0) are allowed as far as a double holds them exactly. */
function setWhole(reader: JsonReader, value: number, least: number, at: number, field: string): void {
  if (!Number.isInteger(value) || value < least || value > TWO_53) throw invalidAt(reader, at, field);
  const high = Math.floor(value / 4294967296);
  reader.high = high | 0;
  reader.low = (value - high * 4294967296) | 0;
}

function invalidAt(reader: JsonReader, at: number, field: string): object {
  reader.pos = at;
  return reader.invalid(`expected ${field}`);
}

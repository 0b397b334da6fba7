/**
 * Writers of ClickHouse's RowBinary: each writes one value at `position` and returns the position behind it.
 * The caller makes sure that the target has room. Native uses the same value bytes, column by column.
 * Source: https://clickhouse.com/docs/interfaces/formats/RowBinary (as of 26.7); checked against the engine in
 * test/unit/columns.
 *
 * | type            | bytes                                                                                |
 * | UInt16 … UInt64, Int32, Float64 | little-endian; 64-bit integers from doubles                          |
 * | DateTime64(3), DateTime64(6)    | Int64: whole milliseconds, whole microseconds since the epoch        |
 * | Bool            | one byte, 0 or 1                                                                     |
 * | String          | length as varint (LEB128), then the bytes; LowCardinality(String) is the same        |
 * | FixedString(16) | 16 bytes                                                                             |
 * | UUID            | two UInt64, each little-endian: bytes 7…0, then 15…8 of the RFC 9562 order           |
 * | Nullable(T)     | one byte: 1 and nothing more for null, else 0 and T                                  |
 * | Map(K, V)       | number of entries as varint, then key and value of each                              |
 */

const TWO_32 = 4_294_967_296;

/**
 * Up to here a loop is the fastest copy, behind it Buffer's: measured for 8, 16, 64 and 512 bytes a loop takes 15, 29, 112
 * and 880 ns, Buffer.copy 18 to 25 ns, set(subarray) 50 ns, for the view that it allocates (bench/micro/copy-bytes.bench.ts).
 */
const LOOP_BYTES_MAX = 8;

/** Buffer's copy takes any Uint8Array as its source. */
const copyLong = Buffer.prototype.copy as (
  this: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  sourceStart: number,
  sourceEnd: number,
) => number;

/** Copies `length` bytes; the ranges must lie inside both arrays. */
export function copyBytes(
  target: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  length: number,
): number {
  if (length > LOOP_BYTES_MAX) {
    copyLong.call(source, target, position, start, start + length);
  } else {
    for (let index = 0; index < length; index++) target[position + index] = source[start + index]!;
  }
  return position + length;
}

/** LEB128 of a whole number below 2^32: one to five bytes. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  let rest = value;
  let at = position;
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at] = rest;
  return at + 1;
}

/** Bytes that writeVarint takes for this value. */
export function varintBytes(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  if (value < 1 << 21) return 3;
  return value < 1 << 28 ? 4 : 5;
}

/** Reads back what writeVarint wrote: the columns' own bytes, never a client's. */
export function varintAt(source: Uint8Array, position: number): number {
  let value = 0;
  let at = position;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = source[at++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  return value;
}

/** String: varint length, then the bytes of the span. */
export function writeString(
  target: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  length: number,
): number {
  if (length > 127) return copyBytes(target, writeVarint(target, position, length), source, start, length);
  target[position] = length;
  return copyBytes(target, position + 1, source, start, length);
}

/** 16 bytes as they are: FixedString(16). */
export function writeFixed16(target: Uint8Array, position: number, source: Uint8Array, start: number): number {
  for (let index = 0; index < 16; index++) target[position + index] = source[start + index]!;
  return position + 16;
}

/** UUID from 16 bytes in RFC order. */
export function writeUuid(target: Uint8Array, position: number, source: Uint8Array, start: number): number {
  for (let index = 0; index < 8; index++) {
    target[position + index] = source[start + 7 - index]!;
    target[position + 8 + index] = source[start + 15 - index]!;
  }
  return position + 16;
}

/** `size` zero bytes: the default of FixedString and UUID. */
export function writeZeros(target: Uint8Array, position: number, size: number): number {
  for (let index = 0; index < size; index++) target[position + index] = 0;
  return position + size;
}

/** UInt16. */
export function writeUInt16(target: Uint8Array, position: number, value: number): number {
  target[position] = value;
  target[position + 1] = value >>> 8;
  return position + 2;
}

/** UInt32, and Int32 in two's complement. */
export function writeUInt32(target: Uint8Array, position: number, value: number): number {
  target[position] = value;
  target[position + 1] = value >>> 8;
  target[position + 2] = value >>> 16;
  target[position + 3] = value >>> 24;
  return position + 4;
}

/** UInt64 and Int64 of a whole double: exact to 2^53, and for every double up to the type's range. */
export function writeInt64(target: Uint8Array, position: number, value: number): number {
  const high = Math.floor(value / TWO_32);
  writeUInt32(target, position, value - high * TWO_32);
  return writeUInt32(target, position + 4, high);
}

/** Float64. `view` is over the target's buffer from the target's first byte. */
export function writeFloat64(view: DataView, position: number, value: number): number {
  view.setFloat64(position, value, true);
  return position + 8;
}

/**
 * FORMAT Native for clients that name a protocol revision (`client_protocol_version`), as clickhouse-go does, and with
 * it Grafana. chDB writes the plain form only; the other one differs by a block info in front of each block and, from
 * revision 54454 on, one byte behind each column's type. To find where columns end their data has to be walked:
 *
 *   block   [info] columns: varint, rows: varint, column*
 *   info    0x01 is_overflows: u8, 0x02 bucket: i32 LE = -1, 0x00
 *   column  name: string, type: string, [has_custom_serialization: u8 = 0], prefixes, data
 *
 * Source: ClickHouse src/Formats/NativeWriter.cpp, src/DataTypes/Serializations.
 */

import { EngineException } from './exception.ts';
import { fixedBytes, parseType, type TypeNode } from './native-type.ts';

const CUSTOM_SERIALIZATION_REVISION = 54_454;
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const NO_CUSTOM_SERIALIZATION = Buffer.from([0]);
const NEED_GLOBAL_DICTIONARY = 1 << 8;

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Rewrites a whole result; throws NOT_IMPLEMENTED for a type whose length is not known here. */
export function toNativeRevision(bytes: Uint8Array, revision: number): Uint8Array {
  const cursor: Cursor = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const parts: Buffer[] = [];
  while (cursor.at < cursor.bytes.length) copyBlock(cursor, revision, parts);
  return Buffer.concat(parts);
}

function copyBlock(cursor: Cursor, revision: number, parts: Buffer[]): void {
  const { bytes } = cursor;
  parts.push(BLOCK_INFO);
  let copied = cursor.at;
  const columns = readVarint(cursor);
  const rows = readVarint(cursor);
  for (let column = 0; column < columns; column += 1) {
    readText(cursor);
    const type = parseType(readText(cursor));
    if (revision >= CUSTOM_SERIALIZATION_REVISION) {
      parts.push(bytes.subarray(copied, cursor.at), NO_CUSTOM_SERIALIZATION);
      copied = cursor.at;
    }
    if (rows > 0) {
      skipPrefixes(cursor, type);
      skipData(cursor, type, rows);
    }
  }
  if (cursor.at > bytes.length) throw unreadable('data ends early');
  parts.push(bytes.subarray(copied, cursor.at));
}

/** A LowCardinality anywhere in the type writes its version before any data of the column. */
function skipPrefixes(cursor: Cursor, type: TypeNode): void {
  if (type.name === 'LowCardinality') cursor.at += 8;
  else for (const part of type.parts) skipPrefixes(cursor, part);
}

function skipData(cursor: Cursor, type: TypeNode, rows: number): void {
  const width = fixedBytes(type);
  if (width !== undefined) {
    cursor.at += width * rows;
    return;
  }
  switch (type.name) {
    case 'String':
      skipTexts(cursor, rows);
      break;
    case 'Nullable':
      cursor.at += rows;
      skipData(cursor, inner(type), rows);
      break;
    case 'SimpleAggregateFunction':
      skipData(cursor, inner(type), rows);
      break;
    case 'Tuple':
      for (const part of type.parts) skipData(cursor, part, rows);
      break;
    case 'Array':
    case 'Map':
    case 'Nested': {
      const elements = lastOffset(cursor, rows);
      for (const part of type.parts) skipData(cursor, part, elements);
      break;
    }
    case 'LowCardinality':
      skipDictionary(cursor, inner(type), rows);
      break;
    default:
      throw unsupported(`type ${type.name}`);
  }
}

function skipTexts(cursor: Cursor, rows: number): void {
  for (let row = 0; row < rows; row += 1) {
    const length = readVarint(cursor);
    cursor.at += length;
  }
}

/** Cumulative lengths; the last one is the number of elements. */
function lastOffset(cursor: Cursor, rows: number): number {
  cursor.at += rows * 8;
  return rows === 0 ? 0 : readUInt64(cursor, cursor.at - 8);
}

/** Flags with the width of an index, the keys without their Nullable, then an index per row. Nothing for no rows. */
function skipDictionary(cursor: Cursor, type: TypeNode, rows: number): void {
  if (rows === 0) return;
  const flags = readUInt64(cursor, cursor.at);
  if ((flags & NEED_GLOBAL_DICTIONARY) !== 0) throw unsupported('a shared dictionary');
  const keys = readUInt64(cursor, cursor.at + 8);
  cursor.at += 16;
  skipData(cursor, type.name === 'Nullable' ? inner(type) : type, keys);
  cursor.at += 8 + rows * 2 ** (flags & 0xff);
}

function inner(type: TypeNode): TypeNode {
  const part = type.parts.at(-1);
  if (part === undefined) throw unsupported(`type ${type.name}`);
  return part;
}

function readText(cursor: Cursor): string {
  const length = readVarint(cursor);
  const start = cursor.at;
  cursor.at += length;
  return cursor.bytes.toString('utf8', start, cursor.at);
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 49; shift += 7) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw unreadable('data ends early');
    cursor.at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw unreadable('a length over 2^49');
}

function readUInt64(cursor: Cursor, at: number): number {
  if (at < 0 || at + 8 > cursor.bytes.length) throw unreadable('data ends early');
  return Number(cursor.bytes.readBigUInt64LE(at));
}

function unsupported(what: string): EngineException {
  const text = `The embedded engine cannot send ${what} to a client that names a protocol version; cast the column.`;
  return new EngineException(48, 'NOT_IMPLEMENTED', text);
}

/** The engine's own output cannot be walked: a fault of this file. */
function unreadable(why: string): EngineException {
  return new EngineException(49, 'LOGICAL_ERROR', `FORMAT Native cannot be rewritten: ${why}.`);
}

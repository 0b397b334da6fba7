/**
 * The head of a segment file: what a newer server must know to insert it, whatever its own schema is.
 *
 * | bytes | field |
 * |---|---|
 * | 0–7 | magic `MODASEG1` |
 * | 8–11 | length of the JSON, u32 little-endian |
 * | 12–15 | CRC-32 of the JSON |
 * | 16– | SegmentHeader as JSON, UTF-8 |
 */

import { crc32 } from 'node:zlib';
import type { InsertFormat } from '../model/frame.ts';
import type { TableName } from '../model/schema.ts';

/** Name and ClickHouse type, in the order of the encoded rows. */
export type StoredColumn = readonly [name: string, type: string];

export type StoredColumns = Readonly<Record<TableName, readonly StoredColumn[]>>;

/** The tables in the order of their numbers in the file; append only. */
export const TABLE_ORDER: readonly TableName[] = ['events_raw', 'coding_agent_events'];

export interface SegmentHeader {
  /** Version of this file format. */
  readonly version: number;
  readonly schemaVersion: number;
  readonly format: InsertFormat;
  /** 128 random bits, 32 hex digits: the deduplication token. */
  readonly id: string;
  /** UTC day of receipt of all rows, days since the epoch. */
  readonly day: number;
  /** Milliseconds since the epoch. */
  readonly openedAtMs: number;
  readonly columns: StoredColumns;
  /** Dead letters only: why the rows were set aside. */
  readonly reason?: string;
}

export const SEGMENT_FORMAT_VERSION = 1;

const MAGIC = Buffer.from('MODASEG1', 'latin1');
const PREFIX_BYTES = 16;

/** 16 MiB of column names would be absurd; a damaged length must not allocate. */
const HEADER_BYTES_MAX = 1024 * 1024;

/** The head as bytes. */
export function encodeHeader(header: SegmentHeader): Uint8Array<ArrayBuffer> {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const bytes = Buffer.alloc(PREFIX_BYTES + json.length);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(json.length, 8);
  bytes.writeUInt32LE(crc32(json), 12);
  json.copy(bytes, PREFIX_BYTES);
  return bytes;
}

/** The head of a file and where its frames begin; undefined when it is torn, foreign or of a newer format. */
export function decodeHeader(file: Uint8Array): { header: SegmentHeader; framesAt: number } | undefined {
  if (file.length < PREFIX_BYTES) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return undefined;
  const length = bytes.readUInt32LE(8);
  if (length > HEADER_BYTES_MAX || PREFIX_BYTES + length > bytes.length) return undefined;
  const json = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
  if (crc32(json) !== bytes.readUInt32LE(12)) return undefined;
  const header: SegmentHeader = JSON.parse(json.toString('utf8'));
  if (header.version !== SEGMENT_FORMAT_VERSION) return undefined;
  return { header, framesAt: PREFIX_BYTES + length };
}

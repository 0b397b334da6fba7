/**
 * Frames inside a segment file. The lengths and checksums are ours: ClickHouse reads a cut LZ4 frame as a shorter file
 * without an error. Numbers are u32 little-endian unless noted.
 *
 * | bytes | field |
 * |---|---|
 * | 0 | magic |
 * | 4 | CRC-32 of bytes 8 to the payload, seeded with the segment's id: left-overs of another file never pass |
 * | 8 | length of the tenants' JSON |
 * | 12 | length of the payload |
 * | 16 | CRC-32 of the payload |
 * | 20 | rows |
 * | 24 | payload bytes before compression |
 * | 28 | request ids, count |
 * | 32 | table number (u8), flags (u8: 1 = last frame of its append), 0 (u16) |
 * | 36 | request ids (16 bytes each), tenants' JSON, payload (one LZ4 frame) |
 */

import { crc32 } from 'node:zlib';
import type { Frame } from '../model/frame.ts';
import type { TableName } from '../model/schema.ts';
import { TABLE_ORDER } from './segment-header.ts';

const MAGIC = 0x4d52464d;
const PREFIX_BYTES = 36;
const LAST_OF_APPEND = 1;

/** One frame as it lies in a file that was read. */
export interface StoredFrame {
  readonly table: TableName;
  readonly rows: number;
  readonly rawBytes: number;
  /** The LZ4 frame. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** CRC-32 that the payload must have. */
  readonly payloadCrc32: number;
  /** 16 bytes each. */
  readonly requestIds: Uint8Array<ArrayBuffer>;
  readonly tenantRows: Readonly<Record<string, number>>;
  /** An append is taken whole or not at all. */
  readonly isLastOfAppend: boolean;
  /** Offset behind the payload. */
  readonly end: number;
}

/** What the frames' checksums of one segment start from. */
export function frameSeed(segmentId: string): number {
  return crc32(segmentId);
}

/** The tenants' rows as the file holds them; made once per frame, before its size is known. */
export function encodeTenantRows(frame: Frame): Uint8Array<ArrayBuffer> {
  return Buffer.from(JSON.stringify(frame.tenantRows), 'utf8');
}

/** Bytes that `frame` takes in a file. */
export function storedBytes(frame: Frame, tenants: Uint8Array): number {
  return PREFIX_BYTES + frame.requestIds.length + tenants.length + frame.bytes.length;
}

/** The part of a stored frame before its payload. */
export function encodeFrameHead(
  frame: Frame,
  tenants: Uint8Array,
  isLastOfAppend: boolean,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const head = Buffer.allocUnsafe(PREFIX_BYTES + frame.requestIds.length + tenants.length);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(tenants.length, 8);
  head.writeUInt32LE(frame.bytes.length, 12);
  head.writeUInt32LE(frame.crc32, 16);
  head.writeUInt32LE(frame.rows, 20);
  head.writeUInt32LE(frame.rawBytes, 24);
  head.writeUInt32LE(frame.requestIds.length / 16, 28);
  head.writeUInt8(TABLE_ORDER.indexOf(frame.table), 32);
  head.writeUInt8(isLastOfAppend ? LAST_OF_APPEND : 0, 33);
  head.writeUInt16LE(0, 34);
  head.set(frame.requestIds, PREFIX_BYTES);
  head.set(tenants, PREFIX_BYTES + frame.requestIds.length);
  head.writeUInt32LE(crc32(head.subarray(8), seed), 4);
  return head;
}

/** The frame at `offset`, its payload not yet checked; undefined when no whole frame stands there. */
export function decodeFrame(file: Uint8Array<ArrayBuffer>, offset: number, seed: number): StoredFrame | undefined {
  if (offset + PREFIX_BYTES > file.length) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.readUInt32LE(offset) !== MAGIC) return undefined;
  const tenantsAt = offset + PREFIX_BYTES + bytes.readUInt32LE(offset + 28) * 16;
  const payloadAt = tenantsAt + bytes.readUInt32LE(offset + 8);
  const end = payloadAt + bytes.readUInt32LE(offset + 12);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(offset + 8, payloadAt), seed) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const table = TABLE_ORDER[bytes.readUInt8(offset + 32)];
  if (table === undefined) return undefined;
  return {
    table,
    rows: bytes.readUInt32LE(offset + 20),
    rawBytes: bytes.readUInt32LE(offset + 24),
    payload: file.subarray(payloadAt, end),
    payloadCrc32: bytes.readUInt32LE(offset + 16),
    requestIds: file.subarray(offset + PREFIX_BYTES, tenantsAt),
    tenantRows: JSON.parse(bytes.toString('utf8', tenantsAt, payloadAt)),
    isLastOfAppend: (bytes.readUInt8(offset + 33) & LAST_OF_APPEND) !== 0,
    end,
  };
}

/** Whether a whole frame of the segment stands anywhere in the file. */
export function holdsFrame(file: Uint8Array<ArrayBuffer>, seed: number): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (decodeFrame(file, at, seed) !== undefined) return true;
  }
  return false;
}

/** Whether the payload is what the worker made. */
export function isIntact(frame: StoredFrame): boolean {
  return crc32(frame.payload) === frame.payloadCrc32;
}

/**
 * LZ4 frames around encoded rows, as `Content-Encoding: lz4` means them to ClickHouse. The only importer of lz4-napi on the
 * way in. ClickHouse reads a truncated frame as a shorter file without an error, so every frame leaves with its CRC-32.
 *
 * | bytes | what                                                                                 |
 * | 7     | magic number; FLG 0x60: version 1, independent blocks, no checksums; BD 0x40: blocks of at most 64 KiB; HC |
 * | 4 + n | per block: size, little-endian, its top bit set when the bytes are not compressed; the bytes |
 * | 4     | end mark, zeros                                                                      |
 *
 * Source: LZ4 frame format 1.6.3. The addon's own frames cost a tenth more, for a copy of each block and a hash over all
 * bytes that the CRC makes needless. Small blocks stay in the nearest cache: a sixth less time than one of 4 MiB for a sixth
 * more bytes (bench/micro/lz4.bench.ts).
 */

import { crc32 } from 'node:zlib';
import { compressSync } from 'lz4-napi';

export interface CompressedFrame {
  /** One complete LZ4 frame with a buffer of its own, so that it can be transferred to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** CRC-32 (zlib) of `bytes`. */
  readonly crc32: number;
}

/** HC, the last byte, is the second byte of xxHash32 over FLG and BD. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const BLOCK_BYTES_MAX = 64 * 1024;
const BLOCK_SIZE_BYTES = 4;
const END_BYTES = 4;
const NOT_COMPRESSED = 0x80000000;
/** The addon puts the size of its input in front of a block. */
const ADDON_PREFIX_BYTES = 4;

/**
 * Compresses `size` bytes from the start of `source`, which stays the caller's. THREAD: the addon's own buffer is freed in
 * a turn of the event loop after it was collected; a thread that never turns its loop (a piscina worker between tasks)
 * must do so now and then, or it keeps about twice the size of every frame.
 */
export function compressFrame(source: Uint8Array<ArrayBuffer>, size: number): CompressedFrame {
  const input = Buffer.from(source.buffer, source.byteOffset, size);
  const blocks: Buffer[] = [];
  let frameBytes = HEADER.length + END_BYTES;
  for (let at = 0; at < size; at += BLOCK_BYTES_MAX) {
    const part = input.subarray(at, Math.min(at + BLOCK_BYTES_MAX, size));
    const compressed = compressSync(part).subarray(ADDON_PREFIX_BYTES);
    const block = compressed.length < part.length ? compressed : part;
    blocks.push(block);
    frameBytes += BLOCK_SIZE_BYTES + block.length;
  }
  // The addon's memory cannot be transferred between threads (DataCloneError), so the blocks are copied once.
  const bytes = new Uint8Array(frameBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(HEADER);
  let position = HEADER.length;
  for (const block of blocks) {
    const isCompressed = block.buffer !== input.buffer;
    view.setUint32(position, isCompressed ? block.length : block.length + NOT_COMPRESSED, true);
    bytes.set(block, position + BLOCK_SIZE_BYTES);
    position += BLOCK_SIZE_BYTES + block.length;
  }
  return { bytes, crc32: crc32(bytes) };
}

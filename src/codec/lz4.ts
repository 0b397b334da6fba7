/**
 * LZ4 frames around encoded rows, as `Content-Encoding: lz4` means them to ClickHouse. The only importer of lz4-napi.
 * ClickHouse reads a truncated frame as a shorter file without an error, so every frame leaves with its CRC-32.
 */

import { crc32 } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';

export interface CompressedFrame {
  /** One complete LZ4 frame with a buffer of its own, so that it can be transferred to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** CRC-32 (zlib) of `bytes`. */
  readonly crc32: number;
}

/**
 * Compresses `size` bytes from the start of `source`, which stays the caller's. THREAD: the addon's own buffer is freed in
 * a turn of the event loop after it was collected; a thread that never turns its loop (a piscina worker between tasks)
 * must do so now and then, or it keeps about twice the size of every frame.
 */
export function compressFrame(source: Uint8Array<ArrayBuffer>, size: number): CompressedFrame {
  const compressed = compressFrameSync(Buffer.from(source.buffer, source.byteOffset, size));
  // The addon's memory cannot be transferred between threads (DataCloneError), so the frame is copied once.
  const bytes = new Uint8Array(compressed);
  return { bytes, crc32: crc32(bytes) };
}

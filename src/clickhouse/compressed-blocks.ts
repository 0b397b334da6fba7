/**
 * ClickHouse's own compressed blocks (`decompress=1`): the form that every server version takes.
 *
 *   bytes   field
 *   0..15   CityHash128 of the rest; we write zeros and ask the server not to check
 *   16      method: 0x82 LZ4, 0x02 none, 0x90 ZSTD
 *   17..20  size of this header from byte 16 on plus payload, UInt32 LE
 *   21..24  size after decompression, UInt32 LE
 *   25..    payload
 *
 * Source: ClickHouse src/Compression/CompressedReadBufferBase.cpp.
 */

import { zstdDecompressSync } from 'node:zlib';

import { compressSync, uncompressSync } from 'lz4-napi';

const CHECKSUM_BYTES = 16;
const HEADER_BYTES = 9;
const METHOD_NONE = 0x02;
const METHOD_LZ4 = 0x82;
const METHOD_ZSTD = 0x90;

/** Largest block that is decoded, before and after; ClickHouse writes blocks of 1 MiB. */
const BLOCK_BYTES_MAX = 256 * 1024 * 1024;
/** Size of the blocks we write, the server's own. */
const BLOCK_BYTES = 1024 * 1024;

/** Encodes `bytes` as LZ4 blocks without checksums. */
export function* encodeBlocks(bytes: Uint8Array): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(BLOCK_BYTES, bytes.length - start));
    // lz4-napi puts the raw size in front of the block; the block itself starts at byte 4.
    const payload = compressSync(raw).subarray(4);
    const head = Buffer.alloc(CHECKSUM_BYTES + HEADER_BYTES);
    head[CHECKSUM_BYTES] = METHOD_LZ4;
    head.writeUInt32LE(payload.length + HEADER_BYTES, CHECKSUM_BYTES + 1);
    head.writeUInt32LE(raw.length, CHECKSUM_BYTES + 5);
    yield head;
    yield payload;
  }
}

/** Decodes a stream of blocks; checksums are not compared (loopback). Throws RangeError where the framing is broken. */
export async function* decodeBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  let need = CHECKSUM_BYTES + HEADER_BYTES;
  let parts: Uint8Array[] = [];
  let have = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    have += chunk.length;
    if (have < need) continue;
    pending = Buffer.concat(parts);
    let at = 0;
    for (;;) {
      need = blockBytes(pending, at);
      if (pending.length - at < need) break;
      yield decodeBlock(pending.subarray(at, at + need));
      at += need;
    }
    pending = pending.subarray(at);
    parts = pending.length > 0 ? [pending] : [];
    have = pending.length;
  }
  if (have > 0) throw new RangeError(`compressed block ends early: ${have} bytes of ${need}`);
}

/** Bytes of the block at `at`, or of its header while that is incomplete. */
function blockBytes(bytes: Buffer, at: number): number {
  if (bytes.length - at < CHECKSUM_BYTES + HEADER_BYTES) return CHECKSUM_BYTES + HEADER_BYTES;
  const size = bytes.readUInt32LE(at + CHECKSUM_BYTES + 1);
  const rawSize = bytes.readUInt32LE(at + CHECKSUM_BYTES + 5);
  if (size < HEADER_BYTES || size > BLOCK_BYTES_MAX || rawSize > BLOCK_BYTES_MAX) {
    throw new RangeError(`compressed block of ${size} bytes for ${rawSize}; at most ${BLOCK_BYTES_MAX}`);
  }
  return CHECKSUM_BYTES + size;
}

function decodeBlock(block: Buffer): Buffer {
  const method = block[CHECKSUM_BYTES];
  const rawSize = block.readUInt32LE(CHECKSUM_BYTES + 5);
  const payload = block.subarray(CHECKSUM_BYTES + HEADER_BYTES);
  const raw = decodePayload(method, payload, rawSize);
  if (raw.length !== rawSize) throw new RangeError(`compressed block gave ${raw.length} bytes, said ${rawSize}`);
  return raw;
}

function decodePayload(method: number | undefined, payload: Buffer, rawSize: number): Buffer {
  if (method === METHOD_NONE) return payload;
  if (method === METHOD_ZSTD) return zstdDecompressSync(payload, { maxOutputLength: rawSize });
  if (method !== METHOD_LZ4) throw new RangeError(`compression method 0x${(method ?? 0).toString(16)} is not known`);
  const sized = Buffer.allocUnsafe(4 + payload.length);
  sized.writeUInt32LE(rawSize, 0);
  payload.copy(sized, 4);
  return uncompressSync(sized);
}

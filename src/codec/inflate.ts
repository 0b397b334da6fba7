/**
 * Content-Encoding of request bodies: gzip (RFC 1952), deflate (RFC 1950, or bare RFC 1951 as some clients send) and zstd
 * (RFC 8878), each into at most `maxBytes`: zlib stops at the limit, not behind it.
 *
 * Node's zstd returns what it has when its input ends early and ignores every frame but the first (both tested), which
 * would lose records silently. So the frames are walked here first, and each is decompressed by itself.
 */

import { gunzipSync, inflateRawSync, inflateSync, constants as zlibConstants, zstdDecompressSync } from 'node:zlib';
import { IngestError } from '../errors.ts';

export type CompressedEncoding = 'gzip' | 'deflate' | 'zstd';

/** Bytes that zlib produces at a time. */
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;
/** Telemetry compresses about this well. */
const USUAL_RATIO = 8;

/** RFC 9659: a window of 8 MiB at most in HTTP, so that a small body cannot demand 2 GiB. */
const ZSTD_WINDOW_LOG_MAX = 23;
/** Frames in one body; senders write one. */
const ZSTD_FRAMES_MAX = 64;
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_SKIPPABLE_MAGIC = 0x184d2a50;

/**
 * Decompresses a body. Throws IngestError: BAD_COMPRESSION for anything that is not one complete body of that encoding,
 * DECODED_TOO_LARGE when it would pass `maxBytes`.
 */
export function inflate(encoding: CompressedEncoding, body: Uint8Array, maxBytes: number): Uint8Array {
  try {
    switch (encoding) {
      case 'gzip':
        return gunzipSync(body, options(body, maxBytes));
      case 'deflate':
        return inflateDeflate(body, maxBytes);
      case 'zstd':
        return inflateZstd(body, maxBytes);
    }
  } catch (error) {
    throw asIngestError(error, maxBytes);
  }
}

function options(body: Uint8Array, maxBytes: number): { maxOutputLength: number; chunkSize: number } {
  const chunkSize = Math.min(Math.max(body.length * USUAL_RATIO, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
  return { maxOutputLength: Math.max(1, maxBytes), chunkSize };
}

function inflateDeflate(body: Uint8Array, maxBytes: number): Uint8Array {
  const decompress = hasZlibHeader(body) ? inflateSync : inflateRawSync;
  // With `info` the engine tells how much it consumed: bytes behind the stream are an error, as in gzip.
  const result = decompress(body, { ...options(body, maxBytes), info: true }) as unknown as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  if (result.engine.bytesWritten !== body.length) throw badCompression('bytes behind the deflate stream');
  return result.buffer;
}

/** RFC 1950 section 2.2: method 8, and the first two bytes are a multiple of 31. */
function hasZlibHeader(body: Uint8Array): boolean {
  if (body.length < 2) return true;
  return (body[0]! & 15) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0;
}

function inflateZstd(body: Uint8Array, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  let offset = 0;
  for (let frames = 0; offset < body.length || frames === 0; frames++) {
    if (frames === ZSTD_FRAMES_MAX) throw badCompression(`more than ${ZSTD_FRAMES_MAX} zstd frames`);
    const end = zstdFrameEnd(body, offset);
    const frame = body.subarray(offset, end);
    offset = end;
    if (isSkippable(frame)) continue;
    const part = zstdDecompressSync(frame, {
      // zlib takes no limit of 0: what comes behind a full body may hold one byte, which the total then refuses.
      ...options(frame, maxBytes - total),
      params: { [zlibConstants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    });
    total += part.length;
    if (total > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function isSkippable(frame: Uint8Array): boolean {
  return (littleEndian(frame, 0, 4) & ~15) >>> 0 === ZSTD_SKIPPABLE_MAGIC;
}

/**
 * End of the frame that begins at `start` (RFC 8878 section 3.1.1):
 * magic 4 | descriptor 1 | window 0–1 | dictionary 0–4 | content size 0–8 | blocks of (header 3, data) | checksum 0–4.
 */
function zstdFrameEnd(body: Uint8Array, start: number): number {
  const magic = littleEndian(body, start, 4);
  if ((magic & ~15) >>> 0 === ZSTD_SKIPPABLE_MAGIC) return within(body, start + 8 + littleEndian(body, start + 4, 4));
  if (magic !== ZSTD_MAGIC) throw badCompression(`no zstd frame at offset ${start}`);
  const descriptor = littleEndian(body, start + 4, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  let offset = start + 5 + windowBytes + dictionaryBytes + contentSizeBytes;
  for (let isLast = false; !isLast; ) {
    const header = littleEndian(body, offset, 3);
    isLast = (header & 1) === 1;
    const isRepeatedByte = ((header >>> 1) & 3) === 1;
    offset = within(body, offset + 3 + (isRepeatedByte ? 1 : header >>> 3));
  }
  return within(body, offset + ((descriptor & 4) === 0 ? 0 : 4));
}

function littleEndian(body: Uint8Array, offset: number, size: number): number {
  within(body, offset + size);
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + body[offset + index]!;
  return value;
}

function within(body: Uint8Array, offset: number): number {
  if (offset > body.length) throw badCompression('truncated zstd frame');
  return offset;
}

function badCompression(detail: string): IngestError {
  return new IngestError('BAD_COMPRESSION', detail);
}

function tooLarge(maxBytes: number): IngestError {
  return new IngestError('DECODED_TOO_LARGE', `more than ${maxBytes} bytes`);
}

/** zlib's messages name header, checksum or block type, never content. */
function asIngestError(error: unknown, maxBytes: number): unknown {
  if (error instanceof IngestError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(maxBytes);
  return code.startsWith('Z_') || code.startsWith('ZSTD_') ? badCompression(error.message) : error;
}

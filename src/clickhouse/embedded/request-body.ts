/**
 * Body of a request: text of a statement, or data of an INSERT. Data goes to a file, since chDB takes binary rows only
 * by INFILE; a body that ClickHouse can decompress itself stays compressed there. Text is bounded by QUERY_BYTES_MAX,
 * data by BODY_BYTES_MAX.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type Duplex, pipeline as pipelineWithCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

import { decompressFrameSync } from 'lz4-napi';

import { decodeBlocks } from '../compressed-blocks.ts';
import { BODY_BYTES_MAX, QUERY_BYTES_MAX } from './engine-limits.ts';
import { EngineException } from './exception.ts';

/** Names of INFILE's COMPRESSION by Content-Encoding. */
const COMPRESSIONS: ReadonlyMap<string, string> = new Map([
  ['', 'none'],
  ['identity', 'none'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
  ['lz4', 'lz4'],
]);

/** Data of one INSERT on disk; `remove` it when the INSERT has ended, however it ended. */
export interface BodyFile {
  /** Name inside the temporary directory, which is the engine's working directory. */
  readonly name: string;
  /** For INFILE's COMPRESSION clause. */
  readonly compression: string;
  readonly bytes: number;
  remove(): Promise<void>;
}

/** Streams data into a new file, mode 0600. `head` comes first; throws 400 or 413 as EngineException. */
export async function storeData(
  directory: string,
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  compression: string,
): Promise<BodyFile> {
  const name = `insert-${randomBytes(12).toString('hex')}`;
  const path = join(directory, name);
  const remove = () => rm(path, { force: true });
  let bytes = 0;
  async function* bounded(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    bytes = head.length;
    for await (const chunk of rest) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) {
        throw new EngineException(
          229,
          'QUERY_IS_TOO_LARGE',
          `Data of one INSERT is larger than ${BODY_BYTES_MAX} bytes.`,
        );
      }
      yield chunk;
    }
  }
  try {
    await pipeline(bounded, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await remove();
    throw asBodyError(error);
  }
  return { name, compression, bytes, remove };
}

/** The body as sent, when INFILE can read it so; ClickHouse's blocks are decoded on the way. */
export function dataOf(
  request: IncomingMessage,
  hasBlocks: boolean,
): { chunks: AsyncIterable<Uint8Array>; compression: string } {
  const compression = compressionOf(request);
  if (!hasBlocks) return { chunks: bytesOf(request), compression };
  return { chunks: decodeBlocks(decompress(request, compression)), compression: 'none' };
}

/** The body in clear, for a statement or for data that follows one. */
export function clearBody(request: IncomingMessage, hasBlocks: boolean): AsyncIterable<Uint8Array> {
  const clear = decompress(request, compressionOf(request));
  return hasBlocks ? decodeBlocks(clear) : clear;
}

/** Up to QUERY_BYTES_MAX bytes of `chunks`, and an iterator over what follows them. */
export async function splitHead(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; isWhole: boolean; rest: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  try {
    while (bytes <= QUERY_BYTES_MAX) {
      const next = await iterator.next();
      if (next.done === true) {
        isWhole = true;
        break;
      }
      parts.push(next.value);
      bytes += next.value.length;
    }
  } catch (error) {
    throw asBodyError(error);
  }
  return { head: Buffer.concat(parts), isWhole, rest: { [Symbol.asyncIterator]: () => iterator } };
}

function compressionOf(request: IncomingMessage): string {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  const compression = COMPRESSIONS.get(encoding);
  if (compression === undefined) {
    throw new EngineException(89, 'UNKNOWN_COMPRESSION_METHOD', `Unknown Content-Encoding '${encoding.slice(0, 32)}'.`);
  }
  return compression;
}

function decompress(request: IncomingMessage, compression: string): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return bytesOf(request);
    case 'lz4':
      return decompressFrames(request);
    case 'gzip':
      return through(request, createGunzip());
    case 'deflate':
      return through(request, createInflate());
    case 'br':
      return through(request, createBrotliDecompress());
    default:
      return through(request, createZstdDecompress());
  }
}

/** Stopping early leaves the request alive, so that a refusal can still be answered. */
function bytesOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

/** Unlike `pipe`, an aborted request destroys the decompressor, so that its reader fails instead of waiting for ever. */
function through(request: IncomingMessage, decompressor: Duplex): AsyncIterable<Uint8Array> {
  return pipelineWithCallback(request, decompressor, () => undefined);
}

/** A statement in an LZ4 frame is small; it is decompressed whole. */
async function* decompressFrames(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bytesOf(request)) {
    bytes += chunk.length;
    if (bytes > QUERY_BYTES_MAX) {
      throw new EngineException(
        229,
        'QUERY_IS_TOO_LARGE',
        'Name the statement in the URL when its data is large and in LZ4.',
      );
    }
    parts.push(chunk);
  }
  yield decompressFrameSync(Buffer.concat(parts));
}

/** Broken compression is the client's fault; a file that cannot be written is ours. */
function asBodyError(error: unknown): Error {
  if (error instanceof EngineException) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC')
    return new EngineException(243, 'NOT_ENOUGH_SPACE', 'No space left for the data of an INSERT.');
  if (code.startsWith('Z_') || code.startsWith('ZSTD') || error instanceof RangeError) {
    return new EngineException(271, 'CANNOT_DECOMPRESS', 'The body does not decompress.', 400);
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Reads the rest of a body and throws it away, so that a refusal can be sent on a healthy connection. */
export async function discard(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  request.unpipe();
  request.resume();
  await Promise.race([once(request, 'end'), once(request, 'close')]);
}

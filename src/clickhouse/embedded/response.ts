/**
 * Answers of the HTTP interface: headers of ClickHouse, compression, results whole or block by block, and exceptions,
 * also those that come after the first byte of a result. Form of the latter: ClickHouse 25.11, WriteBufferFromHTTP.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { type PassThrough, pipeline, type Writable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';

import type { ChdbHost } from './chdb-host.ts';
import { STALLED_CLIENT_MS } from './engine-limits.ts';
import type { EngineException } from './exception.ts';

/** Counts of one query, for X-ClickHouse-Summary; what the engine does not tell stays 0. */
export interface Counts {
  readonly resultRows: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly elapsedNs: bigint;
}

export interface AnswerContext {
  readonly host: Pick<ChdbHost, 'version' | 'timezone' | 'formats'>;
  readonly response: ServerResponse;
  readonly queryId: string;
  /** Chosen by `chooseEncoding`; undefined sends the bytes as they are. */
  readonly encoding: string | undefined;
}

const ENCODERS: Readonly<Record<string, () => Writable & NodeJS.ReadableStream>> = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: () => createGzip({ level: 3 }),
  deflate: () => createDeflate({ level: 3 }),
  zstd: () => createZstdCompress(),
};

/** ClickHouse compresses only when the URL asks for it, and picks by its own order, not by the client's weights. */
export function chooseEncoding(acceptEncoding: string | undefined, isWanted: boolean): string | undefined {
  if (!isWanted || acceptEncoding === undefined) return undefined;
  const accepted = acceptEncoding.toLowerCase();
  return Object.keys(ENCODERS).find((name) => accepted.includes(name));
}

/** Headers that every answer carries. */
export function setCommonHeaders(answer: AnswerContext): void {
  const { response, host } = answer;
  response.setHeader('X-ClickHouse-Server-Display-Name', hostname());
  response.setHeader('X-ClickHouse-Query-Id', answer.queryId);
  response.setHeader('X-ClickHouse-Timezone', host.timezone);
}

/** Sends a whole result. */
export async function sendWhole(
  answer: AnswerContext,
  format: string,
  bytes: Uint8Array,
  counts: Counts,
): Promise<void> {
  setResultHeaders(answer, format, counts);
  await sendBody(answer, bytes);
}

/** Sends a result block by block, never faster than the client reads. `cancelled` fires when the client is gone. */
export async function sendBlocks(
  answer: AnswerContext,
  format: string,
  blocks: AsyncIterable<Uint8Array>,
  cancelled: AbortSignal,
): Promise<void> {
  const tag = randomBytes(12).toString('hex').slice(0, 16);
  const iterator = blocks[Symbol.asyncIterator]();
  // Nothing is sent before the first block is there: until then a failure can still have a status of its own.
  let next = await iterator.next();
  answer.response.setHeader('X-ClickHouse-Exception-Tag', tag);
  setResultHeaders(answer, format, { resultRows: 0, writtenRows: 0, writtenBytes: 0, elapsedNs: 0n });
  const sink = openSink(answer);
  try {
    while (next.done !== true) {
      await write(sink, next.value, cancelled);
      next = await iterator.next();
    }
  } catch (error) {
    if (cancelled.aborted) return;
    throw new MidStreamFailure(error, tag, sink);
  } finally {
    await iterator.return?.();
  }
  sink.end();
}

/** A failure after the first byte was sent; the connection is closed behind its text so that nobody takes the result for whole. */
export class MidStreamFailure extends Error {
  private readonly tag: string;
  private readonly sink: Writable;

  constructor(cause: unknown, tag: string, sink: Writable) {
    super('the query failed after a part of its result was sent', { cause });
    this.tag = tag;
    this.sink = sink;
  }

  async send(answer: AnswerContext, exception: EngineException): Promise<void> {
    const text = exception.text(answer.host.version);
    const length = Buffer.byteLength(text);
    const trailer = `\r\n__exception__\r\n${this.tag}\r\n${text}${length} ${this.tag}\r\n__exception__\r\n`;
    await new Promise<void>((resolve) => {
      this.sink.once('error', () => resolve());
      this.sink.write(trailer, () => resolve());
    });
    // A compressor still holds the last bytes: its end flushes them, but also ends the response properly.
    if (this.sink !== answer.response) this.sink.end();
    else answer.response.socket?.destroySoon();
  }
}

/** Sends an exception with its status. Precondition: no header was sent yet. */
export function sendException(answer: AnswerContext, exception: EngineException): void {
  const { response } = answer;
  response.statusCode = exception.status;
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  if (exception.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
  response.end(exception.text(answer.host.version));
}

function setResultHeaders(answer: AnswerContext, format: string, counts: Counts): void {
  const { response, host } = answer;
  response.statusCode = 200;
  response.setHeader('Content-Type', host.formats.get(format) ?? 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Summary', summary(counts));
  if (answer.encoding !== undefined) response.setHeader('Content-Encoding', answer.encoding);
}

function summary(counts: Counts): string {
  return JSON.stringify({
    read_rows: String(counts.writtenRows + counts.resultRows),
    read_bytes: String(counts.writtenBytes),
    written_rows: String(counts.writtenRows),
    written_bytes: String(counts.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(counts.resultRows + counts.writtenRows),
    result_bytes: '0',
    elapsed_ns: String(counts.elapsedNs),
  });
}

async function sendBody(answer: AnswerContext, bytes: Uint8Array): Promise<void> {
  if (answer.encoding === undefined) answer.response.setHeader('Content-Length', bytes.length);
  // Without a listener the socket is closed: a client that reads nothing must not hold its result for ever.
  answer.response.setTimeout(STALLED_CLIENT_MS);
  openSink(answer).end(bytes);
}

function openSink(answer: AnswerContext): Writable {
  const encoder = answer.encoding === undefined ? undefined : ENCODERS[answer.encoding]?.();
  if (encoder === undefined) return answer.response;
  const sink = encoder as Writable & PassThrough;
  pipeline(sink, answer.response, () => undefined);
  return sink;
}

async function write(sink: Writable, chunk: Uint8Array, cancelled: AbortSignal): Promise<void> {
  cancelled.throwIfAborted();
  if (sink.write(chunk)) return;
  await once(sink, 'drain', { signal: AbortSignal.any([cancelled, AbortSignal.timeout(STALLED_CLIENT_MS)]) });
}

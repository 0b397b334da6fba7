/** One answer on the wire: status line, the headers that every answer carries, body. */

import type { HttpResponse } from 'uWebSockets.js';
import { ERRORS, type ErrorCode } from '../errors.ts';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly retryAfterSeconds?: number;
  /** Methods of the route, for 405. */
  readonly allow?: string;
}

export interface ReplyOptions {
  readonly requestId: string;
  /** HEAD is answered with the length alone. */
  readonly isHead: boolean;
  /** Ends the connection after the answer. */
  readonly isLast: boolean;
}

export const JSON_TYPE = 'application/json';

const STATUS_LINES: Readonly<Record<number, string>> = {
  200: '200 OK',
  201: '201 Created',
  202: '202 Accepted',
  400: '400 Bad Request',
  401: '401 Unauthorized',
  403: '403 Forbidden',
  404: '404 Not Found',
  405: '405 Method Not Allowed',
  409: '409 Conflict',
  413: '413 Content Too Large',
  415: '415 Unsupported Media Type',
  422: '422 Unprocessable Content',
  429: '429 Too Many Requests',
  503: '503 Service Unavailable',
};

/**
 * uWebSockets.js closes a connection after 10 s of silence. Clients that heed the hint (Node's agents do) give up an
 * idle connection before, so that no request meets the closing and is lost to a reset.
 */
const KEEP_ALIVE_HINT = 'timeout=8';

/** Writes the whole answer. Inside `res.cork` or the route's callback only; `res` must not be used after it. */
export function writeReply(res: HttpResponse, reply: Reply, options: ReplyOptions): void {
  res.writeStatus(STATUS_LINES[reply.status] ?? String(reply.status));
  res.writeHeader('x-request-id', options.requestId);
  res.writeHeader('content-type', reply.contentType);
  if (reply.status === 401) res.writeHeader('www-authenticate', 'Bearer');
  if (reply.retryAfterSeconds !== undefined) res.writeHeader('retry-after', String(reply.retryAfterSeconds));
  if (reply.allow !== undefined) res.writeHeader('allow', reply.allow);
  if (!options.isLast) res.writeHeader('keep-alive', KEEP_ALIVE_HINT);
  if (options.isHead) {
    // A body after HEAD would be read as the next answer.
    const bytes = typeof reply.body === 'string' ? Buffer.byteLength(reply.body) : reply.body.byteLength;
    res.endWithoutBody(bytes, options.isLast);
    return;
  }
  res.end(reply.body, options.isLast);
}

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  SPOOL_FULL: 5,
  SPOOL_FAILED: 5,
  STORE_UNAVAILABLE: 5,
};

/** Seconds for Retry-After: 1 unless the fault is known to last; undefined where a retry cannot help. */
export function retryAfterOf(code: ErrorCode): number | undefined {
  return ERRORS[code].retryable ? (RETRY_AFTER_SECONDS[code] ?? 1) : undefined;
}

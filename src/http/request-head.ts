/**
 * The head of one request, read in one walk over the headers. uWebSockets.js hands headers out only inside its
 * callback, and takes the first of two differing Content-Length (tested), so every shape that two servers could read
 * differently is found here (RFC 9112, 6.3).
 */

import type { HttpRequest } from 'uWebSockets.js';

export interface RequestHead {
  /** As sent: methods are case-sensitive. */
  readonly method: string;
  /** As sent, without the query; nothing is decoded or normalized. */
  readonly path: string;
  readonly query: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly userAgent: string;
  /** Undefined without the header. */
  readonly contentLength: number | undefined;
  readonly isChunked: boolean;
  /** The client asks that the connection end with the answer (RFC 9112, 9.6). */
  readonly isLastOfClient: boolean;
  /** A proxy or a browser says that it speaks for somebody else. */
  readonly isOnBehalf: boolean;
  /** Why the head is not to be trusted; the connection is closed after the answer. */
  readonly problem: string | undefined;
}

interface Draft {
  authorization: string | undefined;
  contentType: string;
  contentEncoding: string | undefined;
  userAgent: string;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  isLastOfClient: boolean;
  isOnBehalf: boolean;
  problem: string | undefined;
}

/** Reads the head. Must be called before the first await of the request's callback. */
export function readHead(req: HttpRequest): RequestHead {
  const draft: Draft = {
    authorization: undefined,
    contentType: '',
    contentEncoding: undefined,
    userAgent: '',
    contentLength: undefined,
    transferEncoding: undefined,
    isLastOfClient: false,
    isOnBehalf: false,
    problem: undefined,
  };
  req.forEach((name, value) => {
    readHeader(draft, name, value);
  });
  const { contentLength, transferEncoding } = draft;
  if (contentLength !== undefined && !/^\d{1,15}$/.test(contentLength)) {
    draft.problem ??= 'Content-Length is not a decimal number';
  }
  if (transferEncoding !== undefined && transferEncoding.trim().toLowerCase() !== 'chunked') {
    draft.problem ??= 'Transfer-Encoding other than chunked';
  }
  return {
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    authorization: draft.authorization ?? '',
    contentType: draft.contentType,
    contentEncoding: draft.contentEncoding ?? '',
    userAgent: draft.userAgent,
    contentLength: contentLength === undefined ? undefined : Number(contentLength),
    isChunked: transferEncoding !== undefined,
    isLastOfClient: draft.isLastOfClient,
    isOnBehalf: draft.isOnBehalf,
    problem: draft.problem,
  };
}

function readHeader(draft: Draft, name: string, value: string): void {
  switch (name) {
    case 'authorization':
      if (draft.authorization !== undefined) draft.problem ??= 'more than one Authorization header';
      draft.authorization = value;
      break;
    case 'content-type':
      draft.contentType = value;
      break;
    case 'content-encoding':
      // Two headers are one list (RFC 9110, 5.3), and a list of codings is refused as unknown.
      draft.contentEncoding = draft.contentEncoding === undefined ? value : `${draft.contentEncoding}, ${value}`;
      break;
    case 'user-agent':
      draft.userAgent = value;
      break;
    case 'content-length':
      if (draft.contentLength !== undefined && draft.contentLength !== value) {
        draft.problem ??= 'two Content-Length headers that differ';
      }
      draft.contentLength = value;
      break;
    case 'transfer-encoding':
      if (draft.transferEncoding !== undefined) draft.problem ??= 'more than one Transfer-Encoding header';
      draft.transferEncoding = value;
      break;
    case 'connection':
      if (/(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(value)) draft.isLastOfClient = true;
      break;
    case 'forwarded':
    case 'via':
    case 'x-forwarded-for':
    case 'x-forwarded-host':
    case 'x-forwarded-proto':
    case 'x-real-ip':
    case 'origin':
    case 'sec-fetch-site':
      draft.isOnBehalf = true;
      break;
    default:
      break;
  }
}

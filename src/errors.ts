/**
 * Every expected failure of a request: one table decides HTTP status, google.rpc code and whether a retry can help.
 * google.rpc codes: 3 INVALID_ARGUMENT, 5 NOT_FOUND, 8 RESOURCE_EXHAUSTED, 12 UNIMPLEMENTED, 14 UNAVAILABLE, 16 UNAUTHENTICATED.
 */

interface ErrorKind {
  readonly status: number;
  readonly rpcCode: number;
  readonly retryable: boolean;
  readonly message: string;
}

export const ERRORS = {
  UNAUTHENTICATED: { status: 401, rpcCode: 16, retryable: false, message: 'Invalid or missing API key' },
  FORBIDDEN: { status: 403, rpcCode: 7, retryable: false, message: 'This key may not do that' },
  NOT_FOUND: { status: 404, rpcCode: 5, retryable: false, message: 'No such route' },
  METHOD_NOT_ALLOWED: { status: 405, rpcCode: 12, retryable: false, message: 'Method not allowed' },
  MALFORMED_REQUEST: { status: 400, rpcCode: 3, retryable: false, message: 'Malformed HTTP request' },
  UNSUPPORTED_CONTENT_TYPE: {
    status: 415,
    rpcCode: 3,
    retryable: false,
    message: 'Unsupported Content-Type; known: application/json, application/x-protobuf (OTLP routes only)',
  },
  UNSUPPORTED_CONTENT_ENCODING: {
    status: 415,
    rpcCode: 3,
    retryable: false,
    message: 'Unsupported Content-Encoding; known: gzip, deflate, zstd, identity',
  },
  BODY_TOO_LARGE: { status: 413, rpcCode: 3, retryable: false, message: 'Body is larger than MODA_MAX_BODY_BYTES' },
  DECODED_TOO_LARGE: {
    status: 413,
    rpcCode: 3,
    retryable: false,
    message: 'Body is larger than MODA_MAX_DECODED_BYTES after decompression',
  },
  TOO_MANY_VALUES: { status: 413, rpcCode: 3, retryable: false, message: 'Too many values in one record' },
  BAD_COMPRESSION: { status: 400, rpcCode: 3, retryable: false, message: 'Body does not decompress' },
  MALFORMED_PROTOBUF: { status: 400, rpcCode: 3, retryable: false, message: 'Body is not valid protobuf' },
  MALFORMED_JSON: { status: 400, rpcCode: 3, retryable: false, message: 'Body is not valid JSON' },
  MALFORMED_OTLP: { status: 400, rpcCode: 3, retryable: false, message: 'Body is not valid OTLP' },
  MALFORMED_HOOK: { status: 400, rpcCode: 3, retryable: false, message: 'Body is not a hook event' },
  INVALID_UTF8: { status: 400, rpcCode: 3, retryable: false, message: 'Body is not valid UTF-8' },
  NESTING_TOO_DEEP: { status: 400, rpcCode: 3, retryable: false, message: 'Values are nested too deeply' },
  WRONG_SIGNAL: { status: 400, rpcCode: 3, retryable: false, message: 'Body is another signal' },
  POISONOUS: { status: 400, rpcCode: 3, retryable: false, message: 'Body could not be processed' },
  RATE_LIMITED: { status: 429, rpcCode: 8, retryable: true, message: 'Tenant is over its rate' },
  TENANT_OVER_SHARE: { status: 429, rpcCode: 8, retryable: true, message: 'Tenant is over its share of a busy server' },
  SERVER_FULL: { status: 503, rpcCode: 14, retryable: true, message: 'Server is full' },
  QUEUE_TIMEOUT: { status: 503, rpcCode: 14, retryable: true, message: 'No worker was free in time' },
  SPOOL_FULL: { status: 503, rpcCode: 14, retryable: true, message: 'Spool is full' },
  SPOOL_FAILED: { status: 503, rpcCode: 14, retryable: true, message: 'Spool cannot be written' },
  STORE_UNAVAILABLE: { status: 503, rpcCode: 14, retryable: true, message: 'Store is not available' },
  DRAINING: { status: 503, rpcCode: 14, retryable: true, message: 'Server is shutting down' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** Refusals that leave a row in events_raw: the request was authenticated and its content was at fault. */
export function leavesRawRow(code: ErrorCode): boolean {
  const { status } = ERRORS[code];
  return status === 400 || status === 413 || status === 415;
}

/**
 * An expected failure inside one thread. `detail` says what was expected, what was found and where (field, offset);
 * it never holds payload bytes. Across threads send `{ code, detail }`: a thrown error loses its fields on the way.
 */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail = '') {
    super(detail === '' ? ERRORS[code].message : `${ERRORS[code].message}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** The text that a client reads: the table's sentence, then the detail. */
export function errorMessage(code: ErrorCode, detail = ''): string {
  return detail === '' ? ERRORS[code].message : `${ERRORS[code].message}: ${detail}`;
}

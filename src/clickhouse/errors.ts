/**
 * What a failure of the store means for the rows that were under way. The only place that reads ClickHouse's codes and
 * Node's network codes; a retry is decided by kind, never by HTTP status or by text elsewhere.
 * Codes: ClickHouse src/Common/ErrorCodes.cpp.
 */

import { ClickHouseError } from '@clickhouse/client';

/**
 * - `transient`: nothing was written; the same bytes later.
 * - `ambiguous`: no answer came, so the rows may be there; resend with the token, then count.
 * - `compareSchema`: bad data, or a table that somebody altered: compare DESCRIBE with our columns first. Differs:
 *   an outage. Equal: `data`.
 * - `data`: these bytes can never be inserted.
 * - `split`: the batch spans too many partitions; split it on frame boundaries.
 * - `configuration`: an operator must act (credentials, grants, a setting that the server does not know); an outage.
 */
export type StoreErrorKind = 'transient' | 'ambiguous' | 'compareSchema' | 'data' | 'split' | 'configuration';

export interface StoreError {
  readonly kind: StoreErrorKind;
  /** ClickHouse's code; absent when the server did not answer as ClickHouse does. */
  readonly code?: number;
  /** Code and name only, fit for logs: the server's text may quote rows. */
  readonly message: string;
}

const KIND_BY_CODE: ReadonlyMap<number, StoreErrorKind> = new Map([
  // NO_SUCH_COLUMN_IN_TABLE, NUMBER_OF_COLUMNS_DOESNT_MATCH, TYPE_MISMATCH, UNKNOWN_TABLE, UNKNOWN_DATABASE,
  // INCORRECT_DATA, and what RowBinary gives when a column changed its type: ATTEMPT_TO_READ_AFTER_EOF,
  // CANNOT_READ_ALL_DATA, TOO_LARGE_STRING_SIZE, TOO_LARGE_ARRAY_SIZE, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN.
  ...([16, 20, 53, 60, 81, 117, 32, 33, 131, 128, 349] as const).map((code) => [code, 'compareSchema'] as const),
  // CHECKSUM_DOESNT_MATCH, CANNOT_DECOMPRESS, LZ4_DECODER_FAILED.
  ...([40, 271, 618] as const).map((code) => [code, 'data'] as const),
  // UNKNOWN_SETTING, UNKNOWN_COMPRESSION_METHOD, READONLY, UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD,
  // ACCESS_DENIED, AUTHENTICATION_FAILED, SUPPORT_IS_DISABLED, UNKNOWN_FORMAT, SYNTAX_ERROR.
  ...([115, 89, 164, 192, 193, 194, 497, 516, 344, 73, 62] as const).map((code) => [code, 'configuration'] as const),
  // UNKNOWN_STATUS_OF_INSERT: a quorum or a shard did not answer in time.
  [319, 'ambiguous'],
  // TOO_MANY_PARTITIONS; 252 is told apart by its text.
  [565, 'split'],
]);
const TOO_MANY_PARTS = 252;

/**
 * Network codes of Node that come before the first byte of a request is sent, unless the call that failed was on a
 * connection: a host or a route that goes away has the same codes there.
 */
const NOTHING_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Classifies anything that a call of the store client throws. Unknown codes are passing: nothing is dropped for them. */
export function classifyError(error: unknown): StoreError {
  if (error instanceof ClickHouseError) return classifyServerError(error);
  const code = networkCode(error);
  if (code !== undefined && NOTHING_SENT.has(code) && !isOfConnection(error)) {
    return { kind: 'transient', message: `store unreachable: ${code}` };
  }
  return {
    kind: 'ambiguous',
    message: code === undefined ? strangeAnswer(error) : `no answer from the store: ${code}`,
  };
}

/**
 * Of an answer that the client cannot read it makes an Error of its text: a proxy's page, the native port's hint, the
 * words of an old ClickHouse. Only the code is taken from it.
 */
function strangeAnswer(error: unknown): string {
  const text = error instanceof Error ? error.message.slice(0, 200) : '';
  const oldCode = /^Code: (\d{1,5}), e\.displayText/.exec(text)?.[1];
  if (oldCode !== undefined) return `ClickHouse error ${oldCode}, in the words of a version that is too old`;
  if (/^Port \d+ is for clickhouse-client/.test(text)) return "this is ClickHouse's native port, not its HTTP port";
  return `no answer from the store, or one that is not ClickHouse's: ${nameOf(error)}`;
}

function classifyServerError(error: ClickHouseError): StoreError {
  const code = Number(error.code);
  if (!Number.isInteger(code)) return { kind: 'ambiguous', message: 'the store answered without a code' };
  const name = /^[A-Z][A-Z0-9_]{1,63}$/.test(error.type ?? '') ? ` (${error.type})` : '';
  return { kind: kindOf(code, error.message), code, message: `ClickHouse error ${code}${name}` };
}

/** Server answers are bounded here before a pattern runs over them: they may quote a client's bytes. */
function kindOf(code: number, text: string): StoreErrorKind {
  if (code === TOO_MANY_PARTS) return /too many partitions/i.test(text.slice(0, 1000)) ? 'split' : 'transient';
  return KIND_BY_CODE.get(code) ?? 'transient';
}

function isOfConnection(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && /^(?:read|write)/.test(String(error.syscall));
}

function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code)) return error.code;
  // Happy-eyeballs failures come as one AggregateError; all attempts failed the same way or nothing is known.
  if (!(error instanceof AggregateError)) return undefined;
  const codes = new Set(error.errors.map(networkCode));
  return codes.size === 1 ? [...codes][0] : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

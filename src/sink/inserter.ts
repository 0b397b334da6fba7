/**
 * The store as the sink sees it. clickhouse-inserter.ts is the real one; the simulation brings one that loses answers,
 * forgets parts and refuses.
 */

import type { InsertFormat } from '../model/frame.ts';
import type { TableName } from '../model/schema.ts';
import type { StoredColumn } from '../spool/segment-header.ts';

export interface InsertRequest {
  readonly table: TableName;
  /** Names in the order of the encoded rows; always sent, so that an old spool survives an upgrade. */
  readonly columns: readonly string[];
  readonly format: InsertFormat;
  /** LZ4 frames that form one stream. */
  readonly body: readonly Uint8Array[];
  /** `insert_deduplication_token`: same token, same bytes. */
  readonly token: string;
  readonly rows: number;
  /** Aborted when the sink is stopped. */
  readonly signal: AbortSignal;
}

/**
 * What a failure says of the rows and of the store:
 * unreachable: the request never left (refused, no such host): nothing can have happened.
 * unanswered: it may have arrived; there is no answer (reset, timeout, half an answer).
 * busy: the store refuses for now, whatever it is sent (too many parts, read-only, no space, no access, starting).
 * schema: a table or column is not there, or a value does not fit a type: an outage when DESCRIBE differs from ours.
 * data: these bytes will never be taken (incorrect data, too many partitions).
 * rejected: any other exception, memory included: passing, unless it stays while others succeed.
 */
export type FailureKind = 'unreachable' | 'unanswered' | 'busy' | 'schema' | 'data' | 'rejected';

export interface Failure {
  readonly kind: FailureKind;
  /** ClickHouse's number, where it answered. */
  readonly serverCode?: number | undefined;
  /** For the log: code name or system error, never text of the server (it may quote rows). */
  readonly detail: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Every call ends, after a bounded time or when its signal is aborted; none throws. */
export interface Inserter {
  /** A cluster spreads the rows of an INSERT over its shards: of one that failed some may have theirs, others not. */
  readonly isSharded: boolean;
  /** Rows that the store says it wrote; undefined when it does not say. */
  insert(request: InsertRequest): Promise<Outcome<{ readonly writtenRows: number | undefined }>>;
  /** How many rows of the requests (16 bytes each) received on `day` (days since the epoch) are in the table. */
  countRequests(table: TableName, requestIds: Uint8Array, day: number, signal: AbortSignal): Promise<Outcome<number>>;
  /** The table's columns, names and types. */
  describe(table: TableName, signal: AbortSignal): Promise<Outcome<readonly StoredColumn[]>>;
}

/** The store as the sink needs it, over the one ClickHouse client. Maps its failures to what they mean for the rows. */

import { randomBytes } from 'node:crypto';
import type { StoreClient } from '../clickhouse/client.ts';
import { classifyError, type StoreError } from '../clickhouse/errors.ts';
import { TABLES, type TableName } from '../model/schema.ts';
import type { StoredColumn } from '../spool/segment-header.ts';
import type { Failure, FailureKind, Inserter, InsertRequest, Outcome } from './inserter.ts';
import { LIVENESS, type LivenessRules, whileAlive } from './liveness.ts';
import { REPLICA_LAG_SECONDS_MAX } from './retry.ts';

/** 252 TOO_MANY_PARTS, 202 TOO_MANY_SIMULTANEOUS_QUERIES, 745 SERVER_OVERLOADED, 439 CANNOT_SCHEDULE_TASK, 201
 * QUOTA_EXCEEDED, 242 TABLE_IS_READ_ONLY, 774 TABLE_IS_PERMANENTLY_READ_ONLY (until an ALTER), 243 NOT_ENOUGH_SPACE, 75
 * CANNOT_WRITE_TO_FILE_DESCRIPTOR, 499 S3_ERROR, 159 TIMEOUT_EXCEEDED, 209 SOCKET_TIMEOUT, 210 NETWORK_ERROR, 279
 * ALL_CONNECTION_TRIES_FAILED, 285 TOO_FEW_LIVE_REPLICAS, 286 UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, 225 NO_ZOOKEEPER, 999
 * KEEPER_EXCEPTION, 425 SYSTEM_ERROR, 236 ABORTED, 394 QUERY_WAS_CANCELLED: whatever is sent fails alike. */
const BUSY = new Set([
  252, 202, 745, 439, 201, 242, 774, 243, 75, 499, 159, 209, 210, 279, 285, 286, 225, 999, 425, 236, 394,
]);

/** NO_SUCH_COLUMN_IN_TABLE, NUMBER_OF_COLUMNS_DOESNT_MATCH, TYPE_MISMATCH, UNKNOWN_TABLE, UNKNOWN_DATABASE. */
const SCHEMA = new Set([16, 20, 53, 60, 81]);

const DAY_SECONDS = 86_400;

/** Longest work on a count; an INSERT's bound is the client's. */
const COUNT_TIMEOUT_SECONDS = 30;

/** What the profile of the store's user may hold otherwise: a count that was cut short would say that nothing is there. */
const WHOLE_COUNT = {
  read_overflow_mode: 'throw',
  timeout_overflow_mode: 'throw',
  skip_unavailable_shards: 0,
} as const;

/**
 * A replica that lags must not say that nothing is there. select_sequential_consistency sees to that only where quorum
 * INSERTs wait for each other (insert_quorum_parallel = 0), and several servers cannot work in turns.
 */
const FRESH_REPLICAS = {
  max_replica_delay_for_distributed_queries: REPLICA_LAG_SECONDS_MAX,
  fallback_to_stale_replicas_for_distributed_queries: 0,
} as const;

/** A DESCRIBE, the first question after every outage, is given up after 5 s, without a ping beside it. */
const DESCRIBE_RULES: LivenessRules = { everyMs: 5000, answerMs: 0, missesMax: 1 };

/** An inserter that writes to the tables of `client`'s database. The client stays the caller's. */
export function createClickHouseInserter(client: StoreClient, liveness: LivenessRules = LIVENESS): Inserter {
  const watched = <T>(stop: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> =>
    attempt(() => whileAlive(liveness, (signal) => client.ping(signal), stop, task));
  return {
    isSharded: client.isCluster,
    insert: (request) => watched(request.signal, (signal) => insert(client, request, signal)),
    countRequests: (table, ids, day, stop) => watched(stop, (signal) => countRequests(client, table, ids, day, signal)),
    describe: (table, stop) =>
      attempt(() =>
        whileAlive(
          DESCRIBE_RULES,
          async () => false,
          stop,
          (signal) => describe(client, table, signal),
        ),
      ),
  };
}

async function insert(
  client: StoreClient,
  request: InsertRequest,
  signal: AbortSignal,
): Promise<{ writtenRows: number | undefined }> {
  const { table, columns, format, body, token } = request;
  const outcome = await client.insertFrames({ table, columns, format, frames: body, token, signal });
  return { writtenRows: Number.isNaN(outcome.writtenRows) ? undefined : outcome.writtenRows };
}

/** A count is of rows of the day only: the partition is known, and the tables are large. */
async function countRequests(
  client: StoreClient,
  table: TableName,
  ids: Uint8Array,
  day: number,
  signal: AbortSignal,
): Promise<number> {
  const column = TABLES[table].ttlColumn;
  const rows = await client.rows<{ found: string }>(
    `SELECT count() AS found FROM ${table}
     WHERE ${column} >= toDateTime({from:UInt32}, 'UTC') AND ${column} < toDateTime({to:UInt32}, 'UTC')
       AND request_id IN {ids:Array(UUID)}`,
    // An id that nobody has makes each count a question of its own: a query cache would repeat the last answer.
    { from: day * DAY_SECONDS, to: (day + 1) * DAY_SECONDS, ids: uuids(Buffer.concat([ids, randomBytes(16)])) },
    {
      select_sequential_consistency: 1,
      max_execution_time: COUNT_TIMEOUT_SECONDS,
      ...WHOLE_COUNT,
      ...(client.isCluster ? FRESH_REPLICAS : {}),
    },
    signal,
  );
  return Number(rows[0]?.found ?? 0);
}

async function describe(client: StoreClient, table: TableName, signal: AbortSignal): Promise<StoredColumn[]> {
  const rows = await client.rows<{ name: string; type: string }>(`DESCRIBE TABLE ${table}`, {}, {}, signal);
  return rows.map(({ name, type }) => [name, type] as const);
}

function uuids(ids: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < ids.length; at += 16) {
    const hex = Buffer.from(ids.buffer, ids.byteOffset + at, 16).toString('hex');
    texts.push(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));
  }
  return texts;
}

/** What `task` gives, or what its failure means. */
async function attempt<T>(task: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await task() };
  } catch (error) {
    return { ok: false, failure: asFailure(classifyError(error)) };
  }
}

function asFailure(error: StoreError): Failure {
  return { kind: kindOf(error), serverCode: error.code, detail: error.message };
}

function kindOf({ kind, code }: StoreError): FailureKind {
  switch (kind) {
    case 'ambiguous':
      return 'unanswered';
    case 'data':
    case 'split':
      return 'data';
    case 'compareSchema':
      return code !== undefined && SCHEMA.has(code) ? 'schema' : 'data';
    case 'configuration':
      return 'busy';
    case 'transient':
      if (code === undefined) return 'unreachable';
      return BUSY.has(code) ? 'busy' : 'rejected';
  }
}

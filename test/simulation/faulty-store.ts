/**
 * A ClickHouse that fails in every way that was seen: refuses, hangs, loses answers, is killed before and after the
 * part is there and between its deduplication log and the part, loses power and with it tokens of parts that are there, runs out of memory, has too many parts, another schema,
 * and rows that it will never take. A cluster spreads an INSERT over its shards, each of which takes or refuses its own
 * share. It checks what it is sent: one day and whole frames per batch, and the same bytes under the same token.
 */

import { crc32 } from 'node:zlib';
import type { TableName } from '../../src/model/schema.ts';
import type { Failure, FailureKind, Inserter, InsertRequest, Outcome } from '../../src/sink/inserter.ts';
import { REPLICA_LAG_SECONDS_MAX } from '../../src/sink/retry.ts';
import type { StoredColumn, StoredColumns } from '../../src/spool/segment-header.ts';
import { rowsOf, type SimulatedRow } from './rows.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

export interface StoreFaults {
  mode: 'up' | 'refuses' | 'hangs' | 'busy' | 'altered';
  /** Chance that a request never arrives. */
  lostRequest: number;
  /** Chance that the answer of a finished request is lost. */
  lostAnswer: number;
  /** Chance of an exception before the part is there. */
  exception: number;
  /** Chance that the server is killed between its deduplication log and the part; a replicated table writes both at once. */
  killedInGap: number;
  /** Rows that it can take at once; 241 above. */
  rowsMax: number;
  /** The last shard of a cluster has no memory for its share of some batches, whatever else it takes. */
  refusesShares: boolean;
  /** A replica of a cluster that is asked may be this far behind; one that is further than the sink allows is not. */
  lagMs: number;
}

/** The client gives up before the server's max_execution_time can end. */
const CLIENT_TIMEOUT_MS = 3000;
const SERVER_TIMEOUT_MS = 2000;

/** Of a refused share, so that a single append is never too much. */
const SHARE_ROWS_MAX = 20;

interface StoredPart {
  readonly token: string;
  readonly rows: readonly SimulatedRow[];
  readonly atMs: number;
}

export class FaultyStore {
  readonly faults: StoreFaults = {
    mode: 'up',
    lostRequest: 0,
    lostAnswer: 0,
    exception: 0,
    killedInGap: 0,
    rowsMax: Number.POSITIVE_INFINITY,
    refusesShares: false,
    lagMs: 0,
  };
  readonly tables: Record<TableName, StoredPart[]> = { events_raw: [], coding_agent_events: [] };
  /** What was wrong with what it was sent. */
  readonly complaints: string[] = [];
  /** Tokens that are known, by table and shard. */
  readonly #log = new Set<string>();
  readonly #bytesOfToken = new Map<string, number>();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #columns: StoredColumns;
  readonly #shards: number;
  #generation = 0;
  #powerLosses = 0;

  constructor(time: VirtualTime, chance: Chance, columns: StoredColumns, shards: number) {
    this.#time = time;
    this.#chance = chance;
    this.#columns = columns;
    this.#shards = shards;
  }

  /** SIGKILL and start: what is under way ends somewhere, without an answer. */
  restart(): void {
    this.#generation += 1;
  }

  /** A plain MergeTree does not sync its deduplication log, even where parts are synced. A replicated one has no such log. */
  losePower(): void {
    this.restart();
    this.#powerLosses += 1;
    if (this.#shards === 1) this.#log.clear();
  }

  inserter(): Inserter {
    return {
      isSharded: this.#shards > 1,
      insert: (request) => this.#ask(() => this.#insert(request)),
      countRequests: (table, ids, day) => this.#ask(() => this.#count(table, ids, day)),
      describe: (table) => this.#ask(() => this.#describe(table)),
    };
  }

  async #ask<T>(task: () => Outcome<T>): Promise<Outcome<T>> {
    const { faults } = this;
    const chance = this.#chance;
    await this.#time.sleep(chance.next() * 5);
    if (faults.mode === 'refuses') return failed('unreachable');
    if (faults.mode === 'hangs' || chance.chance(faults.lostRequest)) return this.#timeOut();
    const generation = this.#generation;
    const powerLosses = this.#powerLosses;
    await this.#time.sleep(chance.chance(0.05) ? chance.next() * SERVER_TIMEOUT_MS : chance.next() * 80);
    // Killed meanwhile: before or after the work was done.
    const isKilled = generation !== this.#generation;
    if (isKilled && (powerLosses !== this.#powerLosses || chance.chance(0.5))) return failed('unanswered');
    if (faults.mode === 'busy') return failed('busy', 252);
    const outcome = task();
    if (isKilled) return failed('unanswered');
    if (chance.chance(faults.lostAnswer)) return this.#timeOut();
    await this.#time.sleep(chance.next() * 5);
    return outcome;
  }

  async #timeOut(): Promise<{ ok: false; failure: Failure }> {
    await this.#time.sleep(this.#chance.chance(0.5) ? 1 : CLIENT_TIMEOUT_MS);
    return failed('unanswered');
  }

  #insert(request: InsertRequest): Outcome<{ writtenRows: number }> {
    const { table, token } = request;
    const rows = rowsOf(request.body);
    this.#check(request, rows);
    if (this.faults.mode === 'altered') return failed('schema', 16);
    if (rows.some((row) => row.isPoison)) return failed('data', 117);
    for (let shard = 0; shard < this.#shards; shard++) {
      const share = rows.filter((row) => this.#shards === 1 || shardOf(row, this.#shards) === shard);
      const failure = this.#insertShare(table, shard, token, share);
      if (failure !== undefined) return failure;
    }
    return { ok: true, value: { writtenRows: rows.length } };
  }

  #insertShare(table: TableName, shard: number, token: string, rows: readonly SimulatedRow[]) {
    if (rows.length === 0) return undefined;
    if (this.#chance.chance(this.faults.exception)) return failed('rejected', 1001);
    if (this.#isTooMuch(shard, token, rows.length)) return failed('rejected', 241);
    const key = `${table} ${shard} ${token}`;
    if (this.#log.has(key)) return undefined;
    this.#log.add(key);
    if (this.#shards === 1 && this.#chance.chance(this.faults.killedInGap)) {
      this.restart();
      return failed('unanswered');
    }
    this.tables[table].push({ token, rows, atMs: this.#time.nowMs });
    return undefined;
  }

  #isTooMuch(shard: number, token: string, rows: number): boolean {
    const { rowsMax, refusesShares } = this.faults;
    const isRefused = refusesShares && shard === this.#shards - 1 && crc32(token.slice(0, 32)) % 3 === 0;
    return rows > rowsMax || (isRefused && rows > SHARE_ROWS_MAX);
  }

  #check(request: InsertRequest, rows: readonly SimulatedRow[]): void {
    if (rows.length !== request.rows) this.complaints.push(`${request.rows} rows announced, ${rows.length} sent`);
    if (rows.some((row) => row.table !== request.table)) this.complaints.push('rows of another table');
    if (new Set(rows.map((row) => row.day)).size > 1) this.complaints.push('rows of two days in one batch');
    const sum = request.body.reduce((crc, bytes) => crc32(bytes, crc), 0);
    const key = `${request.table} ${request.token}`;
    if ((this.#bytesOfToken.get(key) ?? sum) !== sum) this.complaints.push('other bytes under the same token');
    this.#bytesOfToken.set(key, sum);
  }

  #count(table: TableName, requestIds: Uint8Array, day: number): Outcome<number> {
    const wanted = new Set<string>();
    for (let at = 0; at < requestIds.length; at += 16) {
      wanted.add(Buffer.from(requestIds.subarray(at, at + 16)).toString('hex'));
    }
    const lagMs = this.#shards === 1 ? 0 : this.#chance.next() * this.faults.lagMs;
    if (lagMs >= REPLICA_LAG_SECONDS_MAX * 1000) return failed('rejected', 369);
    const seen = this.tables[table].filter((part) => part.atMs <= this.#time.nowMs - lagMs);
    const rows = seen.flatMap((part) => part.rows);
    return { ok: true, value: rows.filter((row) => row.day === day && wanted.has(row.requestId)).length };
  }

  #describe(table: TableName): Outcome<readonly StoredColumn[]> {
    const columns = this.#columns[table];
    return { ok: true, value: this.faults.mode === 'altered' ? columns.slice(1) : columns };
  }
}

/** Where the key of the product's tables sends a row. */
function shardOf(row: SimulatedRow, shards: number): number {
  return crc32(row.table === 'events_raw' ? row.requestId : row.tenant) % shards;
}

function failed(kind: FailureKind, serverCode?: number): { ok: false; failure: Failure } {
  return { ok: false, failure: { kind, serverCode, detail: 'simulated' } };
}

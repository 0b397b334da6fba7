/**
 * The one way to the store, embedded or remote, and the only file besides errors.ts that knows @clickhouse/client.
 * Callers get rows, commands, and INSERTs of bytes that are already encoded and compressed.
 */

import { Readable } from 'node:stream';

import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { decompressFrameSync } from 'lz4-napi';

import type { InsertFormat } from '../model/frame.ts';
import { encodeBlocks } from './compressed-blocks.ts';
import { CLUSTER_INSERT_SETTINGS, INSERT_SETTINGS } from './insert-settings.ts';

export interface StoreOptions {
  /** `http(s)://user:password@host:port`. */
  readonly url: string;
  /** Letters, digits and underscores; every statement runs in it, so names need no prefix. */
  readonly database: string;
  readonly isCluster?: boolean;
  /** `blocks` re-encodes LZ4 frames for servers that do not know `Content-Encoding: lz4`. */
  readonly insertEncoding?: 'lz4' | 'blocks';
  /** Sockets at most; default 10. */
  readonly connectionsMax?: number;
  /** Longest wait for an answer, default 120 000 ms. */
  readonly requestTimeoutMs?: number;
}

type Scalar = string | number | boolean | null;
export type QueryParameters = Readonly<Record<string, Scalar | Date | readonly Scalar[]>>;
export type StoreSettings = Readonly<Record<string, string | number>>;

export interface InsertRequest {
  readonly table: string;
  readonly columns: readonly string[];
  readonly format: InsertFormat;
  /** Complete LZ4 frames, read once. */
  readonly frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** The same token with the same bytes adds nothing the second time. */
  readonly token: string;
  /** Instead of the usual ones, for servers that do not know them. */
  readonly settings?: StoreSettings;
  /** Gives the request up: its connection is cut, and the rows may be there or not. */
  readonly signal?: AbortSignal;
}

export interface InsertOutcome {
  /**
   * Rows the server parsed, also when the token was known already: compare with the rows sent. NaN when the server does
   * not say (before 19.x).
   */
  readonly writtenRows: number;
  readonly queryId: string;
}

export interface StoreClient {
  readonly database: string;
  /** Its tables are Distributed ones over those of the shards. */
  readonly isCluster: boolean;
  /** Result rows as objects. 64-bit integers come as strings, whatever the server's default is. */
  rows<T>(sql: string, parameters?: QueryParameters, settings?: StoreSettings, signal?: AbortSignal): Promise<T[]>;
  /** DDL and INSERT … SELECT; resolves when the server is done. */
  command(sql: string, parameters?: QueryParameters, settings?: StoreSettings): Promise<void>;
  /** Small tables only; segments go by insertFrames. */
  insertRows(
    table: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    settings?: StoreSettings,
  ): Promise<void>;
  /** One INSERT, one part. */
  insertFrames(request: InsertRequest): Promise<InsertOutcome>;
  /** Bytes of a result in `format`, for the command line. */
  bytes(sql: string, format: string): Promise<AsyncIterable<Uint8Array>>;
  /** Creates the database; the one statement that cannot run inside it. */
  createDatabase(clause: string): Promise<void>;
  /** True when the server answers /ping. */
  ping(signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** Shorter than any server's keep-alive (3 s on old ones): a socket that the server closes first fails its request. */
const IDLE_SOCKET_MS = 2500;

/** Opens no connection; the first call does. Throws RangeError for a database name that needs quoting. */
export function createStoreClient(options: StoreOptions): StoreClient {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(options.database)) {
    throw new RangeError(`database name must be letters, digits and underscores: ${JSON.stringify(options.database)}`);
  }
  return new HttpStoreClient(options);
}

type Client = ReturnType<typeof createClient>;

class HttpStoreClient implements StoreClient {
  readonly database: string;
  readonly isCluster: boolean;
  private readonly options: StoreOptions;
  private readonly client: Client;

  constructor(options: StoreOptions) {
    this.options = options;
    this.database = options.database;
    this.isCluster = options.isCluster === true;
    this.client = open(options, options.database);
  }

  async rows<T>(
    sql: string,
    parameters: QueryParameters = {},
    settings: StoreSettings = {},
    signal?: AbortSignal,
  ): Promise<T[]> {
    const result = await this.client.query({
      ...(signal === undefined ? {} : { abort_signal: signal }),
      query: sql,
      format: 'JSONEachRow',
      query_params: parameters,
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1, ...settings },
    });
    return result.json<T>();
  }

  async command(sql: string, parameters: QueryParameters = {}, settings: StoreSettings = {}): Promise<void> {
    await this.client.command({
      query: sql,
      query_params: parameters,
      clickhouse_settings: { ...settings, wait_end_of_query: 1 },
    });
  }

  async insertRows(
    table: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    settings: StoreSettings = {},
  ): Promise<void> {
    if (rows.length === 0) return;
    const cluster = this.isCluster ? { distributed_foreground_insert: 1 } : {};
    const clickhouse_settings = { async_insert: 0, ...cluster, ...settings } as const;
    await this.client.insert({ table, values: rows as object[], format: 'JSONEachRow', clickhouse_settings });
  }

  async insertFrames(request: InsertRequest): Promise<InsertOutcome> {
    const isBlocks = this.options.insertEncoding === 'blocks';
    const cluster = this.isCluster ? CLUSTER_INSERT_SETTINGS : {};
    const settings = request.settings ?? {
      ...INSERT_SETTINGS,
      ...cluster,
      insert_deduplication_token: request.token,
    };
    const result = await this.client.exec({
      ...(request.signal === undefined ? {} : { abort_signal: request.signal }),
      query: `INSERT INTO ${request.table} (${request.columns.join(', ')}) FORMAT ${request.format}`,
      values: Readable.from(isBlocks ? asBlocks(request.frames) : request.frames, { objectMode: false }),
      ...(isBlocks ? {} : { http_headers: { 'Content-Encoding': 'lz4' } }),
      clickhouse_settings: { ...settings, ...(isBlocks ? BLOCK_SETTINGS : {}), wait_end_of_query: 1 },
    });
    // The answer is empty; reading its end gives the socket back instead of closing it.
    for await (const _ of result.stream);
    return { writtenRows: Number(result.summary?.written_rows ?? Number.NaN), queryId: result.query_id };
  }

  async bytes(sql: string, format: string): Promise<AsyncIterable<Uint8Array>> {
    const result = await this.client.exec({
      query: sql,
      clickhouse_settings: { default_format: format } as StoreSettings,
    });
    return result.stream;
  }

  async createDatabase(clause: string): Promise<void> {
    const outside = open(this.options, 'default');
    try {
      await outside.command({ query: `CREATE DATABASE IF NOT EXISTS ${this.database}${clause}` });
    } finally {
      await outside.close();
    }
  }

  async ping(signal?: AbortSignal): Promise<boolean> {
    const given = signal === undefined ? undefined : ({ select: false, abort_signal: signal } as const);
    return (await this.client.ping(given)).success;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Checksums of the blocks are not computed; TCP, and the row count that is compared afterwards, stand in for them. */
const BLOCK_SETTINGS = { decompress: 1, http_native_compression_disable_checksumming_on_decompress: 1 } as const;

function open(options: StoreOptions, database: string): Client {
  return createClient({
    url: options.url,
    database,
    application: 'moda-ingest',
    request_timeout: options.requestTimeoutMs ?? 120_000,
    max_open_connections: options.connectionsMax ?? 10,
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
    compression: { request: false, response: true },
    // The client would write server texts, which may quote rows, to the console.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

async function* asBlocks(frames: InsertRequest['frames']): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) yield* encodeBlocks(decompressFrameSync(Buffer.from(frame)));
}

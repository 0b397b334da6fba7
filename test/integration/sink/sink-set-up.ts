/** A spool on a real directory and a sink on a real engine, behind a proxy that can fail. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { createClickHouseInserter } from '../../../src/sink/clickhouse-inserter.ts';
import { DeadLetters } from '../../../src/sink/dead-letters.ts';
import type { Failure } from '../../../src/sink/inserter.ts';
import type { LivenessRules } from '../../../src/sink/liveness.ts';
import { type Sink, startSink } from '../../../src/sink/sink.ts';
import { nodeDisk } from '../../../src/spool/node-disk.ts';
import { SYSTEM_CLOCK } from '../../../src/spool/ports.ts';
import type { StoredColumns } from '../../../src/spool/segment-header.ts';
import { openSpool, type Spool } from '../../../src/spool/spool.ts';
import { SMALL_COLUMNS } from '../../faults/small-tables.ts';

export const SILENT = { info() {}, warn() {}, error() {} };

export interface Keeping {
  readonly directory: string;
  readonly spool: Spool;
  readonly sink: Sink;
  /** What the store answered with, in order. */
  readonly failures: Failure[];
  readonly buried: { rows: number; reason: string }[];
  /** Ends spool and sink; the directory stays. */
  stop(): Promise<void>;
}

export interface KeepingOptions {
  readonly directory: string;
  readonly url: string;
  readonly database: string;
  readonly columns?: StoredColumns;
  readonly flushIntervalMs?: number;
  readonly requestTimeoutMs?: number;
  readonly liveness?: LivenessRules;
  readonly insertEncoding?: 'lz4' | 'blocks';
  /** Stands between the sink and the store's client. */
  readonly through?: (client: StoreClient) => StoreClient;
}

export async function startKeeping(options: KeepingOptions): Promise<Keeping> {
  const { directory, url, database } = options;
  const spool = await openSpool({
    disk: nodeDisk(join(directory, 'spool')),
    durability: 'disk',
    maxBytes: 1024 ** 3,
    flushRows: 50_000,
    flushBytes: 4 * 1024 * 1024,
    flushIntervalMs: options.flushIntervalMs ?? 50,
    clock: SYSTEM_CLOCK,
    randomBytes,
    schemaVersion: 1,
    columns: options.columns ?? SMALL_COLUMNS,
    log: SILENT,
  });
  const { requestTimeoutMs = 5000, insertEncoding = 'lz4', through = (direct) => direct } = options;
  const client = through(createStoreClient({ url, database, requestTimeoutMs, insertEncoding }));
  const deadLetters = new DeadLetters(nodeDisk(join(directory, 'dead-letters')), 64 * 1024 * 1024);
  await deadLetters.refresh();
  const failures: Failure[] = [];
  const buried: Keeping['buried'] = [];
  const sink = startSink({
    spool,
    inserter: createClickHouseInserter(client, options.liveness),
    deadLetters,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log: SILENT,
    inFlightMax: 2,
    events: {
      inserted() {},
      flushed() {},
      failed: ({ failure }) => failures.push(failure),
      buried: ({ rows, reason }) => buried.push({ rows, reason }),
    },
  });
  return {
    directory,
    spool,
    sink,
    failures,
    buried,
    async stop() {
      await sink.stop();
      await spool.close();
      await client.close();
    },
  };
}

/** A directory that is removed by `removeDirectories`. */
const directories: string[] = [];
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'moda-sink-'));
  directories.push(directory);
  return directory;
}
export async function removeDirectories(): Promise<void> {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
}

export async function countRows(client: StoreClient, table: string): Promise<number> {
  const [row] = await client.rows<{ n: string }>(`SELECT count() AS n FROM ${table}`);
  return Number(row?.n);
}

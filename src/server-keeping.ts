/** Spool and sink as a server sets them up: where they live, how much they may hold, how many INSERTs run at once. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config/settings.ts';
import { SCHEMA_VERSION } from './model/schema.ts';
import { sinkObserver } from './server-observe.ts';
import type { ServerStore } from './server-store.ts';
import { createClickHouseInserter } from './sink/clickhouse-inserter.ts';
import { DeadLetters } from './sink/dead-letters.ts';
import { type Sink, startSink } from './sink/sink.ts';
import { diskErrorCode } from './spool/disk.ts';
import { nodeDisk } from './spool/node-disk.ts';
import { SYSTEM_CLOCK } from './spool/ports.ts';
import { openSpool, type Spool } from './spool/spool.ts';
import { storedColumns } from './spool/stored-columns.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

const DEAD_LETTER_BYTES_MAX = 1024 ** 3;
/** The embedded engine inserts one batch after the other: one runs, one is there when it ends. */
const INSERTS_EMBEDDED_MAX = 2;
const INSERTS_MAX = 4;

/** Opens the spool in the data directory; what an earlier process left is recovered in the background. */
export async function openServerSpool(config: Config, log: Log): Promise<Spool> {
  const spool = await openSpool({
    disk: nodeDisk(join(config.dataDir, 'spool')),
    durability: config.durability,
    maxBytes: config.spoolBytesMax,
    flushRows: config.flushRows,
    flushBytes: config.flushBytes,
    flushIntervalMs: config.flushIntervalMs,
    clock: SYSTEM_CLOCK,
    randomBytes,
    schemaVersion: SCHEMA_VERSION,
    columns: storedColumns(),
    log,
  });
  // Until somebody empties it, large segments are better than many.
  spool.holdAge(true);
  return spool;
}

/** Room below which the spool counts as full, whatever a small request might still find: large ones are refused already. */
const FULL_MARGIN_BYTES = 64 * 1024;
const FULL_MARGIN_SHARE = 0.01;

/** Whether new requests should come here at all. */
export function isTaking(spool: Spool): boolean {
  const { isWritable, bytes, maxBytes } = spool.status();
  return isWritable && maxBytes - bytes > FULL_MARGIN_BYTES + FULL_MARGIN_SHARE * maxBytes;
}

/** How soon a disk that does not let the dead letters be read (no descriptor left, no permission) is tried again. */
const RETRY_MS = 1000;

/** Opens the dead letters, however often it must be tried: what the disk refuses for a while must not end the server. */
async function openDeadLetters(config: Config, log: Log): Promise<DeadLetters> {
  for (;;) {
    try {
      const deadLetters = new DeadLetters(nodeDisk(join(config.dataDir, 'dead-letters')), DEAD_LETTER_BYTES_MAX);
      await deadLetters.refresh();
      return deadLetters;
    } catch (error) {
      log.warn({ cause: diskErrorCode(error) }, 'dead letters cannot be read, rows wait in the spool');
    }
    await sleep(RETRY_MS, undefined, { ref: false });
  }
}

/** Starts to empty the spool into a store whose tables are there. */
export async function startServerSink(
  config: Config,
  log: Log,
  metrics: Metrics,
  store: ServerStore,
  spool: Spool,
): Promise<Sink> {
  const deadLetters = await openDeadLetters(config, log);
  const sink = startSink({
    spool,
    inserter: createClickHouseInserter(store.inserts),
    deadLetters,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log,
    inFlightMax: store.isEmbedded ? INSERTS_EMBEDDED_MAX : INSERTS_MAX,
    events: sinkObserver(metrics),
  });
  spool.holdAge(false);
  return sink;
}

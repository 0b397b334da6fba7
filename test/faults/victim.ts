/**
 * The process that the kill harness kills: spool and sink on a real directory and a real engine, under load. Writes the
 * number of every acknowledged request to standard output, a line each. Started with one argument, VictimOptions as JSON.
 */

import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreClient } from '../../src/clickhouse/client.ts';
import { createClickHouseInserter } from '../../src/sink/clickhouse-inserter.ts';
import { DeadLetters } from '../../src/sink/dead-letters.ts';
import { startSink } from '../../src/sink/sink.ts';
import { nodeDisk } from '../../src/spool/node-disk.ts';
import { SYSTEM_CLOCK } from '../../src/spool/ports.ts';
import { openSpool } from '../../src/spool/spool.ts';
import { type KillPoint, KillSwitch } from './kill-points.ts';
import { SMALL_COLUMNS, smallFrame } from './small-tables.ts';

export interface VictimOptions {
  readonly directory: string;
  readonly url: string;
  readonly database: string;
  /** Number of the first request; undefined: no load, insert what is there and exit 0. */
  readonly firstRequest?: number | undefined;
  readonly killPoint?: KillPoint | undefined;
}

const APPENDS_AT_ONCE = 8;
/** A thousand rounds leave more than a thousand small segments. */
const DRAIN_MS = 1_800_000;

const options: VictimOptions = JSON.parse(process.argv[2] ?? '{}');
// Standard error is the test's: what a drain has to say is why it failed.
const tell = (fields: object, message: string): void => {
  if (options.firstRequest === undefined) console.error(message, fields);
};
const log = { info() {}, warn: tell, error: tell };
// The product's timers do not keep a process alive; here nothing else may be left to do while a retry waits. A victim
// whose harness has gone ends with it.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 1000);
const killSwitch = new KillSwitch(options.killPoint);
const spool = await openSpool({
  disk: killSwitch.disk(nodeDisk(join(options.directory, 'spool'))),
  durability: 'disk',
  maxBytes: 1024 ** 3,
  flushRows: 200,
  flushBytes: 1024 * 1024,
  flushIntervalMs: 60,
  clock: SYSTEM_CLOCK,
  randomBytes,
  schemaVersion: 1,
  columns: SMALL_COLUMNS,
  log,
});
const client = createStoreClient({ url: options.url, database: options.database, requestTimeoutMs: 5000 });
const deadLetters = new DeadLetters(nodeDisk(join(options.directory, 'dead-letters')), 64 * 1024 * 1024);
await deadLetters.refresh();
const sink = startSink({
  spool,
  inserter: killSwitch.inserter(createClickHouseInserter(client)),
  deadLetters,
  clock: SYSTEM_CLOCK,
  random: Math.random,
  log,
  inFlightMax: 2,
  events: { inserted() {}, flushed() {}, failed() {}, buried() {} },
});

async function endOrderly(): Promise<never> {
  await spool.recovered;
  const isEmpty = await sink.drain(DRAIN_MS);
  if (!isEmpty || deadLetters.files > 0) console.error('not drained', sink.status(), spool.status());
  process.exit(isEmpty && deadLetters.files === 0 ? 0 : 1);
}

if (options.firstRequest === undefined) await endOrderly();

let isStopping = false;
process.on('SIGTERM', () => {
  isStopping = true;
});
let next = options.firstRequest ?? 0;
async function load(): Promise<void> {
  while (!isStopping) {
    const request = next++;
    const nowMs = Date.now();
    const raw = smallFrame('events_raw', request, 1, nowMs);
    await spool.append([raw, smallFrame('coding_agent_events', request * 2, 2, nowMs, raw.requestIds)]);
    writeSync(1, `${request}\n`);
  }
}
await Promise.all(Array.from({ length: APPENDS_AT_ONCE }, load));
await endOrderly();

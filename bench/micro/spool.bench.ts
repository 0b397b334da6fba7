/**
 * Acknowledging 64 kB frames from disk: the spool's group commit at several depths, against a file write and sync of its
 * own for each append, and against the promise of memory alone. Runs are asynchronous, so it keeps its own clock.
 */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { Bench } from 'tinybench';
import type { Frame } from '../../src/model/frame.ts';
import { nodeDisk } from '../../src/spool/node-disk.ts';
import { SYSTEM_CLOCK } from '../../src/spool/ports.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';
import { storedColumns } from '../../src/spool/stored-columns.ts';
import { compact, type MicroResult } from '../micro-bench.ts';
import { printTable } from '../table.ts';

const FRAME_BYTES = 64 * 1024;
const RUN_MS = 1000;
const directory = await mkdtemp(join(tmpdir(), 'moda-bench-spool-'));

const bytes = Uint8Array.from(randomBytes(FRAME_BYTES));
const frame: Frame = {
  table: 'coding_agent_events',
  format: 'RowBinary',
  rows: 700,
  rawBytes: FRAME_BYTES * 4,
  bytes,
  crc32: crc32(bytes),
  requestIds: Uint8Array.from(randomBytes(16 * 8)),
  tenantRows: { acme: 700 },
  day: 20_000,
};

async function newSpool(name: string, durability: 'disk' | 'memory'): Promise<Spool> {
  const spool = await openSpool({
    disk: nodeDisk(join(directory, name)),
    durability,
    maxBytes: 4 * 1024 ** 3,
    flushRows: 50_000,
    flushBytes: 16 * 1024 ** 2,
    flushIntervalMs: 1000,
    clock: SYSTEM_CLOCK,
    randomBytes,
    schemaVersion: 1,
    columns: storedColumns(),
    log: { info() {}, warn() {}, error() {} },
  });
  // A sink that is always done: sealed segments go at once.
  spool.onSealed(() => {
    for (const segment of [...spool.segments()]) {
      spool.settle(segment, 'coding_agent_events', new Map(segment.summary.tenantRows.coding_agent_events.rows));
      spool.finish(segment);
    }
  });
  return spool;
}

const onDisk = await newSpool('disk', 'disk');
const inMemory = await newSpool('memory', 'memory');
await onDisk.append([frame]);
if (onDisk.spooledRows().get('acme') !== 700) throw new Error('the spool did not count the frame');

const appendAll = (spool: Spool, count: number) => () =>
  Promise.all(Array.from({ length: count }, () => spool.append([frame])));

const alone = await open(join(directory, 'alone'), 'w');
let aloneAt = 0;
async function writeAndSync(): Promise<void> {
  await alone.write(bytes, 0, FRAME_BYTES, aloneAt);
  aloneAt += FRAME_BYTES;
  await alone.datasync();
}

const syncing = await promisify(fs.open)(
  join(directory, 'dsync'),
  fs.constants.O_CREAT | fs.constants.O_WRONLY | (fs.constants.O_DSYNC ?? 0),
  0o600,
);
const write = promisify(fs.write);
let syncingAt = 0;
async function writeThrough(): Promise<void> {
  await write(syncing, bytes, 0, FRAME_BYTES, syncingAt);
  syncingAt += FRAME_BYTES;
}

async function measure(name: string, appends: number, run: () => Promise<unknown>) {
  const bench = new Bench({ time: RUN_MS, warmupTime: RUN_MS / 4, throws: true });
  bench.add(name, async () => void (await run()));
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await bench.run();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} gave no result`);
  const { p50, p99, p999 } = result.latency;
  const times = { p50: p50 * 1000, p99: p99 * 1000, p999: p999 * 1000 };
  return { name, rate: (appends / p50) * 1000, busy: (user + system) / 1000 / wallMs, ...times };
}

const measured = [
  await measure('spool, 64 at once', 64, appendAll(onDisk, 64)),
  await measure('spool, 8 at once', 8, appendAll(onDisk, 8)),
  await measure('spool, 1 at a time', 1, appendAll(onDisk, 1)),
  await measure('write and fdatasync of each', 1, writeAndSync),
  await measure('write with O_DSYNC of each', 1, writeThrough),
  await measure('spool in memory, 64 at once', 64, appendAll(inMemory, 64)),
];
await onDisk.close();
await alone.close();
fs.closeSync(syncing);
await rm(directory, { recursive: true, force: true });

const ours = measured[0]!.rate;
const cases = measured.map(({ busy: _, ...one }) => ({ ...one, oursTimes: ours / one.rate }));
const result: MicroResult = { kind: 'micro', title: 'append of a 64 kB frame, acknowledged', unit: 'appends', cases };
printTable(
  result.title,
  ['', 'appends/s', 'p50 µs', 'p99 µs', 'CPU of the process'],
  measured.map(({ name, rate, p50, p99, busy }) => [
    name,
    compact(rate),
    p50.toFixed(0),
    p99.toFixed(0),
    `${Math.round(busy * 100)} %`,
  ]),
);
process.send?.(result);

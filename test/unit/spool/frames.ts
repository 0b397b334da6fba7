/** Frames, disks and spools for the spool's tests: payloads are plain bytes, the spool never looks inside. */

import { crc32 } from 'node:zlib';
import type { Frame } from '../../../src/model/frame.ts';
import type { TableName } from '../../../src/model/schema.ts';
import type { Disk, DiskFile } from '../../../src/spool/disk.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import type { Clock } from '../../../src/spool/ports.ts';
import { openSpool, type Spool, type SpoolOptions } from '../../../src/spool/spool.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';

/** A frame whose one request has the id `request` in all 16 bytes. */
export function frame(table: TableName, request: number, rows = 1, payloadBytes = 20, day = 20_000): Frame {
  const bytes = new Uint8Array(payloadBytes).fill(request);
  return {
    table,
    format: 'RowBinary',
    rows,
    rawBytes: payloadBytes * 2,
    bytes,
    crc32: crc32(bytes),
    requestIds: new Uint8Array(16).fill(request),
    tenantRows: { acme: rows },
    day,
  };
}

export const SILENT = { info() {}, warn() {}, error() {} };

/** Virtual time whose events the test runs; `soon` comes at once, as the end of a turn. */
export function testClock(): { clock: Clock; time: VirtualTime; run: (untilMs: number) => Promise<boolean> } {
  const time = new VirtualTime(20_000 * 86_400_000);
  const start = time.nowMs;
  const clock = { ...time.clock(() => true), soon: (task: () => void) => void setImmediate(task) };
  return { clock, time, run: (untilMs) => time.runUntil(() => false, start + untilMs) };
}

let ids = 0;

export function spoolOn(disk: Disk, clock: Clock, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  return openSpool({
    disk,
    durability: 'disk',
    maxBytes: 10_000_000,
    flushRows: 1000,
    flushBytes: 1_000_000,
    flushIntervalMs: 1000,
    clock,
    randomBytes: (count) => new Uint8Array(count).fill(++ids),
    schemaVersion: 1,
    columns: { events_raw: [['request_id', 'UUID']], coding_agent_events: [['event_id', 'FixedString(16)']] },
    log: SILENT,
    ...options,
  });
}

/** A disk that counts writes to segments and fails on demand. */
export function watchedDisk(): Disk & { writes: number[]; fail: (name: string) => string | undefined } {
  const inner = memoryDisk();
  const wrap = (name: string, file: DiskFile): DiskFile => ({
    writeDurably(buffers, position) {
      const code = disk.fail(name);
      if (code !== undefined) return Promise.reject(Object.assign(new Error(code), { code }));
      if (name.endsWith('.segment') && position > 0) disk.writes.push(buffers.length);
      return file.writeDurably(buffers, position);
    },
    read: (position, length) => file.read(position, length),
    size: () => file.size(),
    truncateDurably: (length) => file.truncateDurably(length),
    close: () => file.close(),
  });
  const disk = {
    ...inner,
    writes: [] as number[],
    fail: (_name: string): string | undefined => undefined,
    create: async (name: string) => wrap(name, await inner.create(name)),
    open: async (name: string) => wrap(name, await inner.open(name)),
  };
  return disk;
}

/** A disk that counts the files that are open. */
export function countedDisk(inner: Disk): Disk & { count: () => number } {
  let count = 0;
  const wrap = (file: DiskFile): DiskFile => {
    count += 1;
    return {
      writeDurably: (buffers, position) => file.writeDurably(buffers, position),
      read: (position, length) => file.read(position, length),
      size: () => file.size(),
      truncateDurably: (length) => file.truncateDurably(length),
      close() {
        count -= 1;
        return file.close();
      },
    };
  };
  return {
    ...inner,
    create: async (name) => wrap(await inner.create(name)),
    open: async (name) => wrap(await inner.open(name)),
    count: () => count,
  };
}

/** First bytes of the raw frames in the sealed segments, in order: the requests of `frame`. */
export async function payloads(spool: Spool): Promise<number[]> {
  const units = await Promise.all(spool.segments().map((segment) => segment.load('events_raw')));
  return units.flat().map((unit) => unit.frames[0]!.payload[0]!);
}

/** What works in the background on a disk in memory is done after these. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

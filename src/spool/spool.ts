/**
 * The spool: frames in, segments out. What `append` has acknowledged survives a kill at any instruction
 * (MODA_DURABILITY=disk) and leaves only when the sink says that its rows are in the tables or among the dead letters.
 */

import { IngestError } from '../errors.ts';
import type { Frame } from '../model/frame.ts';
import type { TableName } from '../model/schema.ts';
import type { Disk } from './disk.ts';
import { FACT_FILE_BYTES } from './fact-file.ts';
import { memoryDisk } from './memory-disk.ts';
import { RESERVED_OF_FREE } from './open-segment.ts';
import type { Clock, EventLog } from './ports.ts';
import type { SealedSegment } from './sealed-segment.ts';
import { SealedStore } from './sealed-store.ts';
import type { StoredColumns } from './segment-header.ts';
import { SegmentWriter, type SpoolFault } from './segment-writer.ts';
import { spill } from './spill.ts';

export interface SpoolOptions {
  /** The spool's own directory; nobody else writes to it (the data directory's lock is the caller's). */
  readonly disk: Disk;
  readonly durability: 'disk' | 'memory';
  /** MODA_SPOOL_MAX_BYTES. */
  readonly maxBytes: number;
  readonly flushRows: number;
  readonly flushBytes: number;
  readonly flushIntervalMs: number;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly schemaVersion: number;
  /** Columns of both tables as this server encodes them (`storedColumns`). */
  readonly columns: StoredColumns;
  readonly log: EventLog;
  /** Memory that durability `memory` may take; for tests. */
  readonly memory?: MemoryBounds;
}

/** Beyond `keptBytes` sealed segments go to the disk; beyond `bytesMax` (a disk that cannot follow) appends are refused. */
export interface MemoryBounds {
  readonly keptBytes: number;
  readonly bytesMax: number;
}

export interface SpoolStatus {
  /** False: /readyz is red, and every append is refused with `fault.code` or SPOOL_FULL. */
  readonly isWritable: boolean;
  readonly fault: SpoolFault | undefined;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Sealed segments that wait for the tables. */
  readonly segments: number;
  /** Age of the oldest of them. */
  readonly oldestAgeMs: number;
}

export interface Spool {
  /**
   * Resolves when the frames are kept as MODA_DURABILITY promises. Rejects with an IngestError: SPOOL_FULL, SPOOL_FAILED
   * or DRAINING. All frames of a call are kept or none; the caller must not change them afterwards.
   */
  append(frames: readonly Frame[]): Promise<void>;
  /** Seals what is open, whatever its size and age. */
  sealNow(): Promise<void>;
  /** Sealed segments, oldest first; a live view. */
  segments(): readonly SealedSegment[];
  /** `listener` is called whenever a segment was added to `segments()`. */
  onSealed(listener: () => void): void;
  /** The rows of `tenantRows` are in the table or among the dead letters. */
  settle(segment: SealedSegment, table: TableName, tenantRows: ReadonlyMap<string, number>): void;
  /** Every row of the segment is settled: it leaves `segments()`, and its files are removed in the background. */
  finish(segment: SealedSegment): void;
  /** While held (the store is away) segments grow older before they are sealed. */
  holdAge(isHeld: boolean): void;
  status(): SpoolStatus;
  /** Rows per tenant that are acknowledged and not settled. */
  spooledRows(): ReadonlyMap<string, number>;
  /** Rows per tenant that this process found on the disk: the other way into the ledger besides `append`. */
  recoveredRows(): ReadonlyMap<string, number>;
  /** Resolves when all that earlier processes left is in `segments()`; appends do not wait for it. */
  readonly recovered: Promise<void>;
  /** Refuses appends, commits what waits and seals. With durability `memory` what is left goes to the disk. */
  close(): Promise<void>;
}

/** Head and sidecar of a segment take less. */
const SEGMENT_OVERHEAD_BYTES = 16 * 1024 + FACT_FILE_BYTES;

/** Appends are refused before the last bytes: what they wait with may need two more segments. */
const RESERVE_BYTES = 2 * SEGMENT_OVERHEAD_BYTES;

/** A disk that refuses the last seal, or never ends a commit, must not keep the process; the next one recovers the segment. */
const CLOSE_MS = 2000;

/** What is left in memory is lost otherwise, so a slow disk gets more time. */
const SPILL_MS = 30_000;

const MIB = 1024 * 1024;

/** An outage of the store must not fill the memory. At least a few segments fit, however large they are set. */
function memoryBounds(flushBytes: number): MemoryBounds {
  return { keptBytes: Math.max(64 * MIB, 2 * flushBytes), bytesMax: Math.max(256 * MIB, 8 * flushBytes) };
}

/** Opens the spool and begins to recover what is there. Fails when the directory cannot be read. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { maxBytes, clock, log, disk } = options;
  const store = new SealedStore(clock, log);
  const home = options.durability === 'memory' ? memoryDisk() : disk;
  const memory = options.memory ?? memoryBounds(options.flushBytes);
  let sealing: Promise<void> = Promise.resolve();
  const freeMemory = (): number => memory.bytesMax - store.bytesOn(home) - writer.bytes;
  // The last eighth: large requests are refused there already.
  const isMemoryFull = (): boolean => home !== disk && freeMemory() < memory.bytesMax / 8;
  const freeBytes = (): number => {
    const free = maxBytes - RESERVE_BYTES - store.bytes - writer.bytes;
    return home === disk ? free : Math.min(free, freeMemory());
  };
  const writer = new SegmentWriter({
    ...options,
    disk: home,
    freeBytes,
    reservableBytes: () =>
      home === disk ? Math.min(options.flushBytes, Math.floor(freeBytes() * RESERVED_OF_FREE)) : 0,
    hasRoomForSegment: () => freeBytes() + RESERVE_BYTES >= SEGMENT_OVERHEAD_BYTES,
    discard: (task) => store.discard(task),
    onFull(segment) {
      const sealed = store.seal(segment, home, memory.keptBytes, disk);
      sealing = Promise.all([sealing, sealed]).then(() => undefined);
    },
  });
  const leftovers = await store.findLeftovers(disk);
  const recovered = store.recover(disk, leftovers);
  return {
    append: (frames) => appendByDay(writer, store, frames),
    async sealNow() {
      await writer.sealAll();
      await sealing;
    },
    segments: () => store.segments,
    onSealed: (listener) => store.onSealed(listener),
    settle(segment, table, tenantRows) {
      store.spooled.add(tenantRows, -1);
      segment.summary.tenantRows[table].add(tenantRows, -1);
    },
    finish: (segment) => store.finish(segment),
    holdAge: (isHeld) => writer.holdAge(isHeld),
    status: () => ({
      isWritable: writer.fault === undefined && freeBytes() > 0 && !isMemoryFull(),
      fault: writer.fault,
      bytes: store.bytes + writer.bytes,
      maxBytes,
      segments: store.segments.length,
      oldestAgeMs: Math.max(0, clock.nowMs() - (store.segments[0]?.header.openedAtMs ?? clock.nowMs())),
    }),
    spooledRows: () => store.spooled.rows,
    recoveredRows: () => store.recovered.rows,
    recovered,
    async close() {
      await within(clock, CLOSE_MS, writer.close());
      await within(clock, CLOSE_MS, sealing);
      // Ends the retries: a segment that was on its way to the disk is then among those in memory, and goes with them.
      store.close();
      if (home === disk) return;
      const spilling = sealing.then(() => spill(store.segments, home, disk, log));
      await within(clock, SPILL_MS, spilling);
    },
  };
}

/** Waits for `work`, but not longer. */
function within(clock: Clock, timeoutMs: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise<void>((resolve) => void clock.after(timeoutMs, resolve))]);
}

/** Rows of two days never share a batch; frames that come mixed are kept day by day. */
async function appendByDay(writer: SegmentWriter, store: SealedStore, frames: readonly Frame[]): Promise<void> {
  const days = new Set(frames.map((frame) => frame.day));
  const kept = [...days].map(async (day) => {
    const own = days.size === 1 ? frames : frames.filter((frame) => frame.day === day);
    await writer.append(own);
    for (const frame of own) store.spooled.add(frame.tenantRows);
  });
  const failed = (await Promise.allSettled(kept)).find((result) => result.status === 'rejected');
  if (failed === undefined) return;
  throw failed.reason instanceof IngestError ? failed.reason : new IngestError('SPOOL_FAILED');
}

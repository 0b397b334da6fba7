/**
 * Group commit into the open segments. While one commit is under way the appends that arrive wait together and go with
 * the next: the tick of the group is the time of one sync, and an idle spool commits at the end of the event-loop turn.
 * Measured with 64 kB frames on two cores and ext4 (bench/micro/spool.bench.ts): a tick of one append 0.37 ms at the
 * median, 9 000 appends/s from 8 at once on (the disk's own limit), 3 µs of the main thread for an append.
 */

import { type ErrorCode, IngestError } from '../errors.ts';
import type { Frame, InsertFormat } from '../model/frame.ts';
import { type Disk, diskErrorCode, isDiskFull } from './disk.ts';
import type { Discard } from './fact-file.ts';
import { NextSegment } from './next-segment.ts';
import { type Append, OpenSegment, type Reservation } from './open-segment.ts';
import type { Clock, EventLog } from './ports.ts';
import { encodeTenantRows, storedBytes } from './segment-frames.ts';
import { SEGMENT_FORMAT_VERSION, type StoredColumns } from './segment-header.ts';
import { type Waiting, WaitingAppends } from './waiting-appends.ts';

/** Bytes waiting for a commit, for a disk that hangs; over it SPOOL_FULL. */
const PENDING_BYTES_MAX = 256 * 1024 * 1024;

/** Today and yesterday around midnight, or two formats; a third makes the oldest be sealed. */
const OPEN_SEGMENTS_MAX = 2;

/** A commit that takes longer is of a disk that hangs: nobody is let in to wait behind it. */
const HUNG_AFTER_MS = 5000;

/** How often a disk that refused is tried again. */
const PROBE_INTERVAL_MS = 1000;

/** While the store is away a segment may grow this much older than flushIntervalMs: fewer, larger batches afterwards. */
const HELD_AGE_FACTOR = 60;

export interface WriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly schemaVersion: number;
  readonly columns: StoredColumns;
  readonly flushRows: number;
  readonly flushBytes: number;
  readonly flushIntervalMs: number;
  /** Bytes that may be taken for the next segment beforehand. */
  readonly reservableBytes: () => number;
  /** Bytes that the spool may still take. */
  readonly freeBytes: () => number;
  /** Whether the files of one more segment still fit. */
  readonly hasRoomForSegment: () => boolean;
  /** Takes the removal of what a failed opening of a segment left. */
  readonly discard: Discard;
  /** Takes a segment that gets no more frames. */
  readonly onFull: (segment: OpenSegment) => void;
}

/** The bound of the spool is met like that of the disk. */
class SpoolFull extends Error {
  readonly code = 'ENOSPC';
}

interface Slot {
  readonly segment: OpenSegment;
  /** When the first frames came; undefined while it is empty. */
  filledAtMs: number | undefined;
  isDue: boolean;
}

export type SpoolFault = { readonly code: 'SPOOL_FULL' | 'SPOOL_FAILED'; readonly cause: string };

const HUNG: SpoolFault = { code: 'SPOOL_FAILED', cause: 'ETIMEDOUT' };

export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #open = new Map<string, Slot>();
  readonly #next: NextSegment;
  readonly #waiting = new WaitingAppends();
  #isRunning = false;
  #isClosed = false;
  #isAgeHeld = false;
  #failuresInRow = 0;
  #fault: SpoolFault | undefined;
  #isHung = false;
  #idle: (() => void)[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    // While the age is held, segments become as old as one made ahead may not be.
    const reservableBytes = (): number => (this.#isAgeHeld ? 0 : options.reservableBytes());
    const next = { ...options, reservableBytes, open: this.#openSegment.bind(this), giveUp: options.onFull };
    this.#next = new NextSegment(next);
  }

  /** Set while the disk refuses or hangs: every append is rejected with its code until a probe succeeds or it moves. */
  get fault(): SpoolFault | undefined {
    return this.#fault ?? (this.#isHung ? HUNG : undefined);
  }

  /** Bytes of the open segments and the next one, and of what waits for them. */
  get bytes(): number {
    let bytes = this.#waiting.bytes + this.#next.bytes;
    for (const slot of this.#open.values()) bytes += slot.segment.diskBytes;
    return bytes;
  }

  /** See Spool.append. */
  append(frames: readonly Frame[]): Promise<void> {
    const first = frames[0];
    if (first === undefined) return Promise.resolve();
    const tenants = frames.map(encodeTenantRows);
    const bytes = frames.reduce((sum, frame, index) => sum + storedBytes(frame, tenants[index]!), 0);
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) return Promise.reject(new IngestError(refusal));
    return new Promise((resolve, reject) => {
      const { day, format } = first;
      this.#waiting.add({ frames, tenants, day, format, storedBytes: bytes, resolve, reject });
      this.#wake();
    });
  }

  #refusal(bytes: number): ErrorCode | undefined {
    if (this.#isClosed) return 'DRAINING';
    if (this.fault !== undefined) return this.fault.code;
    if (bytes > this.#options.freeBytes() || this.#waiting.bytes + bytes > PENDING_BYTES_MAX) return 'SPOOL_FULL';
    return undefined;
  }

  /** Seals what is open as soon as its last commit ended; resolves when the segments were handed on. */
  sealAll(): Promise<void> {
    for (const slot of this.#open.values()) slot.isDue = true;
    this.#wake();
    return this.#isRunning ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** Lets segments grow old while nothing can be inserted. */
  holdAge(isHeld: boolean): void {
    this.#isAgeHeld = isHeld;
  }

  /** Refuses new appends, commits what waits and seals. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.sealAll();
    // A slot that was opened by the last commits.
    await this.sealAll();
    await this.#next.close();
  }

  #wake(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#options.clock.soon(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#handOnDue();
      const group = this.#waiting.takeGroup();
      if (group === undefined) break;
      await this.#commit(group);
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let slot: Slot | undefined;
    const cancelWatch = this.#options.clock.after(HUNG_AFTER_MS, () => this.#onHung(group));
    try {
      slot = await this.#slotFor(group[0]!.day, group[0]!.format);
      await slot.segment.commit(group);
    } catch (error) {
      this.#fail(group, slot, error);
      return;
    } finally {
      cancelWatch();
      if (this.#isHung) this.#options.log.info({}, 'the disk answers again');
      this.#isHung = false;
      this.#waiting.end(group);
    }
    this.#failuresInRow = 0;
    this.#noteFilled(slot);
    for (const append of group) append.resolve();
  }

  /** The requests of the commit itself stay without an answer: their rows may be kept yet. */
  #onHung(group: readonly Waiting[]): void {
    this.#isHung = true;
    this.#options.log.warn(
      { requests: group.length },
      'the disk does not answer, new requests are refused until it does',
    );
    this.#waiting.refuse(HUNG.code);
  }

  #noteFilled(slot: Slot): void {
    const { flushRows, flushBytes, flushIntervalMs, clock } = this.#options;
    const { header, summary, durableBytes } = slot.segment;
    if (summary.rows.coding_agent_events >= flushRows || durableBytes >= flushBytes) slot.isDue = true;
    if (slot.filledAtMs !== undefined) return;
    slot.filledAtMs = clock.nowMs();
    if (this.#options.hasRoomForSegment()) this.#next.prepare(header.day, header.format);
    clock.after(flushIntervalMs, () => this.#age(slot));
  }

  #age(slot: Slot): void {
    if (this.#open.get(slotKey(slot.segment.header)) !== slot) return;
    const { clock, flushIntervalMs } = this.#options;
    const ageMs = clock.nowMs() - (slot.filledAtMs ?? 0);
    if (this.#isAgeHeld && ageMs < flushIntervalMs * HELD_AGE_FACTOR) {
      clock.after(flushIntervalMs, () => this.#age(slot));
      return;
    }
    slot.isDue = true;
    this.#wake();
  }

  #handOnDue(): void {
    for (const slot of [...this.#open.values()]) if (slot.isDue) this.#handOn(slot);
  }

  #handOn(slot: Slot): void {
    if (!slot.segment.isEmpty) this.#next.ended(slot.segment.durableBytes);
    this.#open.delete(slotKey(slot.segment.header));
    this.#options.onFull(slot.segment);
  }

  async #slotFor(day: number, format: InsertFormat): Promise<Slot> {
    const known = this.#open.get(slotKey({ day, format }));
    if (known !== undefined) return known;
    const segment = (await this.#next.take(day, format)) ?? (await this.#openSegment(day, format));
    const slot: Slot = { segment, filledAtMs: undefined, isDue: false };
    const oldest = this.#open.values().next().value;
    if (oldest !== undefined && this.#open.size >= OPEN_SEGMENTS_MAX) this.#handOn(oldest);
    this.#open.set(slotKey({ day, format }), slot);
    return slot;
  }

  async #openSegment(day: number, format: InsertFormat, reservation?: Reservation): Promise<OpenSegment> {
    const { disk, clock, randomBytes, schemaVersion, columns, discard } = this.#options;
    if (!this.#options.hasRoomForSegment()) throw new SpoolFull();
    const id = Buffer.from(randomBytes(16)).toString('hex');
    const times = { day, openedAtMs: clock.nowMs() };
    const header = { version: SEGMENT_FORMAT_VERSION, schemaVersion, format, id, ...times, columns };
    return OpenSegment.open(disk, header, discard, reservation);
  }

  /** Its requests are refused and its segment ends at the last durable byte; one failure is forgiven, a second is a fault. */
  #fail(group: readonly Waiting[], slot: Slot | undefined, error: unknown): void {
    const code = isDiskFull(error) ? 'SPOOL_FULL' : 'SPOOL_FAILED';
    for (const append of group) append.reject(new IngestError(code));
    if (slot !== undefined) this.#handOn(slot);
    if (isDiskFull(error)) void this.#next.drop();
    this.#failuresInRow += 1;
    const fields = { cause: diskErrorCode(error), requests: group.length };
    this.#options.log.warn(fields, 'spool commit failed, requests refused');
    if (slot === undefined || this.#failuresInRow > 1) this.#setFault({ code, cause: diskErrorCode(error) }, group[0]!);
  }

  #setFault(fault: SpoolFault, append: Append): void {
    this.#fault = fault;
    // A probe that found it would say nothing about the disk.
    void this.#next.drop();
    this.#waiting.refuse(fault.code);
    this.#probeLater(append);
  }

  /** Tries to open a segment like the one that failed until that works. */
  #probeLater(like: Append): void {
    this.#options.clock.after(PROBE_INTERVAL_MS, () => void this.#probe(like));
  }

  async #probe(like: Append): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#slotFor(like.day, like.format);
    } catch (error) {
      this.#fault = { code: isDiskFull(error) ? 'SPOOL_FULL' : 'SPOOL_FAILED', cause: diskErrorCode(error) };
      this.#probeLater(like);
      return;
    }
    this.#fault = undefined;
    this.#options.log.info({}, 'spool can be written again');
  }
}

function slotKey(of: { readonly day: number; readonly format: InsertFormat }): string {
  return `${of.day} ${of.format}`;
}

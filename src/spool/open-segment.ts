/**
 * The segment that takes new frames: one file per UTC day and format. Only bytes up to the last durable append are part
 * of it; after a failed write or sync it is given up there, and the file is never written or synced again.
 */

import type { Frame, InsertFormat } from '../model/frame.ts';
import type { TableName } from '../model/schema.ts';
import type { Disk, DiskFile } from './disk.ts';
import { type Discard, FACT_FILE_BYTES, FactFile } from './fact-file.ts';
import { Ledger } from './ledger.ts';
import { baseName, segmentName } from './segment-files.ts';
import { encodeFrameHead, frameSeed } from './segment-frames.ts';
import { encodeHeader, type SegmentHeader, TABLE_ORDER } from './segment-header.ts';
import { groupByRequest } from './segment-units.ts';

/** The frames of one append, sized. All share day and format. */
export interface Append {
  readonly frames: readonly Frame[];
  /** encodeTenantRows of each frame. */
  readonly tenants: readonly Uint8Array[];
  readonly day: number;
  readonly format: InsertFormat;
  readonly storedBytes: number;
}

/** What a segment holds, counted while it is filled. */
export interface SegmentSummary {
  readonly units: Readonly<Record<TableName, number>>;
  readonly rows: Readonly<Record<TableName, number>>;
  /** Rows that are not yet settled, by tenant. */
  readonly tenantRows: Readonly<Record<TableName, Ledger>>;
}

/** Zeros to be written behind the head beforehand. */
export interface Reservation {
  readonly bytes: number;
  /** Asked between two writes: the segment is waited for, what was reserved must do. */
  readonly isOver: () => boolean;
}

const ZEROS = new Uint8Array(1024 * 1024);

/** Of what spool and disk have left at most this is reserved: the last room is for rows. */
export const RESERVED_OF_FREE = 1 / 8;

/** Zeros that were not used are cut off when they are more than this, and than half of what was. */
const WASTE_BYTES_MAX = 64 * 1024;

export class OpenSegment {
  readonly header: SegmentHeader;
  readonly base: string;
  /** Offset of the first frame. */
  readonly framesAt: number;
  readonly facts: FactFile;
  readonly summary = {
    units: { events_raw: 0, coding_agent_events: 0 },
    rows: { events_raw: 0, coding_agent_events: 0 },
    tenantRows: { events_raw: new Ledger(), coding_agent_events: new Ledger() },
  };
  readonly #file: DiskFile;
  readonly #seed: number;
  #durableBytes: number;
  /** Length of the file when it was made. */
  #reservedBytes: number;
  #hasFailed = false;

  private constructor(header: SegmentHeader, made: SegmentFile, facts: FactFile) {
    const { file, headerBytes } = made;
    this.#reservedBytes = made.bytes;
    this.header = header;
    this.base = baseName(header.openedAtMs, header.id);
    this.facts = facts;
    this.#file = file;
    this.#seed = frameSeed(header.id);
    this.framesAt = headerBytes;
    this.#durableBytes = headerBytes;
  }

  /**
   * Makes segment and sidecar; both names are durable when it returns. What a failure leaves on the disk is removed by the
   * tasks that `discard` gets. What is reserved is filled with zeros: a synced write into it changes nothing but data, while
   * one that makes the file longer waits for the file system's journal, and with it for whatever the store has written
   * (ext4: five waits of 60 to 280 ms a minute beside a busy store, none or one in a file that was filled).
   */
  static async open(
    disk: Disk,
    header: SegmentHeader,
    discard: Discard,
    reservation?: Reservation,
  ): Promise<OpenSegment> {
    const base = baseName(header.openedAtMs, header.id);
    const facts = await FactFile.create(disk, base, header.id, discard);
    try {
      const made = await createSegment(disk, segmentName(base), encodeHeader(header), discard, reservation);
      return new OpenSegment(header, made, facts);
    } catch (error) {
      discard(() => facts.remove());
      throw error;
    }
  }

  /** Length of the part that is durable. */
  get durableBytes(): number {
    return this.#durableBytes;
  }

  /** Bytes on disk, with what is reserved and the sidecar. */
  get diskBytes(): number {
    return Math.max(this.#durableBytes, this.#reservedBytes) + FACT_FILE_BYTES;
  }

  get isEmpty(): boolean {
    return TABLE_ORDER.every((table) => this.summary.units[table] === 0);
  }

  /** Group commit: all appends in one write and one sync. */
  async commit(appends: readonly Append[]): Promise<void> {
    const buffers: Uint8Array[] = [];
    let bytes = 0;
    for (const append of appends) {
      append.frames.forEach((frame, index) => {
        const isLast = index === append.frames.length - 1;
        buffers.push(encodeFrameHead(frame, append.tenants[index]!, isLast, this.#seed), frame.bytes);
      });
      bytes += append.storedBytes;
    }
    try {
      await this.#file.writeDurably(buffers, this.#durableBytes);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
    this.#durableBytes += bytes;
    for (const append of appends) this.#count(append.frames);
  }

  #count(frames: readonly Frame[]): void {
    for (const table of TABLE_ORDER) {
      const own = frames.filter((frame) => frame.table === table);
      this.summary.units[table] += groupByRequest(own).length;
      for (const frame of own) {
        this.summary.rows[table] += frame.rows;
        this.summary.tenantRows[table].add(frame.tenantRows);
      }
    }
  }

  /** Makes the end of the segment durable, in the sidecar: the segment's own file may have failed. */
  async seal(): Promise<void> {
    await this.facts.record({ kind: 'sealed', bytes: this.#durableBytes });
  }

  /** Closes the segment's file, cut to what it holds; what closing says of an abandoned file does not matter. */
  async close(): Promise<void> {
    await this.#cutWaste().catch(() => undefined);
    await this.#file.close().catch(() => undefined);
  }

  async #cutWaste(): Promise<void> {
    const wastedBytes = this.#reservedBytes - this.#durableBytes;
    if (this.#hasFailed || this.isEmpty || wastedBytes <= Math.max(WASTE_BYTES_MAX, this.#durableBytes / 2)) return;
    await this.#file.truncateDurably(this.#durableBytes);
    this.#reservedBytes = 0;
  }
}

interface SegmentFile {
  readonly file: DiskFile;
  readonly headerBytes: number;
  /** Length of the file. */
  readonly bytes: number;
}

async function createSegment(
  disk: Disk,
  name: string,
  head: Uint8Array,
  discard: Discard,
  reservation: Reservation | undefined,
): Promise<SegmentFile> {
  const file = await disk.create(name);
  try {
    await file.writeDurably([head], 0);
    await disk.syncDirectory();
    const bytes = reservation === undefined ? head.length : await reserve(disk, file, head.length, reservation);
    return { file, headerBytes: head.length, bytes };
  } catch (error) {
    discard(() => disk.remove(name));
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Writes zeros from `from` on; returns the file's length. */
async function reserve(disk: Disk, file: DiskFile, from: number, { bytes, isOver }: Reservation): Promise<number> {
  const end = Math.min(bytes, from + (await disk.freeBytes()) * RESERVED_OF_FREE);
  let at = from;
  while (at < end && !isOver()) {
    const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, Math.ceil(end - at)));
    await file.writeDurably([zeros], at);
    at += zeros.length;
  }
  return at;
}

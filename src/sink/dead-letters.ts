/**
 * Rows that the store will never take, each batch piece in a file of its own beside the reason: the format is that of a
 * segment, so that resubmitting one is moving it into the spool. Bounded; when full nothing more is set aside and the
 * segments wait in the spool.
 */

import { createHash } from 'node:crypto';
import type { TableName } from '../model/schema.ts';
import { type Disk, openIfThere } from '../spool/disk.ts';
import { baseName, RESUBMITTED } from '../spool/segment-files.ts';
import { encodeFrameHead, encodeTenantRows, frameSeed, type StoredFrame } from '../spool/segment-frames.ts';
import { decodeHeader, encodeHeader, type SegmentHeader } from '../spool/segment-header.ts';
import { readUnits, type Unit } from '../spool/segment-units.ts';

export const DEAD_LETTER = '.dead';
const UNFINISHED = '.tmp';

/** Files, besides the bytes: a directory must stay listable. */
const FILES_MAX = 10_000;

export interface DeadLetter {
  readonly name: string;
  readonly bytes: number;
  readonly header: SegmentHeader;
  readonly rows: Readonly<Record<TableName, number>>;
}

export class DeadLetters {
  readonly #disk: Disk;
  readonly #maxBytes: number;
  /** Bytes by name. */
  readonly #letters = new Map<string, number>();

  constructor(disk: Disk, maxBytes: number) {
    this.#disk = disk;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    let sum = 0;
    for (const bytes of this.#letters.values()) sum += bytes;
    return sum;
  }

  get files(): number {
    return this.#letters.size;
  }

  /** Brings the counts in line with the directory, which the command may have changed. */
  async refresh(): Promise<void> {
    // Those that come while the directory is read are not in the list.
    const before = [...this.#letters.keys()];
    const names = new Set((await this.#disk.list()).filter((name) => name.endsWith(DEAD_LETTER)));
    for (const name of before) if (!names.has(name)) this.#letters.delete(name);
    for (const name of names) {
      if (this.#letters.has(name)) continue;
      const file = await openIfThere(this.#disk, name);
      if (file === undefined) continue;
      try {
        this.#letters.set(name, await file.size());
      } finally {
        await file.close();
      }
    }
  }

  /**
   * Keeps `units` (never empty) durably; false when there is no room. Called again for the same units after a crash it
   * replaces the file instead of adding one. Fails with the disk's error.
   */
  async bury(header: SegmentHeader, table: TableName, from: number, units: readonly Unit[], reason: string) {
    const key = `${header.id} ${table} ${from} ${from + units.length}`;
    const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
    const name = baseName(header.openedAtMs, id) + DEAD_LETTER;
    const buffers = encodeLetter({ ...header, id, reason }, units);
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const freed = this.#letters.get(name);
    const isFull = freed === undefined && this.#letters.size >= FILES_MAX;
    if (isFull || this.bytes - (freed ?? 0) + bytes > this.#maxBytes) return false;
    const unfinished = name + UNFINISHED;
    await this.#disk.remove(unfinished);
    const file = await this.#disk.create(unfinished);
    try {
      await file.writeDurably(buffers, 0);
    } finally {
      await file.close();
    }
    await this.#disk.rename(unfinished, name);
    await this.#disk.syncDirectory();
    this.#letters.set(name, bytes);
    return true;
  }
}

function encodeLetter(header: SegmentHeader, units: readonly Unit[]): Uint8Array[] {
  const seed = frameSeed(header.id);
  const buffers: Uint8Array[] = [encodeHeader(header)];
  for (const unit of units) {
    unit.frames.forEach((stored, index) => {
      const frame = asFrame(stored, header);
      const isLast = index === unit.frames.length - 1;
      buffers.push(encodeFrameHead(frame, encodeTenantRows(frame), isLast, seed), stored.payload);
    });
  }
  return buffers;
}

function asFrame(stored: StoredFrame, header: SegmentHeader) {
  const { table, rows, rawBytes, payload, payloadCrc32, requestIds, tenantRows } = stored;
  const { format, day } = header;
  return { table, format, day, rows, rawBytes, bytes: payload, crc32: payloadCrc32, requestIds, tenantRows };
}

/** One dead letter; undefined when the file cannot be read as one. */
export async function readDeadLetter(disk: Disk, name: string): Promise<DeadLetter | undefined> {
  const file = await disk.open(name);
  try {
    const bytes = await file.read(0, await file.size());
    const head = decodeHeader(bytes);
    if (head === undefined) return undefined;
    const { units } = readUnits(bytes, head.framesAt, frameSeed(head.header.id), false);
    const rowsOf = (table: TableName): number => units[table].reduce((sum, unit) => sum + unit.rows, 0);
    const rows = { events_raw: rowsOf('events_raw'), coding_agent_events: rowsOf('coding_agent_events') };
    return { name, bytes: bytes.length, header: head.header, rows };
  } finally {
    await file.close();
  }
}

/** What a dead letter is called in the spool's directory until the spool adopts it. */
export function resubmittedName(name: string): string {
  return name.slice(0, -DEAD_LETTER.length) + RESUBMITTED;
}

/**
 * A segment that takes no more frames: the batch. The sink reads its units, records what became of them, and finishes it
 * when both tables are settled.
 */

import type { TableName } from '../model/schema.ts';
import type { Disk } from './disk.ts';
import type { FactFile } from './fact-file.ts';
import { type Fact, type PartRecord, partsOf } from './facts.ts';
import type { SegmentSummary } from './open-segment.ts';
import { damagedName, segmentName } from './segment-files.ts';
import { frameSeed } from './segment-frames.ts';
import type { SegmentHeader } from './segment-header.ts';
import { readUnits, type Unit } from './segment-units.ts';

export interface SealedParts {
  readonly header: SegmentHeader;
  readonly base: string;
  /** Offset of the first frame. */
  readonly framesAt: number;
  /** Length of the segment's file that is part of it. */
  readonly bytes: number;
  /** Bytes on disk, with what was reserved and the sidecar. */
  readonly diskBytes: number;
  readonly summary: SegmentSummary;
  readonly facts: FactFile;
  readonly disk: Disk;
  /** The sidecar was missing although frames were there: an INSERT may have been begun. */
  readonly isOfUnknownFate: boolean;
  /** The frames could not be walked to the end. */
  readonly isDamaged: boolean;
}

export class SealedSegment {
  readonly header: SegmentHeader;
  readonly base: string;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly isOfUnknownFate: boolean;
  readonly summary: SegmentSummary;
  readonly #facts: FactFile;
  readonly #disk: Disk;
  readonly #framesAt: number;
  #isDamaged: boolean;

  constructor(parts: SealedParts) {
    this.header = parts.header;
    this.base = parts.base;
    this.bytes = parts.bytes;
    this.diskBytes = parts.diskBytes;
    this.summary = parts.summary;
    this.isOfUnknownFate = parts.isOfUnknownFate;
    this.#isDamaged = parts.isDamaged;
    this.#facts = parts.facts;
    this.#disk = parts.disk;
    this.#framesAt = parts.framesAt;
  }

  /** How far the parts of a table have come, as far as it is durable. */
  parts(table: TableName): PartRecord[] {
    return partsOf(this.#facts.facts, table, this.summary.units[table]);
  }

  /** Every fact that is durable, to copy the segment elsewhere. */
  get facts(): readonly Fact[] {
    return this.#facts.facts;
  }

  /**
   * The units of a table, read from the disk; their payloads are not yet checked. Fewer than the summary counted when
   * the file is damaged; it is then kept aside in `finish`. The caller bounds how many segments it holds at once.
   */
  async load(table: TableName): Promise<readonly Unit[]> {
    const bytes = await this.read();
    const units = readUnits(bytes, this.#framesAt, frameSeed(this.header.id), false).units[table];
    if (units.length < this.summary.units[table]) this.#isDamaged = true;
    return units;
  }

  /** Where its files lie. */
  get disk(): Disk {
    return this.#disk;
  }

  /** The segment's bytes. */
  async read(): Promise<Uint8Array<ArrayBuffer>> {
    const file = await this.#disk.open(segmentName(this.base));
    try {
      return await file.read(0, this.bytes);
    } finally {
      await file.close();
    }
  }

  /** Adds a fact and returns when it is durable; may be called again after a failure. */
  record(fact: Fact): Promise<void> {
    return this.#facts.record(fact);
  }

  /**
   * Removes the files. The sidecar goes last, after the removal of the segment is durable: a segment that comes back
   * after a crash must still know that it is done. May be called again after a failure.
   */
  async finish(): Promise<void> {
    if (this.#isDamaged) await this.#disk.rename(segmentName(this.base), damagedName(this.base));
    else await this.#disk.remove(segmentName(this.base));
    this.#isDamaged = false;
    await this.#disk.syncDirectory();
    await this.#facts.remove();
  }
}

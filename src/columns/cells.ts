/**
 * The memory of a ring: one cell of eight bytes per row and column, one arena for all text, one list of map entries.
 * A cell is a span of the arena (two Int32), a range of map entries (two Int32) or a number (Float64); rows beyond
 * `rows` are all zero, which reads as empty, 0 and null, so a row costs only what is put into it.
 *
 * Cells lie row by row: a row is put and RowBinary written in that order, and each row's cells are then neighbours
 * (bench/micro/rowbinary-encode.bench.ts).
 */

import { IngestError } from '../errors.ts';
import type { ColumnPlan } from './column-plan.ts';

/** A row of more text than this is refused; far over anything that fits MODA_MAX_DECODED_BYTES by default (64 MiB). */
const ARENA_BYTES_MAX = 512 * 1024 * 1024;
const MAP_ENTRIES_MAX = 4 * 1024 * 1024;
/** Key start, key length, value start, value length. */
export const MAP_ENTRY_SLOTS = 4;
/** Eight bytes of the cell and one of its null flag. */
const CELL_BYTES = 9;

export class Cells {
  readonly plan: ColumnPlan;
  readonly rowsMax: number;
  /** Two per cell. */
  readonly spans: Int32Array<ArrayBuffer>;
  /** One per cell, in the same memory. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** One per cell: 1 when a number was put. */
  readonly present: Uint8Array<ArrayBuffer>;
  rows = 0;

  arena: Uint8Array<ArrayBuffer>;
  arenaUsed = 0;
  mapEntries: Int32Array<ArrayBuffer>;
  mapUsed = 0;

  private readonly arenaHome: Uint8Array<ArrayBuffer>;
  private readonly mapHome: Int32Array<ArrayBuffer>;

  constructor(plan: ColumnPlan, rowsMax: number, arenaBytes: number, mapEntriesMax: number) {
    this.plan = plan;
    this.rowsMax = rowsMax;
    const cells = new ArrayBuffer(rowsMax * plan.columnCount * 8);
    this.spans = new Int32Array(cells);
    this.numbers = new Float64Array(cells);
    this.present = new Uint8Array(rowsMax * plan.columnCount);
    this.arenaHome = new Uint8Array(arenaBytes);
    this.arena = this.arenaHome;
    this.mapHome = new Int32Array(mapEntriesMax * MAP_ENTRY_SLOTS);
    this.mapEntries = this.mapHome;
  }

  /** Whether a row of about `sizeHintBytes` fits without growing. */
  hasRoom(sizeHintBytes: number): boolean {
    return (
      this.rows < this.rowsMax &&
      this.arenaUsed + sizeHintBytes <= this.arenaHome.length &&
      this.mapUsed * MAP_ENTRY_SLOTS < this.mapHome.length
    );
  }

  /** Size of the arena that is kept; a larger one lasts until the ring is empty. */
  get arenaHomeBytes(): number {
    return this.arenaHome.length;
  }

  get usedBytes(): number {
    return this.arenaUsed + this.rows * this.plan.columnCount * CELL_BYTES + this.mapUsed * MAP_ENTRY_SLOTS * 4;
  }

  /** Forgets the rows from `row` on, the text behind `arenaUsed` and the map entries behind `mapUsed`. */
  truncate(row: number, arenaUsed: number, mapUsed: number): void {
    const from = row * this.plan.columnCount;
    // One row more than is counted: an open row may have been written in part.
    const to = Math.min(this.rows + 1, this.rowsMax) * this.plan.columnCount;
    this.numbers.fill(0, from, to);
    this.present.fill(0, from, to);
    this.rows = row;
    this.arenaUsed = arenaUsed;
    this.mapUsed = mapUsed;
    if (row > 0) return;
    this.arena = this.arenaHome;
    this.mapEntries = this.mapHome;
  }

  /** Makes room for text that a row's hint did not announce. Bounded: over the limit the row's request is refused. */
  growArena(size: number): void {
    const needed = this.arenaUsed + size;
    if (needed > ARENA_BYTES_MAX)
      throw new IngestError('TOO_MANY_VALUES', `rows of more than ${ARENA_BYTES_MAX} bytes`);
    const larger = new Uint8Array(Math.min(ARENA_BYTES_MAX, Math.max(needed, this.arena.length * 2)));
    larger.set(this.arena.subarray(0, this.arenaUsed));
    this.arena = larger;
  }

  growMap(): void {
    const size = this.mapEntries.length * 2;
    if (size > MAP_ENTRIES_MAX * MAP_ENTRY_SLOTS) {
      throw new IngestError('TOO_MANY_VALUES', `more than ${MAP_ENTRIES_MAX} attributes`);
    }
    const larger = new Int32Array(size);
    larger.set(this.mapEntries);
    this.mapEntries = larger;
  }
}

/** Cells of a ring of `bytesMax`: at most a quarter for the cells, then map entries, then half for text, half for encoding. */
export function cellsFor(plan: ColumnPlan, bytesMax: number, rowsMax: number): Cells {
  const rowCellBytes = plan.columnCount * CELL_BYTES;
  const rows = Math.max(1, Math.min(rowsMax, Math.floor(bytesMax / 4 / rowCellBytes)));
  const mapEntries = plan.mapColumn < 0 ? 1 : Math.max(16, rows * 8);
  const rest = bytesMax - rows * rowCellBytes - mapEntries * MAP_ENTRY_SLOTS * 4;
  return new Cells(plan, rows, Math.max(1024, Math.floor(rest / 2)), mapEntries);
}

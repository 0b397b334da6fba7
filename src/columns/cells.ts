/**
 * The memory of a ring: one cell of eight bytes per row and column, and one arena for all bytes.
 * A cell is a span of the arena (two Int32) or a number (Float64); rows beyond `rows` are all zero, which reads as empty,
 * 0 and null, so a row costs only what is put into it. A map's span holds its entries as RowBinary writes them (varint
 * and bytes of key and value in turn), so that the default format copies a map in one piece.
 *
 * Cells lie row by row: a row is put and RowBinary written in that order, and each row's cells are then neighbours
 * (bench/micro/rowbinary-encode.bench.ts).
 */

import { IngestError } from '../errors.ts';
import type { ColumnPlan } from './column-plan.ts';

/** A row of more text than this is refused; far over anything that fits MODA_MAX_DECODED_BYTES by default (64 MiB). */
const ARENA_BYTES_MAX = 512 * 1024 * 1024;
/** Eight bytes of the cell and one of its null flag. */
const CELL_BYTES = 9;

let epochs = 0;

/** 32 bits, as the memory of attributes keeps it; 0 stands for none. It comes again after weeks at full load. */
function nextEpoch(): number {
  epochs = (epochs + 1) | 0 || 1;
  return epochs;
}

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
  /** Changes with every byte range of the arena that is given up; no two arenas share one. */
  epoch = nextEpoch();

  arena: Uint8Array<ArrayBuffer>;
  arenaUsed = 0;
  /** Bytes that cells have in common with others: once in the arena, as often as they are used in what is encoded. */
  sharedBytes = 0;
  /** One per row: entries of its map. */
  readonly mapCounts: Int32Array<ArrayBuffer>;

  private readonly arenaHome: Uint8Array<ArrayBuffer>;

  constructor(plan: ColumnPlan, rowsMax: number, arenaBytes: number) {
    this.plan = plan;
    this.rowsMax = rowsMax;
    const cells = new ArrayBuffer(rowsMax * plan.columnCount * 8);
    this.spans = new Int32Array(cells);
    this.numbers = new Float64Array(cells);
    this.present = new Uint8Array(rowsMax * plan.columnCount);
    this.arenaHome = new Uint8Array(arenaBytes);
    this.arena = this.arenaHome;
    this.mapCounts = new Int32Array(rowsMax);
  }

  /** Whether a row of about `sizeHintBytes` fits without growing. */
  hasRoom(sizeHintBytes: number): boolean {
    return this.rows < this.rowsMax && this.textBytes + sizeHintBytes <= this.arenaHome.length;
  }

  /** Size of the arena that is kept; a larger one lasts until the ring is empty. */
  get arenaHomeBytes(): number {
    return this.arenaHome.length;
  }

  /** Most bytes of text and map entries in the encoded rows. */
  get textBytes(): number {
    return this.arenaUsed + this.sharedBytes;
  }

  get usedBytes(): number {
    return this.arenaUsed + this.rows * this.plan.columnCount * CELL_BYTES;
  }

  /** Forgets the rows from `row` on and the bytes behind `arenaUsed`. */
  truncate(row: number, arenaUsed: number): void {
    const { columnCount } = this.plan;
    // One row more than is counted: an open row may have been written in part.
    const end = Math.min(this.rows + 1, this.rowsMax);
    this.numbers.fill(0, row * columnCount, end * columnCount);
    this.present.fill(0, row * columnCount, end * columnCount);
    this.mapCounts.fill(0, row, end);
    this.epoch = nextEpoch();
    this.rows = row;
    this.arenaUsed = arenaUsed;
    if (row > 0) return;
    this.sharedBytes = 0;
    this.arena = this.arenaHome;
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
}

/** Cells of a ring of `bytesMax`: at most a quarter for the cells, then half of the rest for text, half for encoding. */
export function cellsFor(plan: ColumnPlan, bytesMax: number, rowsMax: number): Cells {
  const rowBytes = plan.columnCount * CELL_BYTES + 4;
  const rows = Math.max(1, Math.min(rowsMax, Math.floor(bytesMax / 4 / rowBytes)));
  return new Cells(plan, rows, Math.max(1024, Math.floor((bytesMax - rows * rowBytes) / 2)));
}

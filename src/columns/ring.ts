/**
 * Rows of one table on their way from normalize to a frame: put cell by cell, committed request by request, rolled back
 * when a request turns out bad, drained into one LZ4 frame when the task ends or the memory is used up.
 *
 * Rows:  [ committed … | open request … | open row ]   in fixed memory, see cells.ts.
 *
 * When `beginRow` answers false, the caller makes room and asks again, which then succeeds:
 *   1. `spill(requestId, tenantId)`: the open request's rows leave as a frame that the caller keeps aside, to be added
 *      when the request commits or dropped when it rolls back;
 *   2. `drain()`: the committed rows leave as a finished frame.
 */

import { compressFrame } from '../codec/lz4.ts';
import { writeFixed16 } from '../codec/rowbinary.ts';
import { RING_ROWS_MAX } from '../limits.ts';
import { dayOf, type Frame, type InsertFormat } from '../model/frame.ts';
import type { Table, TableName } from '../model/schema.ts';
import { type Cells, cellsFor } from './cells.ts';
import { planColumns } from './column-plan.ts';
import { encoderOf, type RowEncoder } from './encoder.ts';
import { putAsBefore, putBytes16, putEncodedEntries, putKnownText, putMapEntry, putNumber, putText } from './put.ts';

export class TableRing {
  private readonly table: TableName;
  private readonly format: InsertFormat;
  private readonly encoder: RowEncoder;
  private readonly cells: Cells;
  private encoded: Uint8Array<ArrayBuffer>;
  private isRowOpen = false;

  private day = -1;
  private committedRows = 0;
  private committedArena = 0;
  /** Ids of the committed requests, 16 bytes each; a request has at least one row, so the rows bound them. */
  private readonly requestIds: Uint8Array<ArrayBuffer>;
  private requestCount = 0;
  private readonly tenantRows = new Map<string, number>();

  /** `bytesMax` covers cells, text and encoding buffer together; one row larger than that still passes (cells.ts). */
  constructor(table: Table, format: InsertFormat, bytesMax: number) {
    this.table = table.name;
    this.format = format;
    this.encoder = encoderOf(format);
    this.cells = cellsFor(planColumns(table), bytesMax, RING_ROWS_MAX);
    this.encoded = new Uint8Array(0);
    this.requestIds = new Uint8Array(this.cells.rowsMax * 16);
  }

  /** Rows in the ring, committed or not. */
  get rows(): number {
    return this.cells.rows;
  }

  /** Bytes of cells and text in use. */
  get usedBytes(): number {
    return this.cells.usedBytes;
  }

  /**
   * Says on which UTC day (days since the epoch) the next request was received; call it before a request's first row.
   * Rows of two days never share a frame, so on a new day the committed rows leave as the frame that is returned.
   */
  openDay(day: number): Frame | undefined {
    const frame = day === this.day ? undefined : this.drain();
    this.day = day;
    return frame;
  }

  /**
   * Opens a row of about `sizeHintBytes` of text. False: it does not fit behind the rows that are there. An empty ring
   * takes any row, and a row that outgrows its hint still passes; only a row of absurd size throws TOO_MANY_VALUES, after
   * which the request must be rolled back.
   */
  beginRow(sizeHintBytes: number): boolean {
    if (this.isRowOpen) throw new Error('a row is open already');
    if (this.cells.rows > 0 && !this.cells.hasRoom(sizeHintBytes)) return false;
    this.isRowOpen = true;
    return true;
  }

  /** Copies a text into the open row. */
  putText(column: number, source: Uint8Array, start: number, length: number): void {
    putText(this.cells, column, source, start, length);
  }

  /** putText of the whole text of a remembered attribute (codec/attribute-memory.ts). */
  putKnownText(column: number, source: Uint8Array, start: number, length: number, memo: number): void {
    putKnownText(this.cells, column, source, start, length, memo);
  }

  /** Takes over a text or 16 bytes from the row before, which must be there. */
  putAsBefore(column: number): void {
    putAsBefore(this.cells, column);
  }

  /** Sets a number, a Bool (0 or 1) or a time (whole milliseconds or microseconds, as the column's kind says). */
  putNumber(column: number, value: number): void {
    putNumber(this.cells, column, value);
  }

  /** Copies 16 bytes into a FixedString(16) or UUID (RFC order) column of the open row. */
  putBytes16(column: number, source: Uint8Array, start: number): void {
    putBytes16(this.cells, column, source, start);
  }

  /** Adds an entry to the map column of the open row; key and value are spans of the same source. */
  putMapEntry(source: Uint8Array, keyStart: number, keyLength: number, valueStart: number, valueLength: number): void {
    putMapEntry(this.cells, source, keyStart, keyLength, valueStart, valueLength);
  }

  /** Adds entries as RowBinary writes them: varint and bytes of the key, then of the value, of each. */
  putEncodedEntries(source: Uint8Array, start: number, length: number, entries: number): void {
    putEncodedEntries(this.cells, source, start, length, entries);
  }

  /** Closes the open row; columns that were not put are empty, 0 or null. */
  endRow(): void {
    if (!this.isRowOpen) throw new Error('no row is open');
    this.isRowOpen = false;
    this.cells.rows++;
  }

  /** All rows since the last commit, rollback or spill belong to this request and stay. `requestId` is 16 bytes, copied. */
  commit(requestId: Uint8Array, tenantId: string): void {
    if (this.isRowOpen) throw new Error('a row is open');
    const rows = this.cells.rows - this.committedRows;
    if (rows === 0) return;
    writeFixed16(this.requestIds, this.requestCount * 16, requestId, 0);
    this.requestCount++;
    this.tenantRows.set(tenantId, (this.tenantRows.get(tenantId) ?? 0) + rows);
    this.committedRows = this.cells.rows;
    this.committedArena = this.cells.arenaUsed;
  }

  /** Forgets all rows since the last commit, the open one included. */
  rollback(): void {
    this.isRowOpen = false;
    this.cells.truncate(this.committedRows, this.committedArena);
  }

  /** Takes the committed rows out as one frame; undefined when there are none. Only while no request has rows in the ring. */
  drain(): Frame | undefined {
    if (this.isRowOpen || this.cells.rows !== this.committedRows) throw new Error('rows are not committed');
    if (this.committedRows === 0) return undefined;
    const requestIds = this.requestIds.slice(0, this.requestCount * 16);
    const frame = this.frameOf(0, this.committedRows, requestIds, Object.fromEntries(this.tenantRows));
    this.committedRows = this.committedArena = 0;
    this.requestCount = 0;
    this.tenantRows.clear();
    this.cells.truncate(0, 0);
    return frame;
  }

  /**
   * Takes the open request's finished rows out as a frame, which the caller owns: it goes out with the others when the
   * request commits and is dropped when it rolls back. Undefined when the request has no rows in the ring.
   */
  spill(requestId: Uint8Array, tenantId: string): Frame | undefined {
    if (this.isRowOpen) throw new Error('a row is open');
    const rows = this.cells.rows - this.committedRows;
    if (rows === 0) return undefined;
    const frame = this.frameOf(this.committedRows, this.cells.rows, requestId.slice(0, 16), { [tenantId]: rows });
    this.rollback();
    return frame;
  }

  private frameOf(
    from: number,
    to: number,
    requestIds: Uint8Array,
    tenantRows: Readonly<Record<string, number>>,
  ): Frame {
    const { cells, encoder, day } = this;
    assertDay(cells, from, to, day);
    const bytesMax = encoder.bytesMax(cells, from, to);
    const target = this.encodeBuffer(bytesMax);
    const rawBytes = encoder.encode(cells, from, to, target);
    // Writing past the end of a typed array is silent; a wrong bound must not become a short frame.
    if (rawBytes > bytesMax) throw new Error(`${rawBytes} bytes encoded, at most ${bytesMax} expected`);
    return {
      table: this.table,
      format: this.format,
      rows: to - from,
      rawBytes,
      ...compressFrame(target, rawBytes),
      requestIds: new Uint8Array(requestIds),
      tenantRows,
      day,
    };
  }

  /** The buffer grows to what a full ring needs and is kept; one that an outsized row asked for is not. */
  private encodeBuffer(size: number): Uint8Array<ArrayBuffer> {
    if (size <= this.encoded.length) return this.encoded;
    const { plan, rowsMax } = this.cells;
    const home = rowsMax * plan.rowBytesMax + this.cells.arenaHomeBytes;
    if (size > home) return new Uint8Array(size);
    this.encoded = new Uint8Array(Math.min(home, Math.max(size, this.encoded.length * 2)));
    return this.encoded;
  }
}

/** Two partitions in one INSERT are two parts and no longer atomic: a row of another day than announced is a bug. */
function assertDay(cells: Cells, from: number, to: number, day: number): void {
  const { columnCount, receiptColumn } = cells.plan;
  for (let row = from; row < to; row++) {
    const received = dayOf(cells.numbers[row * columnCount + receiptColumn]!);
    if (received !== day) throw new Error(`a row of day ${received} in a frame of day ${day}`);
  }
}

/**
 * Writes one value into the open row of a ring's cells. Called for every set column of every row: primitives and typed
 * arrays only. A wrong column kind is a bug of ours and throws; so does a span outside its source, because the arena holds
 * other requests' bytes that must not show through.
 */

import { MEMO_ENTRIES, MEMO_SHIFT, Memo, memoWords } from '../codec/attribute-memory.ts';
import { copyBytes, writeString } from '../codec/rowbinary.ts';
import type { Cells } from './cells.ts';
import { NUMBER_FIRST, Write } from './column-plan.ts';

/** Two varints before key and value. */
const ENTRY_LENGTHS_BYTES_MAX = 10;

/** Copies text into the arena and points the cell at it. */
export function putText(cells: Cells, column: number, source: Uint8Array, start: number, length: number): void {
  if (cells.plan.write[column] !== Write.TEXT) throw wrongKind(column, 'text');
  const slot = (cells.rows * cells.plan.columnCount + column) * 2;
  cells.spans[slot] = intoArena(cells, source, start, length);
  cells.spans[slot + 1] = length;
}

/** Text of remembered attributes in an arena, by memo; `Memo.ARENA_EPOCH` says of which arena, and since when. */
const arenaStart = new Int32Array(MEMO_ENTRIES);

/** putText of the whole text of a remembered attribute: rows of one arena share its bytes. */
export function putKnownText(
  cells: Cells,
  column: number,
  source: Uint8Array,
  start: number,
  length: number,
  memo: number,
): void {
  const word = (memo << MEMO_SHIFT) + Memo.ARENA_EPOCH;
  if (memoWords[word] !== cells.epoch) {
    arenaStart[memo] = cells.arenaUsed;
    memoWords[word] = cells.epoch;
    putText(cells, column, source, start, length);
    return;
  }
  if (cells.plan.write[column] !== Write.TEXT) throw wrongKind(column, 'text');
  const slot = (cells.rows * cells.plan.columnCount + column) * 2;
  cells.spans[slot] = arenaStart[memo]!;
  cells.spans[slot + 1] = length;
  cells.sharedBytes += length;
}

/** Stores 16 bytes: FixedString(16), or a UUID in RFC order. */
export function putBytes16(cells: Cells, column: number, source: Uint8Array, start: number): void {
  const write = cells.plan.write[column];
  if (write !== Write.FIXED16 && write !== Write.UUID) throw wrongKind(column, '16 bytes');
  const slot = (cells.rows * cells.plan.columnCount + column) * 2;
  cells.spans[slot] = intoArena(cells, source, start, 16);
  cells.spans[slot + 1] = 16;
}

/**
 * Takes over a text or 16 bytes from the row before, which must be there; for columns whose value is the same for all rows
 * of a request.
 */
export function putAsBefore(cells: Cells, column: number): void {
  const { columnCount } = cells.plan;
  if (cells.rows === 0 || cells.plan.write[column]! >= NUMBER_FIRST) throw wrongKind(column, 'a value from before');
  const slot = (cells.rows * columnCount + column) * 2;
  cells.spans[slot] = cells.spans[slot - columnCount * 2]!;
  const length = cells.spans[slot - columnCount * 2 + 1]!;
  cells.spans[slot + 1] = length;
  cells.sharedBytes += length;
}

/** Stores a number, brought into the range of the column's type; NaN becomes 0 except in a Float64 column. */
export function putNumber(cells: Cells, column: number, value: number): void {
  const { plan } = cells;
  const write = plan.write[column]!;
  // The negated form also catches a column number outside the table.
  if (!(write >= NUMBER_FIRST)) throw wrongKind(column, 'number');
  const min = plan.min[column]!;
  const max = plan.max[column]!;
  let bounded = value;
  if (value < min) bounded = min;
  else if (value > max) bounded = max;
  else if (Number.isNaN(value) && write !== Write.NULLABLE_FLOAT64) bounded = 0;
  const cell = cells.rows * plan.columnCount + column;
  cells.numbers[cell] = bounded;
  cells.present[cell] = 1;
}

/** Adds an entry to the row's map; keys are not compared, so a caller that needs unique keys sees to it. */
export function putMapEntry(
  cells: Cells,
  source: Uint8Array,
  keyStart: number,
  keyLength: number,
  valueStart: number,
  valueLength: number,
): void {
  checkSpan(source, keyStart, keyLength);
  checkSpan(source, valueStart, valueLength);
  let at = openEntry(cells, keyLength + valueLength + ENTRY_LENGTHS_BYTES_MAX);
  at = writeString(cells.arena, at, source, keyStart, keyLength);
  at = writeString(cells.arena, at, source, valueStart, valueLength);
  closeEntries(cells, at, 1);
}

/** Adds entries to the row's map that stand in RowBinary already: key and value in turn, each behind its length. */
export function putEncodedEntries(
  cells: Cells,
  source: Uint8Array,
  start: number,
  length: number,
  entries: number,
): void {
  checkSpan(source, start, length);
  const at = openEntry(cells, length);
  closeEntries(cells, copyBytes(cells.arena, at, source, start, length), entries);
}

/** Makes room for an entry behind those of the open row; where it begins. */
function openEntry(cells: Cells, size: number): number {
  const { mapColumn, columnCount } = cells.plan;
  if (mapColumn < 0) throw wrongKind(mapColumn, 'map');
  const slot = (cells.rows * columnCount + mapColumn) * 2;
  const before = cells.spans[slot + 1]!;
  if (cells.arenaUsed + before + size > cells.arena.length) cells.growArena(before + size);
  const { spans } = cells;
  const at = cells.arenaUsed;
  if (before === 0) spans[slot] = at;
  else if (spans[slot]! + before !== at) {
    // Another value was put since the last entry: the entries move behind it, because they must stand in one piece.
    const moved = copyBytes(cells.arena, at, cells.arena, spans[slot]!, before);
    spans[slot] = at;
    return moved;
  }
  return at;
}

function closeEntries(cells: Cells, end: number, entries: number): void {
  const { mapColumn, columnCount } = cells.plan;
  const slot = (cells.rows * columnCount + mapColumn) * 2;
  cells.spans[slot + 1] = end - cells.spans[slot]!;
  cells.arenaUsed = end;
  cells.mapCounts[cells.rows] = cells.mapCounts[cells.rows]! + entries;
}

function intoArena(cells: Cells, source: Uint8Array, start: number, length: number): number {
  checkSpan(source, start, length);
  const at = cells.arenaUsed;
  if (at + length > cells.arena.length) cells.growArena(length);
  cells.arenaUsed = copyBytes(cells.arena, at, source, start, length);
  return at;
}

function checkSpan(source: Uint8Array, start: number, length: number): void {
  if (start < 0 || length < 0 || start + length > source.length) throw new RangeError('span outside of its source');
}

function wrongKind(column: number, put: string): Error {
  return new TypeError(`column ${column} does not hold ${put}`);
}

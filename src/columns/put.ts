/**
 * Writes one value into the open row of a ring's cells. Called for every set column of every row: primitives and typed
 * arrays only. A wrong column kind is a bug of ours and throws; so does a span outside its source, because the arena holds
 * other requests' bytes that must not show through.
 */

import { copyBytes } from '../codec/rowbinary.ts';
import { type Cells, MAP_ENTRY_SLOTS } from './cells.ts';
import { NUMBER_FIRST, Write } from './column-plan.ts';

/** Copies text into the arena and points the cell at it. */
export function putText(cells: Cells, column: number, source: Uint8Array, start: number, length: number): void {
  if (cells.plan.write[column] !== Write.TEXT) throw wrongKind(column, 'text');
  const slot = (cells.rows * cells.plan.columnCount + column) * 2;
  cells.spans[slot] = intoArena(cells, source, start, length);
  cells.spans[slot + 1] = length;
}

/** Stores 16 bytes: FixedString(16), or a UUID in RFC order. */
export function putBytes16(cells: Cells, column: number, source: Uint8Array, start: number): void {
  const write = cells.plan.write[column];
  if (write !== Write.FIXED16 && write !== Write.UUID) throw wrongKind(column, '16 bytes');
  const slot = (cells.rows * cells.plan.columnCount + column) * 2;
  cells.spans[slot] = intoArena(cells, source, start, 16);
  cells.spans[slot + 1] = 16;
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
  const { mapColumn, columnCount } = cells.plan;
  if (mapColumn < 0) throw wrongKind(mapColumn, 'map');
  const entry = cells.mapUsed * MAP_ENTRY_SLOTS;
  if (entry === cells.mapEntries.length) cells.growMap();
  const slot = (cells.rows * columnCount + mapColumn) * 2;
  if (cells.spans[slot + 1] === 0) cells.spans[slot] = cells.mapUsed;
  const key = intoArena(cells, source, keyStart, keyLength);
  const value = intoArena(cells, source, valueStart, valueLength);
  const { mapEntries } = cells;
  mapEntries[entry] = key;
  mapEntries[entry + 1] = keyLength;
  mapEntries[entry + 2] = value;
  mapEntries[entry + 3] = valueLength;
  cells.spans[slot + 1] = cells.spans[slot + 1]! + 1;
  cells.mapUsed++;
}

function intoArena(cells: Cells, source: Uint8Array, start: number, length: number): number {
  if (start < 0 || length < 0 || start + length > source.length) throw new RangeError('span outside of its source');
  const at = cells.arenaUsed;
  if (at + length > cells.arena.length) cells.growArena(length);
  cells.arenaUsed = copyBytes(cells.arena, at, source, start, length);
  return at;
}

function wrongKind(column: number, put: string): Error {
  return new TypeError(`column ${column} does not hold ${put}`);
}

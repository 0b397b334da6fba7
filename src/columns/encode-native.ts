/** Cells → one block of the Native format: all values of the first column, then all of the second, and so on. */

import { writeBlockHeader, writeColumnHeader } from '../codec/native.ts';
import {
  copyBytes,
  varintAt,
  varintBytes,
  writeFixed16,
  writeInt64,
  writeString,
  writeUuid,
  writeZeros,
} from '../codec/rowbinary.ts';
import type { Cells } from './cells.ts';
import { NULLABLE_FIRST, Write } from './column-plan.ts';
import { writeNumberValue } from './encode-rowbinary.ts';

/** Room for the block's two varints. */
const HEADER_BYTES_MAX = 10;

/** Most bytes that rows `from` … `to` take as a block. */
export function nativeBytesMax(cells: Cells, from: number, to: number): number {
  const { plan } = cells;
  let headers = HEADER_BYTES_MAX;
  for (let column = 0; column < plan.columnCount; column++) {
    headers += plan.names[column]!.length + plan.wireTypes[column]!.length + 10;
  }
  return headers + (to - from) * plan.rowBytesMax + cells.textBytes;
}

/** Writes rows `from` … `to` to the start of `target`, which has room for nativeBytesMax; returns the bytes written. */
export function encodeNative(cells: Cells, from: number, to: number, target: Uint8Array<ArrayBuffer>): number {
  const { plan } = cells;
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let position = writeBlockHeader(target, 0, plan.columnCount, to - from);
  for (let column = 0; column < plan.columnCount; column++) {
    position = writeColumnHeader(target, position, plan.names[column]!, plan.wireTypes[column]!);
    const kind = plan.write[column]!;
    if (kind === Write.TEXT) position = writeTexts(cells, column, from, to, target, position);
    else if (kind === Write.MAP) position = writeMaps(cells, column, from, to, target, position);
    else if (kind === Write.FIXED16 || kind === Write.UUID) {
      position = writeBytes16(cells, column, from, to, target, position);
    } else {
      if (kind >= NULLABLE_FIRST) position = writeNullFlags(cells, column, from, to, target, position);
      position = writeNumbers(cells, column, from, to, target, view, position);
    }
  }
  return position;
}

function writeTexts(cells: Cells, column: number, from: number, to: number, target: Uint8Array, at: number): number {
  const { spans, arena } = cells;
  const stride = cells.plan.columnCount * 2;
  let position = at;
  let slot = from * stride + column * 2;
  for (let row = from; row < to; row++, slot += stride) {
    const length = spans[slot + 1]!;
    if (length === 0) target[position++] = 0;
    else position = writeString(target, position, arena, spans[slot]!, length);
  }
  return position;
}

function writeBytes16(cells: Cells, column: number, from: number, to: number, target: Uint8Array, at: number): number {
  const { spans, arena } = cells;
  const isUuid = cells.plan.write[column] === Write.UUID;
  const stride = cells.plan.columnCount * 2;
  let position = at;
  let slot = from * stride + column * 2;
  for (let row = from; row < to; row++, slot += stride) {
    if (spans[slot + 1] === 0) position = writeZeros(target, position, 16);
    else if (isUuid) position = writeUuid(target, position, arena, spans[slot]!);
    else position = writeFixed16(target, position, arena, spans[slot]!);
  }
  return position;
}

function writeNullFlags(
  cells: Cells,
  column: number,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  const { present } = cells;
  const stride = cells.plan.columnCount;
  let cell = from * stride + column;
  for (let row = from; row < to; row++, cell += stride) target[at + row - from] = 1 - present[cell]!;
  return at + to - from;
}

function writeNumbers(
  cells: Cells,
  column: number,
  from: number,
  to: number,
  target: Uint8Array,
  view: DataView,
  at: number,
): number {
  const { numbers } = cells;
  const kind = cells.plan.write[column]!;
  const stride = cells.plan.columnCount;
  let position = at;
  let cell = from * stride + column;
  for (let row = from; row < to; row++, cell += stride) {
    position = writeNumberValue(kind, numbers[cell]!, target, view, position);
  }
  return position;
}

/** End offsets of the rows' entries, counted from the block's first entry; then all keys, then all values. */
function writeMaps(cells: Cells, column: number, from: number, to: number, target: Uint8Array, at: number): number {
  const { spans, mapCounts } = cells;
  const stride = cells.plan.columnCount * 2;
  const first = from * stride + column * 2;
  let position = at;
  let entries = 0;
  for (let row = from; row < to; row++) {
    entries += mapCounts[row]!;
    position = writeInt64(target, position, entries);
  }
  for (let row = from, slot = first; row < to; row++, slot += stride) {
    position = writeHalf(cells.arena, spans[slot]!, mapCounts[row]!, true, target, position);
  }
  for (let row = from, slot = first; row < to; row++, slot += stride) {
    position = writeHalf(cells.arena, spans[slot]!, mapCounts[row]!, false, target, position);
  }
  return position;
}

/** The keys or the values of one row's entries, each with the length that already stands before it. */
function writeHalf(
  arena: Uint8Array,
  start: number,
  count: number,
  keys: boolean,
  target: Uint8Array,
  at: number,
): number {
  let from = start;
  let position = at;
  for (let text = 0; text < count * 2; text++) {
    const short = arena[from]!;
    const length = short < 128 ? short : varintAt(arena, from);
    const size = length + (short < 128 ? 1 : varintBytes(length));
    if (((text & 1) === 0) === keys) position = copyBytes(target, position, arena, from, size);
    from += size;
  }
  return position;
}

/** Cells → RowBinary: every row's values in column order, without names, types or separators. */

import {
  copyBytes,
  writeFixed16,
  writeFloat64,
  writeInt64,
  writeString,
  writeUInt16,
  writeUInt32,
  writeUuid,
  writeVarint,
  writeZeros,
} from '../codec/rowbinary.ts';
import type { Cells } from './cells.ts';
import { NULLABLE_FIRST, NUMBER_FIRST, Write } from './column-plan.ts';

/** Most bytes that rows `from` … `to` take. */
export function rowBinaryBytesMax(cells: Cells, from: number, to: number): number {
  return (to - from) * cells.plan.rowBytesMax + cells.textBytes;
}

/** Writes rows `from` … `to` to the start of `target`, which has room for rowBinaryBytesMax; returns the bytes written. */
export function encodeRowBinary(cells: Cells, from: number, to: number, target: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let position = 0;
  for (let row = from; row < to; row++) position = writeRow(cells, row, target, view, position);
  return position;
}

function writeRow(cells: Cells, row: number, target: Uint8Array, view: DataView, start: number): number {
  const { columnCount, write } = cells.plan;
  const { spans, arena, numbers, present } = cells;
  let position = start;
  let cell = row * columnCount;
  for (let column = 0; column < columnCount; column++, cell++) {
    const kind = write[column]!;
    if (kind === Write.TEXT) {
      const length = spans[cell * 2 + 1]!;
      // Most columns of a row are not set: their one byte is written here and nothing else is looked at.
      if (length === 0) target[position++] = 0;
      else position = writeString(target, position, arena, spans[cell * 2]!, length);
    } else if (kind >= NULLABLE_FIRST && present[cell] === 0) {
      target[position++] = 1;
    } else if (kind >= NUMBER_FIRST) {
      if (kind >= NULLABLE_FIRST) target[position++] = 0;
      position = writeNumberValue(kind, numbers[cell]!, target, view, position);
    } else if (kind === Write.MAP) {
      position = writeVarint(target, position, cells.mapCounts[row]!);
      position = copyBytes(target, position, arena, spans[cell * 2]!, spans[cell * 2 + 1]!);
    } else if (spans[cell * 2 + 1] === 0) {
      position = writeZeros(target, position, 16);
    } else if (kind === Write.UUID) {
      position = writeUuid(target, position, arena, spans[cell * 2]!);
    } else {
      position = writeFixed16(target, position, arena, spans[cell * 2]!);
    }
  }
  return position;
}

/** The value bytes of a number, without a null flag. */
export function writeNumberValue(
  kind: number,
  value: number,
  target: Uint8Array,
  view: DataView,
  position: number,
): number {
  switch (kind) {
    case Write.UINT16:
    case Write.NULLABLE_UINT16:
      return writeUInt16(target, position, value);
    case Write.UINT32:
    case Write.NULLABLE_UINT32:
      return writeUInt32(target, position, value);
    case Write.NULLABLE_FLOAT64:
      return writeFloat64(view, position, value);
    case Write.NULLABLE_BOOL:
      target[position] = value;
      return position + 1;
    default:
      return writeInt64(target, position, value);
  }
}

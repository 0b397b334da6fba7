/** The insert formats behind one interface; one conformance suite runs over both (test/unit/columns/formats.test.ts). */

import type { InsertFormat } from '../model/frame.ts';
import type { Cells } from './cells.ts';
import { encodeNative, nativeBytesMax } from './encode-native.ts';
import { encodeRowBinary, rowBinaryBytesMax } from './encode-rowbinary.ts';

export interface RowEncoder {
  /** Upper bound of what `encode` writes for the same rows. */
  readonly bytesMax: (cells: Cells, from: number, to: number) => number;
  /** Writes rows `from` (inclusive) … `to` (exclusive) to the start of `target`; returns the bytes written. */
  readonly encode: (cells: Cells, from: number, to: number, target: Uint8Array<ArrayBuffer>) => number;
}

const ENCODERS: Readonly<Record<InsertFormat, RowEncoder>> = {
  RowBinary: { bytesMax: rowBinaryBytesMax, encode: encodeRowBinary },
  Native: { bytesMax: nativeBytesMax, encode: encodeNative },
};

/** The encoder of `MODA_INSERT_FORMAT`. */
export function encoderOf(format: InsertFormat): RowEncoder {
  return ENCODERS[format];
}

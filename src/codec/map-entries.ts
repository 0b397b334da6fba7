/** Entries of a Map column as RowBinary writes them, kept for attributes that came before (attribute-memory.ts). */

import { MEMO_ENTRIES, MEMO_SHIFT, Memo, memoWords } from './attribute-memory.ts';
import { writeString } from './rowbinary.ts';

/** An entry begins at its number shifted by this. */
export const MAP_ENTRY_SHIFT = 8;
/** Two varints, each of at most two bytes for what fits. */
const TEXT_BYTES_MAX = (1 << MAP_ENTRY_SHIFT) - 4;

export const mapEntryBytes = new Uint8Array(MEMO_ENTRIES << MAP_ENTRY_SHIFT);

/** Keeps key and value of a remembered attribute; the bytes of the entry, or 0 when it is too long to be kept. */
export function keepMapEntry(
  memo: number,
  source: Uint8Array,
  keyStart: number,
  keyLength: number,
  start: number,
  length: number,
): number {
  if (keyLength + length > TEXT_BYTES_MAX) return 0;
  const from = memo << MAP_ENTRY_SHIFT;
  let at = writeString(mapEntryBytes, from, source, keyStart, keyLength);
  at = writeString(mapEntryBytes, at, source, start, length);
  memoWords[(memo << MEMO_SHIFT) + Memo.MAP_ENTRY_BYTES] = at - from;
  return at - from;
}

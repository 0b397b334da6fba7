/** Entries of a Map column as RowBinary writes them, kept for attributes that came before (attribute-memory.ts). */

import { MEMO_ENTRIES, memoVersion } from './attribute-memory.ts';
import { writeString } from './rowbinary.ts';

const ENTRY_SHIFT = 8;
/** Two varints, each of at most two bytes for what fits. */
const TEXT_BYTES_MAX = (1 << ENTRY_SHIFT) - 4;

export class MapEntries {
  private readonly version = new Int32Array(MEMO_ENTRIES);
  private readonly lengths = new Uint16Array(MEMO_ENTRIES);
  readonly bytes = new Uint8Array(MEMO_ENTRIES << ENTRY_SHIFT);

  /** Bytes of the kept entry, which stands at `startOf(memo)`; 0 when none is kept. */
  lengthOf(memo: number): number {
    return this.version[memo] === memoVersion[memo] ? this.lengths[memo]! : 0;
  }

  startOf(memo: number): number {
    return memo << ENTRY_SHIFT;
  }

  /** Keeps an entry; its length, or 0 when it is too long to be kept. */
  keep(memo: number, source: Uint8Array, keyStart: number, keyLength: number, start: number, length: number): number {
    if (keyLength + length > TEXT_BYTES_MAX) return 0;
    const from = memo << ENTRY_SHIFT;
    let at = writeString(this.bytes, from, source, keyStart, keyLength);
    at = writeString(this.bytes, at, source, start, length);
    this.lengths[memo] = at - from;
    this.version[memo] = memoVersion[memo]!;
    return at - from;
  }
}

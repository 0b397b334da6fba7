/**
 * UTF-8 checks over spans of bytes, and repair of broken text. ClickHouse's JSON output and every later consumer expect
 * valid UTF-8, so a decoder never lets other bytes become a STRING. Source: Unicode 15, table 3-7 (well-formed sequences).
 */

import type { Tape } from '../model/tape.ts';
import { hasHighBit, wordsOf } from './words.ts';

/** True when the span is well-formed UTF-8. Agents send mostly ASCII, which is checked four bytes at a time. */
export function isValidUtf8(bytes: Uint8Array, start: number, length: number): boolean {
  const end = start + length;
  let index = start;
  if (length >= 4) {
    const words = wordsOf(bytes);
    const last = end - 4;
    while (index < last && hasHighBit(words.getInt32(index, true)) === 0) index += 4;
    // The last word may overlap the one before it.
    if (index >= last && hasHighBit(words.getInt32(last, true)) === 0) return true;
  }
  while (index < end) {
    if (bytes[index]! < 0x80) index++;
    else {
      const size = sequenceLength(bytes, index, end);
      if (size === 0) return false;
      index += size;
    }
  }
  return true;
}

/** Length of the multi-byte sequence that begins at `index`, or 0 when it is not well-formed. */
function sequenceLength(bytes: Uint8Array, index: number, end: number): number {
  const first = bytes[index]!;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (index + size > end) return 0;
  const second = bytes[index + 1]!;
  // The second byte excludes over-long forms (E0, F0), surrogates (ED) and values above U+10FFFF (F4).
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = index + 2; next < index + size; next++) if ((bytes[next]! & 0xc0) !== 0x80) return 0;
  return size;
}

/**
 * Appends a copy of the span in which each ill-formed part is U+FFFD (WHATWG practice, as TextDecoder does) and returns
 * where it begins; it ends at `tape.used`. A slow path: it makes a JavaScript string.
 */
export function appendRepaired(tape: Tape, start: number, length: number): number {
  return tape.append(Buffer.from(tape.text(start, length), 'utf8'));
}

/** The longest length up to `lengthMax` that does not cut a character of the (well-formed) span in two. */
export function cutAtCharacter(bytes: Uint8Array, start: number, length: number, lengthMax: number): number {
  if (length <= lengthMax) return length;
  let cut = lengthMax;
  while (cut > 0 && (bytes[start + cut]! & 0xc0) === 0x80) cut--;
  return cut;
}

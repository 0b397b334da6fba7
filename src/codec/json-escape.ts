/**
 * Escaping of JSON strings while they are copied: four bytes at a time as long as none needs care (RFC 8259 section 7:
 * quote, backslash and control characters).
 */

import { BACKSLASH, LETTER_U, ZERO } from './json-bytes.ts';
import { hasJsonSpecial, wordsOf } from './words.ts';

/** One source byte becomes at most six (a control character). */
export const ESCAPED_BYTES_MAX = 6;

/** 0: stands for itself; 1: control character, six bytes; else the letter behind the backslash. */
const ESCAPE = new Uint8Array(256).fill(1, 0, 0x20);
for (const [byte, letter] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt'].map((pair) => [
  pair.charCodeAt(0),
  pair.charCodeAt(1),
])) {
  ESCAPE[byte!] = letter!;
}

/** Copies source[start, end) to target[position…], escaping on the way; returns the position behind it. */
export function escapeInto(
  target: Uint8Array,
  targetWords: DataView,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  const words = wordsOf(source);
  const lastWord = end - 4;
  let pos = position;
  let index = start;
  while (index < end) {
    for (; index <= lastWord; index += 4, pos += 4) {
      const word = words.getInt32(index, true);
      if (hasJsonSpecial(word) !== 0) break;
      targetWords.setInt32(pos, word, true);
    }
    // The word with the special byte in it, or the last few bytes.
    for (const stop = Math.min(end, index + 4); index < stop; index++) {
      const byte = source[index]!;
      const letter = ESCAPE[byte]!;
      if (letter === 0) target[pos++] = byte;
      else pos = writeEscape(target, pos, byte, letter);
    }
  }
  return pos;
}

function writeEscape(target: Uint8Array, position: number, byte: number, letter: number): number {
  let pos = position;
  target[pos++] = BACKSLASH;
  if (letter !== 1) {
    target[pos++] = letter;
    return pos;
  }
  // A control character is below 0x20: \u000x or \u001x.
  const digit = byte & 15;
  target[pos++] = LETTER_U;
  target[pos++] = ZERO;
  target[pos++] = ZERO;
  target[pos++] = ZERO + (byte >>> 4);
  target[pos++] = digit < 10 ? ZERO + digit : 0x57 + digit;
  return pos;
}

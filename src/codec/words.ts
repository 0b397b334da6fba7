/**
 * Four bytes at a time: the same workspace seen through a DataView, whose unaligned 32-bit reads V8 compiles to single
 * loads. Byte loops over keys and strings are most of what decoding costs; bench/micro/json-reader.bench.ts.
 */

let owner: Uint8Array = new Uint8Array(0);
let words = new DataView(owner.buffer);

/** The DataView of these bytes; made again only when the workspace was replaced. */
export function wordsOf(bytes: Uint8Array): DataView {
  if (bytes !== owner) {
    owner = bytes;
    words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return words;
}

const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const FOUR_SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/** Non-zero when one of the four bytes is not ASCII. */
export function hasHighBit(word: number): number {
  return word & HIGH_BITS;
}

/**
 * Non-zero when one of the four bytes is a quote, a backslash or a control character: the bytes at which a JSON string
 * ends or needs care. (v - 1) & ~v has a byte's top bit set where the byte is zero, (v - 0x20) & ~v where it is below 0x20;
 * a borrow can only add a hit behind a true one, so zero is exact.
 */
export function hasJsonSpecial(word: number): number {
  const quote = word ^ QUOTES;
  const backslash = word ^ BACKSLASHES;
  return (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - FOUR_SPACES) & ~word)) & HIGH_BITS;
}

/** First byte from `start` that is no white space of JSON. Codex indents by up to 26 spaces a line. */
export function spaceEnd(bytes: Uint8Array, start: number): number {
  const view = wordsOf(bytes);
  let pos = start;
  for (let byte = bytes[pos]!; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[pos]!) {
    pos++;
    while (view.getInt32(pos, true) === FOUR_SPACES) pos += 4;
  }
  return pos;
}

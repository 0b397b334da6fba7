/**
 * The slow half of reading a JSON string: escapes and, in bodies that are not valid UTF-8, repair. The text is rebuilt
 * in the workspace's scratch. RFC 8259 section 7; a lone surrogate becomes U+FFFD, as in TextEncoder.
 */

import type { DecodeFault } from './fault.ts';
import { BACKSLASH, LETTER_U, QUOTE, SPACE } from './json-bytes.ts';
import type { JsonReader } from './json-reader.ts';
import { appendRepaired, isValidUtf8 } from './utf8.ts';
import { hasJsonSpecial, wordsOf } from './words.ts';

const REPLACEMENT = 0xfffd;

/** What stands behind the backslash → the byte it means; 0 when it is not allowed. */
const ESCAPED = new Uint8Array(256);
for (const [letter, meaning] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'].map((pair) => [
  pair.charCodeAt(0),
  pair.charCodeAt(1),
])) {
  ESCAPED[letter!] = meaning!;
}

/**
 * Finishes a string whose content begins at `start` and whose first special byte is at `special`: sets the reader's text
 * span and moves it behind the closing quote. Escapes never make a text longer (`\u0080` is six bytes for two), so the
 * rest of the body up to the quote bounds the copy.
 */
export function unescapeString(reader: JsonReader, start: number, special: number): void {
  const quote = closingQuote(reader, special);
  const tape = reader.tape;
  const target = tape.reserve(quote - start + 1);
  reader.move();
  const end = unescapeInto(reader, start, quote, target);
  tape.used = end;
  reader.pos = quote + 1;
  reader.textStart = target;
  reader.textLength = end - target;
  // Escapes cannot break what was well-formed before.
  if (!reader.isValidUtf8 && !isValidUtf8(tape.bytes, target, end - target)) {
    reader.textStart = appendRepaired(tape, target, end - target);
    reader.textLength = tape.used - reader.textStart;
    reader.move();
  }
}

/** Position of the quote that ends the string; control characters, the NUL behind the body among them, are errors. */
function closingQuote(reader: JsonReader, from: number): number {
  const bytes = reader.bytes;
  const words = wordsOf(bytes);
  let pos = from;
  for (;;) {
    while (hasJsonSpecial(words.getInt32(pos, true)) === 0) pos += 4;
    const byte = bytes[pos]!;
    if (byte === QUOTE) return pos;
    if (byte < SPACE) {
      reader.pos = pos;
      throw reader.syntax(pos >= reader.end ? 'unterminated string' : 'control character in a string');
    }
    // A backslash takes the next byte with it, unless that is a control character, which the next turn refuses.
    pos += byte === BACKSLASH && bytes[pos + 1]! >= SPACE ? 2 : 1;
  }
}

/** Writes the text between `start` and `quote` to `target`, unescaped; returns where it ends. */
function unescapeInto(reader: JsonReader, start: number, quote: number, target: number): number {
  const bytes = reader.bytes;
  const words = wordsOf(bytes);
  const lastWord = quote - 4;
  let to = target;
  for (let pos = start; pos < quote; ) {
    for (; pos <= lastWord; pos += 4, to += 4) {
      const word = words.getInt32(pos, true);
      if (hasJsonSpecial(word) !== 0) break;
      words.setInt32(to, word, true);
    }
    if (pos >= quote) break;
    const byte = bytes[pos++]!;
    if (byte !== BACKSLASH) {
      bytes[to++] = byte;
      continue;
    }
    const letter = bytes[pos++]!;
    if (letter !== LETTER_U) {
      const meaning = ESCAPED[letter]!;
      if (meaning === 0) throw escapeError(reader, pos - 2);
      bytes[to++] = meaning;
      continue;
    }
    const code = codePoint(reader, pos, quote);
    pos += code > 0xffff ? 10 : 4;
    to = writeCharacter(bytes, to, code);
  }
  return to;
}

/** The character of `\u` and four digits, or of two such escapes that are a surrogate pair; U+FFFD for half a pair. */
function codePoint(reader: JsonReader, pos: number, quote: number): number {
  const { bytes } = reader;
  const first = hexUnit(reader, pos, quote);
  if (first < 0xd800 || first > 0xdfff) return first;
  if (first > 0xdbff || bytes[pos + 4] !== BACKSLASH || bytes[pos + 5] !== LETTER_U) return REPLACEMENT;
  const second = hexUnit(reader, pos + 6, quote);
  if (second < 0xdc00 || second > 0xdfff) return REPLACEMENT;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/** The UTF-16 unit of four hex digits. */
function hexUnit(reader: JsonReader, pos: number, quote: number): number {
  if (pos + 4 > quote) throw escapeError(reader, pos - 2);
  let unit = 0;
  for (let index = pos; index < pos + 4; index++) {
    const byte = reader.bytes[index]!;
    const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
    if (digit < 0 || digit > 15 || (byte > 0x39 && digit < 10)) throw escapeError(reader, pos - 2);
    unit = (unit << 4) | digit;
  }
  return unit;
}

function writeCharacter(bytes: Uint8Array, at: number, code: number): number {
  let to = at;
  if (code < 0x80) {
    bytes[to++] = code;
    return to;
  }
  if (code < 0x800) bytes[to++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x10000) bytes[to++] = 0xe0 | (code >> 12);
    else {
      bytes[to++] = 0xf0 | (code >> 18);
      bytes[to++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[to++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[to++] = 0x80 | (code & 0x3f);
  return to;
}

function escapeError(reader: JsonReader, pos: number): DecodeFault {
  reader.pos = pos;
  return reader.syntax('malformed escape');
}

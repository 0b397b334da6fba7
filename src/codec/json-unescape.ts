/**
 * The slow half of reading a JSON string: escapes and, in bodies that are not valid UTF-8, repair. The text is rebuilt
 * in the workspace's scratch. RFC 8259 section 7; a lone surrogate becomes U+FFFD, as in TextEncoder.
 */

import type { DecodeFault } from './fault.ts';
import { BACKSLASH, LETTER_U, QUOTE } from './json-bytes.ts';
import type { JsonReader } from './json-reader.ts';
import { appendRepaired, isValidUtf8 } from './utf8.ts';

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
  if (!isValidUtf8(tape.bytes, target, end - target)) {
    reader.textStart = appendRepaired(tape, target, end - target);
    reader.textLength = tape.used - reader.textStart;
    reader.move();
  }
}

/** Position of the quote that ends the string; control characters, the NUL behind the body among them, are errors. */
function closingQuote(reader: JsonReader, from: number): number {
  const bytes = reader.bytes;
  let pos = from;
  for (let byte = bytes[pos]!; byte !== QUOTE; byte = bytes[pos]!) {
    if (byte < 0x20) {
      reader.pos = pos;
      throw reader.syntax(pos >= reader.end ? 'unterminated string' : 'control character in a string');
    }
    // A backslash takes the next byte with it, unless that is a control character, which the next turn refuses.
    pos += byte === BACKSLASH && bytes[pos + 1]! >= 0x20 ? 2 : 1;
  }
  return pos;
}

function unescapeInto(reader: JsonReader, start: number, quote: number, target: number): number {
  const bytes = reader.bytes;
  let to = target;
  for (let pos = start; pos < quote; ) {
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
    let code = hexUnit(reader, pos, quote);
    pos += 4;
    if (code >= 0xd800 && code < 0xe000) {
      const second =
        code < 0xdc00 && bytes[pos] === BACKSLASH && bytes[pos + 1] === LETTER_U ? hexUnit(reader, pos + 2, quote) : 0;
      if (second >= 0xdc00 && second < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
        pos += 6;
      } else code = REPLACEMENT;
    }
    to = writeCharacter(bytes, to, code);
  }
  return to;
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

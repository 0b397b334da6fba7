/**
 * A growing byte buffer for JSON text with a soft limit. Strings are escaped while they are copied; at the limit they are
 * cut at a character. Every value is followed by a comma, and `close` turns the last comma into the bracket, so that
 * writers need not know which member is the first. bench/micro/json-writer.bench.ts measures it.
 */

import { encodeHex } from './hex.ts';
import { COMMA, QUOTE, ZERO } from './json-bytes.ts';
import { ESCAPED_BYTES_MAX, escapeInto } from './json-escape.ts';
import { copyBytes } from './rowbinary.ts';
import { cutAtCharacter } from './utf8.ts';

/** Source bytes that are escaped between two looks at the capacity. */
const CHUNK_BYTES = 4096;
/** Room for the fixed parts that are written between two calls of `ensure`. */
const SLACK_BYTES = 512;
const INITIAL_BYTES = 64 * 1024;
/** A buffer that one huge text made larger than this is given back before the next. */
const RETAINED_BYTES_MAX = 32 * 1024 * 1024;

const BASE64 = Uint8Array.from(
  Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1'),
);
const PADDING = 0x3d;

/** A text that is written often: its bytes as little-endian words, the last one padded. */
export interface Constant {
  readonly words: Int32Array;
  readonly length: number;
}

/** Makes the constant for an ASCII text. */
export function constant(text: string): Constant {
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4), 'latin1');
  const words = Int32Array.from({ length: padded.length / 4 }, (_, index) => padded.readInt32LE(index * 4));
  return { words, length: text.length };
}

export class JsonSink {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  private words = new DataView(this.bytes.buffer);
  /** Bytes written. */
  pos = 0;
  /** Strings are cut here; brackets and numbers may pass it by what is open. */
  limit = 0;
  /** Something was left out because of the limit. */
  isCut = false;

  /** Starts a new text that should stay below `limit` bytes. */
  reset(limit: number): void {
    if (this.bytes.length > RETAINED_BYTES_MAX) {
      this.bytes = new Uint8Array(INITIAL_BYTES);
      this.words = new DataView(this.bytes.buffer);
    }
    this.pos = 0;
    this.limit = limit;
    this.isCut = false;
  }

  /** True when nothing more should be added; marks the text as cut. */
  isFull(): boolean {
    if (this.pos < this.limit) return false;
    this.isCut = true;
    return true;
  }

  /** Makes room for `size` bytes and for the fixed parts around them. */
  ensure(size: number): void {
    const needed = this.pos + size + SLACK_BYTES;
    if (needed > this.bytes.length) this.grow(needed);
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
    this.words = new DataView(grown.buffer);
  }

  /** Writes a constant. PRECONDITION (here and below): `ensure` was called for it. */
  raw(text: Constant): void {
    const { words, pos } = this;
    const source = text.words;
    // The last word may write up to three bytes too many; they are overwritten next.
    for (let index = 0, at = pos; index < source.length; index++, at += 4) words.setInt32(at, source[index]!, true);
    this.pos = pos + text.length;
  }

  byte(value: number): void {
    this.bytes[this.pos++] = value;
  }

  /** Closes a container: its last comma becomes the bracket. */
  close(bracket: number): void {
    if (this.bytes[this.pos - 1] === COMMA) this.bytes[this.pos - 1] = bracket;
    else this.bytes[this.pos++] = bracket;
  }

  /** Writes bytes as they are; false when that might pass the limit. Makes its own room. */
  copy(source: Uint8Array, start: number, size: number): boolean {
    if (this.pos + size + SLACK_BYTES > this.limit) return false;
    this.ensure(size);
    this.pos = copyBytes(this.bytes, this.pos, source, start, size);
    return true;
  }

  /** Writes a quoted string for a span of well-formed UTF-8; makes its own room. */
  string(source: Uint8Array, start: number, length: number): void {
    this.ensure(0);
    this.bytes[this.pos++] = QUOTE;
    this.text(source, start, length);
    this.bytes[this.pos++] = QUOTE;
  }

  /** Writes a span escaped but not quoted; makes its own room, and leaves SLACK_BYTES. */
  text(source: Uint8Array, start: number, length: number): void {
    if (length <= CHUNK_BYTES && this.pos + length * ESCAPED_BYTES_MAX <= this.limit) {
      this.ensure(length * ESCAPED_BYTES_MAX);
      this.pos = escapeInto(this.bytes, this.words, this.pos, source, start, start + length);
      return;
    }
    this.longText(source, start, length);
  }

  private longText(source: Uint8Array, start: number, length: number): void {
    const end = start + length;
    let from = start;
    while (from < end) {
      const room = this.limit - this.pos;
      if (room < ESCAPED_BYTES_MAX) {
        this.isCut = true;
        break;
      }
      const chunk = Math.min(end - from, CHUNK_BYTES, Math.floor(room / ESCAPED_BYTES_MAX));
      const size = cutAtCharacter(source, from, end - from, chunk);
      // A character of up to four bytes may not fit into the last few bytes of room.
      if (size === 0) {
        this.isCut = true;
        break;
      }
      this.ensure(size * ESCAPED_BYTES_MAX);
      this.pos = escapeInto(this.bytes, this.words, this.pos, source, from, from + size);
      from += size;
    }
    this.ensure(0);
  }

  /** Writes bytes as a quoted Base64 text, cut at the limit; makes its own room. */
  base64(source: Uint8Array, start: number, length: number): void {
    const room = Math.max(0, Math.floor((this.limit - this.pos) / 4) * 3);
    if (length > room) this.isCut = true;
    const size = Math.min(length, room);
    this.ensure(Math.ceil(size / 3) * 4);
    const bytes = this.bytes;
    let pos = this.pos;
    bytes[pos++] = QUOTE;
    for (let index = start, end = start + size; index < end; index += 3) {
      const left = end - index;
      const second = left > 1 ? source[index + 1]! : 0;
      const third = left > 2 ? source[index + 2]! : 0;
      const bits = (source[index]! << 16) | (second << 8) | third;
      bytes[pos++] = BASE64[bits >> 18]!;
      bytes[pos++] = BASE64[(bits >> 12) & 63]!;
      bytes[pos++] = left > 1 ? BASE64[(bits >> 6) & 63]! : PADDING;
      bytes[pos++] = left > 2 ? BASE64[bits & 63]! : PADDING;
    }
    bytes[pos++] = QUOTE;
    this.pos = pos;
  }

  /** Writes bytes as a quoted text of lower-case hex digits. */
  hex(source: Uint8Array, start: number, length: number): void {
    this.bytes[this.pos++] = QUOTE;
    encodeHex(source, start, length, this.bytes, this.pos);
    this.pos += length * 2;
    this.bytes[this.pos++] = QUOTE;
  }

  /** Writes a double: shortest form that reads back the same, NaN and the infinities as strings. */
  double(value: number): void {
    if (value === Math.trunc(value) && value >= -999_999_999 && value <= 999_999_999 && !Object.is(value, -0)) {
      if (value < 0) this.bytes[this.pos++] = 0x2d;
      this.digits(Math.abs(value), 1);
      return;
    }
    const text = Object.is(value, -0) ? '-0' : String(value);
    const isNumber = Number.isFinite(value);
    if (!isNumber) this.bytes[this.pos++] = QUOTE;
    for (let index = 0; index < text.length; index++) this.bytes[this.pos++] = text.charCodeAt(index);
    if (!isNumber) this.bytes[this.pos++] = QUOTE;
  }

  /** Writes a 64-bit integer of two halves, signed or not, without quotes. */
  integer(low: number, high: number, isSigned: boolean): void {
    if (!isSigned || high >= 0) {
      this.unsigned(low >>> 0, high >>> 0);
      return;
    }
    this.bytes[this.pos++] = 0x2d;
    const negatedLow = -low >>> 0;
    this.unsigned(negatedLow, (~high + (negatedLow === 0 ? 1 : 0)) >>> 0);
  }

  /**
   * 64 bits in decimal, in groups of nine digits: long division by 10^9 over limbs of 16 bits, whose partial dividends
   * stay below 10^9 * 2^16 < 2^46 and are exact in doubles.
   */
  private unsigned(low: number, high: number): void {
    if (high === 0 && low < 1e9) {
      this.digits(low, 1);
      return;
    }
    // Floor and multiplication instead of %, which is a call for doubles; the quotients are far too small to be rounded up.
    let part = Math.floor(high / 1e9);
    let quotient = part;
    let dividend = (high - part * 1e9) * 65536 + (low >>> 16);
    part = Math.floor(dividend / 1e9);
    quotient = quotient * 65536 + part;
    dividend = (dividend - part * 1e9) * 65536 + (low & 0xffff);
    part = Math.floor(dividend / 1e9);
    quotient = quotient * 65536 + part;
    const rest = dividend - part * 1e9;
    const leading = Math.floor(quotient / 1e9);
    const middle = quotient - leading * 1e9;
    if (leading > 0) {
      this.digits(leading, 1);
      this.digits(middle, 9);
    } else this.digits(middle, 1);
    this.digits(rest, 9);
  }

  /** Writes an integer below 10^9 with at least `width` digits. */
  private digits(value: number, width: number): void {
    const count = Math.max(width, decimalLength(value | 0));
    const bytes = this.bytes;
    let rest = value | 0;
    for (let at = this.pos + count - 1; at >= this.pos; at--) {
      const quotient = (rest / 10) | 0;
      bytes[at] = ZERO + rest - quotient * 10;
      rest = quotient;
    }
    this.pos += count;
  }
}

function decimalLength(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  return value < 100_000_000 ? 8 : 9;
}

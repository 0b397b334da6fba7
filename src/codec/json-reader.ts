/**
 * JSON over UTF-8 bytes without JavaScript strings: a cursor that checks the grammar strictly (RFC 8259), finds keys by
 * hash and reports strings as spans. Strings with escapes are unescaped into the workspace's scratch; the input stays.
 *
 * PRECONDITION of every method: a NUL byte stands at `end` (no token contains one, so no scan leaves the body), and the
 * root is an object or array.
 *
 * Iterate with
 *   for (let more = reader.firstKey(); more; more = reader.nextKey()) { … reader.keyId … consume exactly one value }
 *   for (let more = reader.firstElement(); more; more = reader.nextElement()) { … consume exactly one value }
 */

import type { ErrorCode } from '../errors.ts';
import { KEY_READ_BYTES_MAX, NESTING_DEPTH_MAX } from '../limits.ts';
import { hashKey, lookupKey, nameOf } from '../model/names.ts';
import type { Tape } from '../model/tape.ts';
import { DecodeFault } from './fault.ts';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  STARTS_VALUE,
} from './json-bytes.ts';
import { unescapeString } from './json-unescape.ts';
import { cachedHash, cachedId, checkNames, findKey } from './key-cache.ts';
import { int64, int64ToNumber, parseInt64, parseNumber } from './numbers.ts';
import { cutAtCharacter } from './utf8.ts';
import { hasJsonSpecial, spaceEnd, wordsOf } from './words.ts';

/** 1 for bytes that stand for themselves inside a string. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = PLAIN[BACKSLASH] = 0;
/** The same when the body is not valid UTF-8: bytes from 0x80 take the slow path, which repairs them. */
const PLAIN_ASCII = PLAIN.slice().fill(0, 0x80);
/** Bytes behind the body that word-wise reads may look at. */
const READ_AHEAD_BYTES = 32;
/** 1 for digits and the other bytes of a number. */
const NUMERIC = new Uint8Array(256);
for (const character of '0123456789+-.eE') NUMERIC[character.charCodeAt(0)] = 1;

export class JsonReader {
  readonly tape: Tape;
  bytes: Uint8Array;
  pos = 0;
  end = 0;
  /** Offsets in errors count from here. */
  origin = 0;
  /** Span of the last string. */
  textStart = 0;
  textLength = 0;
  /** The last key: span, hash and number in names.ts (0 when unknown). */
  keyStart = 0;
  keyLength = 0;
  keyHash = 0;
  keyId = 0;
  /** The last number. `low` and `high` are the halves of an int64 and hold only when `isInteger`. */
  isInteger = false;
  low = 0;
  high = 0;
  double = 0;
  readonly fault = new DecodeFault();
  /** Every byte of the body is part of well-formed UTF-8, so strings need no check of their own. */
  isValidUtf8 = true;
  private plain = PLAIN;

  constructor(tape: Tape) {
    this.tape = tape;
    this.bytes = tape.bytes;
  }

  /** Points the cursor at [start, end) of the tape's workspace. */
  begin(start: number, end: number, isValidUtf8: boolean): void {
    this.pos = this.origin = start;
    this.end = end;
    this.keyId = 0;
    this.isValidUtf8 = isValidUtf8;
    this.plain = isValidUtf8 ? PLAIN : PLAIN_ASCII;
    this.tape.reserve(READ_AHEAD_BYTES);
    this.bytes = this.tape.bytes;
    checkNames();
  }

  /** Reads the workspace again after a call that may have replaced it. */
  move(): void {
    this.bytes = this.tape.bytes;
  }

  skipSpace(): void {
    if (this.bytes[this.pos]! <= SPACE) this.pos = spaceEnd(this.bytes, this.pos);
  }

  /** Enters an object; false when it is empty. The cursor then stands at the value of the first key. */
  firstKey(): boolean {
    if (this.bytes[this.pos] !== OPEN_OBJECT) throw this.mismatch('an object');
    this.pos++;
    this.skipSpace();
    if (this.bytes[this.pos] !== CLOSE_OBJECT) return this.key();
    this.pos++;
    return false;
  }

  /** Goes on behind a member's value; false when the object ends. */
  nextKey(): boolean {
    this.skipSpace();
    const byte = this.bytes[this.pos];
    if (byte === CLOSE_OBJECT) {
      this.pos++;
      return false;
    }
    if (byte !== COMMA) throw this.syntax("expected ',' or '}'");
    this.pos++;
    this.skipSpace();
    return this.key();
  }

  /** Enters an array; false when it is empty. The cursor then stands at the first element. */
  firstElement(): boolean {
    if (this.bytes[this.pos] !== OPEN_ARRAY) throw this.mismatch('an array');
    this.pos++;
    this.skipSpace();
    if (this.bytes[this.pos] !== CLOSE_ARRAY) return true;
    this.pos++;
    return false;
  }

  /** Goes on behind an element; false when the array ends. */
  nextElement(): boolean {
    this.skipSpace();
    const byte = this.bytes[this.pos];
    if (byte === CLOSE_ARRAY) {
      this.pos++;
      return false;
    }
    if (byte !== COMMA) throw this.syntax("expected ',' or ']'");
    this.pos++;
    this.skipSpace();
    return true;
  }

  /** First byte from `pos` that ends a string or needs care; the NUL behind the body stops the search. */
  plainEnd(pos: number): number {
    const { bytes, plain } = this;
    let index = pos;
    if (plain === PLAIN) {
      const words = wordsOf(bytes);
      while (hasJsonSpecial(words.getInt32(index, true)) === 0) index += 4;
    }
    while (plain[bytes[index]!] === 1) index++;
    return index;
  }

  /** Reads a key and the colon behind it. */
  private key(): true {
    const bytes = this.bytes;
    if (bytes[this.pos] !== QUOTE) throw this.syntax('expected a key');
    const start = this.pos + 1;
    const pos = this.plainEnd(start);
    if (bytes[pos] === QUOTE && pos - start <= KEY_READ_BYTES_MAX) {
      this.pos = pos + 1;
      this.setKey(start, pos - start);
    } else this.unusualKey();
    if (this.bytes[this.pos] !== COLON) {
      this.skipSpace();
      if (this.bytes[this.pos] !== COLON) throw this.syntax("expected ':'");
    }
    this.pos++;
    this.skipSpace();
    return true;
  }

  private setKey(start: number, length: number): void {
    const bytes = this.bytes;
    this.keyStart = start;
    this.keyLength = length;
    const entry = findKey(bytes, start, length);
    this.keyHash = entry < 0 ? hashKey(bytes, start, length) : cachedHash[entry]!;
    this.keyId = entry < 0 ? lookupKey(bytes, start, length, this.keyHash) : cachedId[entry]!;
  }

  private unusualKey(): void {
    this.string('a key');
    this.setKey(this.textStart, cutAtCharacter(this.bytes, this.textStart, this.textLength, KEY_READ_BYTES_MAX));
  }

  /** Reads a string into `textStart`, `textLength`; `expected` is for the message when there is none. */
  string(expected: string): void {
    const bytes = this.bytes;
    if (bytes[this.pos] !== QUOTE) throw this.mismatch(expected);
    const start = this.pos + 1;
    const pos = this.plainEnd(start);
    if (bytes[pos] === QUOTE) {
      this.textStart = start;
      this.textLength = pos - start;
      this.pos = pos + 1;
    } else unescapeString(this, start, pos);
  }

  /** Reads a number of JSON's grammar into `isInteger`, `low`, `high`, `double`. */
  number(expected: string): void {
    const bytes = this.bytes;
    const start = this.pos;
    let pos = start;
    while (NUMERIC[bytes[pos]!] === 1) pos++;
    if (pos === start) throw this.mismatch(expected);
    this.pos = pos;
    const first = bytes[start] === MINUS ? start + 1 : start;
    const digit = bytes[first]!;
    const isLeadingZero = digit === 0x30 && bytes[first + 1]! >= 0x30 && bytes[first + 1]! <= 0x39;
    if (digit < 0x30 || digit > 0x39 || isLeadingZero) throw this.syntax('malformed number');
    this.isInteger = parseInt64(bytes, start, pos);
    if (this.isInteger) {
      this.low = int64.low;
      this.high = int64.high;
      this.double = int64ToNumber(int64.low, int64.high);
    } else {
      this.double = parseNumber(bytes, start, pos);
      if (Number.isNaN(this.double)) throw this.syntax('malformed number');
    }
  }

  /** Takes `null`; false when something else stands there. */
  takeNull(): boolean {
    if (this.bytes[this.pos] !== LETTER_N) return false;
    this.word('null');
    return true;
  }

  /** Reads `true` or `false`. */
  boolean(expected: string): boolean {
    const isTrue = this.bytes[this.pos] === LETTER_T;
    if (!isTrue && this.bytes[this.pos] !== LETTER_F) throw this.mismatch(expected);
    this.word(isTrue ? 'true' : 'false');
    return isTrue;
  }

  private word(text: string): void {
    for (let index = 0; index < text.length; index++) {
      if (this.bytes[this.pos + index] === text.charCodeAt(index)) continue;
      this.pos += index;
      throw this.syntax(`expected ${text}`);
    }
    this.pos += text.length;
  }

  /** After the root: only white space may follow. */
  finish(): void {
    this.skipSpace();
    if (this.pos !== this.end) throw this.syntax('expected the end');
  }

  /** A grammar error at the cursor: the whole body is refused. */
  syntax(reason: string): DecodeFault {
    return this.fail('MALFORMED_JSON', this.pos >= this.end ? `${reason}, found the end` : reason);
  }

  /** A well-formed value of the wrong type at the cursor; a record can be left out for it. */
  mismatch(expected: string): DecodeFault {
    if (STARTS_VALUE[this.bytes[this.pos]!] !== 1) return this.syntax(`expected ${expected}`);
    return this.invalid(`expected ${expected}`);
  }

  /** A value that is well-formed JSON but not what OTLP allows there. */
  invalid(reason: string): DecodeFault {
    return this.fail('MALFORMED_OTLP', reason);
  }

  /** Names the last key when it is a known one: others are payload. */
  private fail(code: ErrorCode, reason: string): DecodeFault {
    const key = this.keyId === 0 ? '' : ` (after the key ${nameOf(this.keyId)})`;
    return this.fault.set(code, reason + key, this.pos - this.origin);
  }

  /** To call on entering a container. A fault and no IngestError: JSON inside strings is tried and left often. */
  checkDepth(depth: number, depthMax = NESTING_DEPTH_MAX): void {
    if (depth <= depthMax) return;
    throw this.fault.set('NESTING_TOO_DEEP', `deeper than ${depthMax}`, this.pos - this.origin);
  }
}

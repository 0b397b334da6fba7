/**
 * Protobuf wire format over untrusted bytes, on protobufjs's Reader: its buffer, position and fixed-width reads stay,
 * every read that takes a length or a varint from the input is replaced by a bounded one that throws one DecodeFault.
 * Source: protobuf.dev/programming-guides/encoding.
 *
 * Messages nest without a limit of their own: each is read up to its end, and a field that runs past that end is found
 * when the loop stops (`finish`); the buffer itself is never left, since every read is checked against `len`.
 */

import { Reader } from 'protobufjs/minimal.js';
import { NESTING_DEPTH_MAX } from '../limits.ts';
import { DecodeFault } from './fault.ts';
import { checkNames } from './key-cache.ts';

const NOTHING = new Uint8Array(0);

/** Wire types; 3 and 4 (groups) are refused. */
const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;

export class WireReader extends Reader {
  /** Halves of the last 64-bit read, as signed 32-bit integers. */
  low = 0;
  high = 0;
  /** The tag read last; errors name its field. */
  lastTag = 0;
  /** Where the body begins; offsets in errors count from here. */
  origin = 0;
  readonly fault = new DecodeFault();

  constructor() {
    super(NOTHING);
  }

  /** Points the reader at a body. Call `move` when the workspace was replaced by a larger one. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.buf = bytes;
    this.pos = this.origin = start;
    this.len = end;
    this.lastTag = 0;
    checkNames();
  }

  /** The same body in a grown workspace. */
  move(bytes: Uint8Array): void {
    this.buf = bytes;
  }

  /** Reads a field's tag: field number << 3 | wire type. */
  fieldTag(): number {
    const pos = this.pos;
    const byte = this.buf[pos]!;
    if (byte >= 8 && byte < 0x80 && pos < this.len) {
      this.pos = pos + 1;
      this.lastTag = byte;
      return byte;
    }
    return this.longTag();
  }

  private longTag(): number {
    const at = this.pos;
    this.varint64();
    if (this.high !== 0) throw this.fail('tag longer than 32 bits', at);
    const tag = this.low >>> 0;
    if (tag < 8) throw this.fail('field number 0', at);
    this.lastTag = tag;
    return tag;
  }

  /** Takes the next tag when it is this one: repeated fields stand together. PRECONDITION: `tag` is one byte long. */
  takeTag(tag: number, end: number): boolean {
    if (this.pos >= end || this.buf[this.pos] !== tag) return false;
    this.pos++;
    return true;
  }

  /** Reads a length and returns the offset at which the field ends, which never lies past `limit`. */
  lengthEnd(limit: number): number {
    const pos = this.pos;
    const byte = this.buf[pos]!;
    let end: number;
    if (byte < 0x80) {
      this.pos = pos + 1;
      end = pos + 1 + byte;
    } else {
      this.varint64();
      if (this.high !== 0 || this.low < 0) throw this.fail('length longer than 31 bits', pos);
      end = this.pos + this.low;
    }
    if (end > limit) throw this.fail('length past the end of its message', pos);
    return end;
  }

  /** Reads a varint of up to ten bytes into `low` and `high`; bits above 64 are dropped, as protobuf does. */
  varint64(): void {
    const buf = this.buf;
    const start = this.pos;
    const limit = Math.min(this.len, start + 10);
    let low = 0;
    let high = 0;
    let pos = start;
    for (let shift = 0; pos < limit; shift += 7) {
      const byte = buf[pos++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.pos = pos;
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw this.fail(pos === start + 10 ? 'varint longer than 10 bytes' : 'varint past the end', start);
  }

  /** Reads a varint and keeps its low 32 bits, signed: enums, int32. */
  varint32(): number {
    const byte = this.buf[this.pos]!;
    if (byte < 0x80 && this.pos < this.len) {
      this.pos++;
      return byte;
    }
    this.varint64();
    return this.low;
  }

  /** Reads 8 bytes into `low` and `high`. */
  wide(): void {
    this.need(8);
    this.low = this.sfixed32();
    this.high = this.sfixed32();
  }

  /** Checks that `size` bytes are left, so that the inherited fixed-width reads cannot throw. */
  need(size: number): void {
    if (this.pos + size > this.len) throw this.fail(`${size} bytes expected past the end`, this.pos);
  }

  /** Skips the value of an unknown field, with the same bounds as a known one. */
  skipField(tag: number, limit: number): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.varint64();
        return;
      case WIRE_FIXED64:
        this.need(8);
        this.pos += 8;
        return;
      case WIRE_LENGTH:
        this.pos = this.lengthEnd(limit);
        return;
      case WIRE_FIXED32:
        this.need(4);
        this.pos += 4;
        return;
      default:
        throw this.fail(`wire type ${tag & 7}`, this.pos - 1);
    }
  }

  /** To call after the last field of a message: a field that ran past the message's end is an error. */
  finish(end: number): void {
    if (this.pos !== end) throw this.fail('field past the end of its message', end);
  }

  /** To call on entering a value that can nest. */
  checkDepth(depth: number): void {
    if (depth <= NESTING_DEPTH_MAX) return;
    throw this.fault.set('NESTING_TOO_DEEP', `deeper than ${NESTING_DEPTH_MAX}`, this.pos - this.origin);
  }

  /** Fills the fault to throw; `at` is a position in the buffer. */
  fail(reason: string, at: number): DecodeFault {
    const field = this.lastTag === 0 ? '' : ` (after the tag of field ${this.lastTag >>> 3})`;
    return this.fault.set('MALFORMED_PROTOBUF', reason + field, at - this.origin);
  }
}

/**
 * MurmurHash3 x86_128 (Austin Appleby, public domain) over a stream of 32-bit words, for deterministic event ids.
 * Changed: the input is words fed one by one (spans are padded with zeros and followed by their length), so that values
 * scattered over the workspace need no copy. Not cryptographic: a tenant can only make its own events collide.
 */

import { wordsOf } from '../codec/words.ts';

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

const rotl = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

function finalMix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export class Hash128 {
  private h1 = 0;
  private h2 = 0;
  private h3 = 0;
  private h4 = 0;
  private k1 = 0;
  private k2 = 0;
  private k3 = 0;
  private pending = 0;
  private words = 0;
  /** The four result words after `finish`. */
  readonly result = new Int32Array(4);

  /** Starts from four seed words, for example another hash. */
  reset(a: number, b: number, c: number, d: number): void {
    this.h1 = a;
    this.h2 = b;
    this.h3 = c;
    this.h4 = d;
    this.pending = 0;
    this.words = 0;
  }

  /** Keeps the state in five words. Only after whole blocks of four. */
  save(state: Int32Array): void {
    state[0] = this.h1;
    state[1] = this.h2;
    state[2] = this.h3;
    state[3] = this.h4;
    state[4] = this.words;
  }

  /** Goes on from what `save` kept. */
  restore(state: Int32Array): void {
    this.reset(state[0]!, state[1]!, state[2]!, state[3]!);
    this.words = state[4]!;
  }

  /** Four words at once; the same as one after the other. */
  fourWords(source: Int32Array, at: number): void {
    if (this.pending !== 0) {
      for (let index = at; index < at + 4; index++) this.word(source[index]!);
      return;
    }
    this.words += 4;
    this.block(source[at]!, source[at + 1]!, source[at + 2]!, source[at + 3]!);
  }

  word(value: number): void {
    this.words++;
    switch (this.pending++) {
      case 0:
        this.k1 = value;
        return;
      case 1:
        this.k2 = value;
        return;
      case 2:
        this.k3 = value;
        return;
      default:
        this.pending = 0;
        this.block(this.k1, this.k2, this.k3, value);
    }
  }

  /** Feeds a span: its bytes as little-endian words, zero-padded, then its length. */
  span(bytes: Uint8Array, start: number, length: number): void {
    const words = wordsOf(bytes);
    const whole = start + (length & ~3);
    let index = start;
    for (; index < whole; index += 4) this.word(words.getInt32(index, true));
    let rest = 0;
    for (let shift = 0; index < start + length; index++, shift += 8) rest |= bytes[index]! << shift;
    if (length & 3) this.word(rest);
    this.word(length);
  }

  /** span of a few bytes outside of the workspace, without a DataView made for them. */
  shortSpan(bytes: Uint8Array): void {
    let word = 0;
    for (let index = 0; index < bytes.length; index++) {
      word |= bytes[index]! << ((index & 3) * 8);
      if ((index & 3) < 3) continue;
      this.word(word);
      word = 0;
    }
    if (bytes.length & 3) this.word(word);
    this.word(bytes.length);
  }

  private block(k1: number, k2: number, k3: number, k4: number): void {
    let h1 = this.h1 ^ Math.imul(rotl(Math.imul(k1, C1), 15), C2);
    h1 = (Math.imul((rotl(h1, 19) + this.h2) | 0, 5) + 0x561ccd1b) | 0;
    let h2 = this.h2 ^ Math.imul(rotl(Math.imul(k2, C2), 16), C3);
    h2 = (Math.imul((rotl(h2, 17) + this.h3) | 0, 5) + 0x0bcaa747) | 0;
    let h3 = this.h3 ^ Math.imul(rotl(Math.imul(k3, C3), 17), C4);
    h3 = (Math.imul((rotl(h3, 15) + this.h4) | 0, 5) + 0x96cd1c35) | 0;
    const h4 = this.h4 ^ Math.imul(rotl(Math.imul(k4, C4), 18), C1);
    this.h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
    this.h1 = h1;
    this.h2 = h2;
    this.h3 = h3;
  }

  /** The bare state in `result`, for another hash to take in and mix. */
  digest(): void {
    const total = this.words;
    while (this.pending !== 0) this.word(0);
    this.result[0] = this.h1 ^ total;
    this.result[1] = this.h2;
    this.result[2] = this.h3;
    this.result[3] = this.h4;
  }

  finish(): void {
    const total = this.words * 4;
    while (this.pending !== 0) this.word(0);
    let h1 = this.h1 ^ total;
    let h2 = this.h2 ^ total;
    let h3 = this.h3 ^ total;
    let h4 = this.h4 ^ total;
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = finalMix(h1);
    h2 = finalMix(h2);
    h3 = finalMix(h3);
    h4 = finalMix(h4);
    h1 = (h1 + h2 + h3 + h4) | 0;
    this.result[0] = h1;
    this.result[1] = (h2 + h1) | 0;
    this.result[2] = (h3 + h1) | 0;
    this.result[3] = (h4 + h1) | 0;
  }
}

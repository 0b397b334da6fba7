import { describe, expect, it } from 'vitest';
import { Hash128 } from '../../../src/normalize/hash128.ts';

/** Vectors of the Python package mmh3 5: `mmh3.hash_bytes(text, seed, x64arch=False)` as four little-endian int32. */
const VECTORS: readonly (readonly [text: string, seed: number, words: readonly number[]])[] = [
  ['0123456789abcdef', 0, [-75676663, 917426954, 1219304859, 1462451197]],
  ['0123456789abcdefThe quick brown ', 0, [1584216776, 330264962, 448074732, 695921915]],
];

function words(text: string): number[] {
  const bytes = Buffer.from(text, 'latin1');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readInt32LE(index * 4));
}

describe('Hash128', () => {
  it.each(VECTORS)('hashes whole words of %j like the reference', (text, seed, expected) => {
    const hash = new Hash128();
    hash.reset(seed, seed, seed, seed);
    for (const word of words(text)) hash.word(word);
    hash.finish();
    expect([...hash.result]).toEqual(expected);
  });

  it('hashes 48 bytes of 0xff with a seed like the reference', () => {
    const hash = new Hash128();
    hash.reset(42, 42, 42, 42);
    for (let index = 0; index < 12; index++) hash.word(-1);
    hash.finish();
    expect([...hash.result]).toEqual([248080141, -1012884665, -2068585627, 1255463293]);
  });

  it('tells spans apart that concatenate to the same bytes', () => {
    const results = [['ab', 'c'], ['a', 'bc'], ['abc', ''], ['abc']].map((parts) => {
      const hash = new Hash128();
      hash.reset(1, 2, 3, 4);
      for (const part of parts) hash.span(Buffer.from(part), 0, part.length);
      hash.finish();
      return [...hash.result].join();
    });
    expect(new Set(results).size).toBe(4);
  });

  it.each([0, 1, 3, 4, 15, 16])('takes %d bytes outside of the workspace like a span of it', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => 0xf0 + index);
    const results = [false, true].map((isShort) => {
      const hash = new Hash128();
      hash.reset(1, 2, 3, 4);
      if (isShort) hash.shortSpan(bytes);
      else hash.span(bytes, 0, length);
      hash.finish();
      return [...hash.result];
    });
    expect(results[1]).toEqual(results[0]);
  });
});

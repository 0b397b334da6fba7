/**
 * Hash and number of an attribute key without hashing it again: the same few hundred keys come in every record. A
 * direct-mapped cache is indexed by length, first and last four bytes, and a hit is proven by comparing all bytes, four
 * at a time; FNV-1a (names.ts), whose every step waits for the one before, runs on a miss only.
 */

import { CONSTANTS, hashKey, lookupKey } from '../model/names.ts';
import { hasHighBit, wordsOf } from './words.ts';

/** Longest key that is cached, and bytes of one entry. */
const ENTRY_BYTES = 64;
const ENTRY_SHIFT = 6;
const ENTRIES_SHIFT = 10;
const ENTRIES = 1 << ENTRIES_SHIFT;

const texts = new Uint8Array(ENTRIES * ENTRY_BYTES);
const textWords = new DataView(texts.buffer);
const lengths = new Uint8Array(ENTRIES);

/** What `findKey` found, by entry. */
export const cachedHash = new Int32Array(ENTRIES);
export const cachedId = new Uint16Array(ENTRIES);

/** Names that were interned after an entry was made would be missed: the cache lives as long as this count. */
let namesCount = CONSTANTS.count;

/**
 * The entry of the key at the span, made when there was none; -1 for keys that are not cached: under 4 bytes, over 64, or
 * not ASCII. A hit proves that the key is ASCII.
 */
export function findKey(bytes: Uint8Array, start: number, length: number): number {
  if (length < 4 || length > ENTRY_BYTES) return -1;
  const words = wordsOf(bytes);
  const last = words.getInt32(start + length - 4, true);
  const mixed = Math.imul(words.getInt32(start, true) ^ Math.imul(last, 0x9e3779b1) ^ length, 0x85ebca6b);
  const entry = mixed >>> (32 - ENTRIES_SHIFT);
  if (isEntry(words, start, length, last, entry)) return entry;
  // Two keys of one slot would push each other out with every record, so each has a second place.
  if (isEntry(words, start, length, last, entry ^ 1)) return entry ^ 1;
  return insert(bytes, start, length, lengths[entry] === 0 ? entry : entry ^ 1);
}

function isEntry(words: DataView, start: number, length: number, last: number, entry: number): boolean {
  if (lengths[entry] !== length) return false;
  const text = entry << ENTRY_SHIFT;
  for (let index = 0; index < length - 4; index += 4) {
    if (words.getInt32(start + index, true) !== textWords.getInt32(text + index, true)) return false;
  }
  return last === textWords.getInt32(text + length - 4, true);
}

/** Empties the cache when names were interned since it was filled; to call before each body. */
export function checkNames(): void {
  if (namesCount === CONSTANTS.count) return;
  lengths.fill(0);
  namesCount = CONSTANTS.count;
}

function insert(bytes: Uint8Array, start: number, length: number, entry: number): number {
  const text = entry << ENTRY_SHIFT;
  let seen = 0;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index]!;
    seen |= byte;
    texts[text + index] = byte;
  }
  lengths[entry] = 0;
  if (hasHighBit(seen) !== 0) return -1;
  const hash = hashKey(bytes, start, length);
  lengths[entry] = length;
  cachedHash[entry] = hash;
  cachedId[entry] = lookupKey(bytes, start, length, hash);
  return entry;
}

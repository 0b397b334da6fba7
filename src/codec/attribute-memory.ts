/**
 * Attributes that came before: an agent repeats most of its attributes, key and value, in every record. An entry holds one
 * KeyValue as it stood on the wire and what it decodes to, found again by comparing bytes, so that nothing of it is read
 * twice. A node that came from an entry carries its number in `tape.memo`; later stages keep what they made of the entry
 * under that number (text, hash, verdict) and in its words, which are zero again when the entry is replaced.
 *
 * One memory per thread. Entries outlive requests; they hold no more than the workspace held. Hostile input can only make
 * it miss. bench/micro/pipeline.bench.ts measures it.
 */

import { CONSTANTS } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { copyBytes } from './rowbinary.ts';
import { wordsOf } from './words.ts';

/** How an entry stands on the wire. */
export const Form = { PROTOBUF: 1, JSON: 2 } as const;

const ENTRIES_SHIFT = 11;
/** Number of entries; number 0 stands for none. */
export const MEMO_ENTRIES = 1 << ENTRIES_SHIFT;
/** Each entry has 1 << WIRE_SHIFT bytes for its wire form. */
const WIRE_SHIFT = 8;
const WIRE_BYTES_MIN = 12;
const WIRE_BYTES_MAX = 1 << WIRE_SHIFT;
/** Places for what is known by key: a hash decides, so that keys may share one. */
const KEYS = 1024;
/** A key whose value was new this often in a row is kept only now and then: times, counters, ids of single calls. */
const MISSES_MAX = 6;
const RETRY_MASK = 31;

/**
 * Words of one entry, one line of the processor's cache. `SIZE`: bytes of the wire form, 0 when the entry is empty.
 * `FIRST`, `SECOND`: of a STRING offset in the wire form and length, of an INT the two halves. `USED`: the record that used
 * it last; it is not replaced while that record is under way. `PINNED_IN`: the body whose resource or scope used it last; it
 * is not replaced while that body is under way. The rest is written by later stages, is 0 until then, and is explained in
 * their files.
 */
export const Memo = {
  SIZE: 0,
  FORM: 1,
  KIND: 2,
  FIRST: 3,
  SECOND: 4,
  KEY_OFFSET: 5,
  KEY_LENGTH: 6,
  KEY_HASH: 7,
  KEY_ID: 8,
  USED: 9,
  CLEAN_STATE: 10,
  TEXT_BYTES: 11,
  MAP_ENTRY_BYTES: 12,
  IS_DIGESTED: 13,
  PINNED_IN: 14,
  ARENA_EPOCH: 15,
} as const;
export const MEMO_SHIFT = 4;
/** 1 << MEMO_SHIFT words per entry. */
export const memoWords = new Int32Array(MEMO_ENTRIES << MEMO_SHIFT);

const wire = new Uint8Array(MEMO_ENTRIES << WIRE_SHIFT);
const wireWords = new Int32Array(wire.buffer);
const misses = new Uint8Array(KEYS);
/** Two guesses of what follows an entry, or an attribute of a key that is not kept. */
const follower = new Uint16Array((MEMO_ENTRIES + KEYS + 1) * 2);
/** Where a resource or scope begins; a record begins at 0. */
const OWNER_PLACE = MEMO_ENTRIES + KEYS;

let body = 0;
/** The body while a resource or scope is read, else 0. */
let pin = 0;
let record = 0;
/** Where `follower` is asked: the attribute before the one that comes next. */
let place = 0;
let namesCount = CONSTANTS.count;

/** Starts a body. Names that were interned since the last one would be missed, so they empty the memory. */
export function beginBody(): void {
  body = body === 0x7fffffff ? 1 : body + 1;
  if (namesCount === CONSTANTS.count) return;
  namesCount = CONSTANTS.count;
  memoWords.fill(0);
}

/** Starts a resource or a scope, whose nodes stay on the tape over its records. */
export function beginOwner(): void {
  record = (record + 1) | 0;
  place = OWNER_PLACE;
  pin = body;
}

/** Starts a record. */
export function beginRecord(): void {
  record = (record + 1) | 0;
  place = 0;
  pin = 0;
}

/** Keeps an entry while the body is under way, for nodes that are put on the tape again. */
export function pinEntry(entry: number): void {
  memoWords[(entry << MEMO_SHIFT) + Memo.PINNED_IN] = body;
}

/** Goes on behind a node that was not read. */
export function followNode(tape: Tape, node: number): void {
  place = tape.memo[node] || MEMO_ENTRIES + (tape.keyHash[node]! & (KEYS - 1));
}

/** Adds the node of the protobuf KeyValue [start, start + length) when it is known; false when it must be decoded. */
export function recall(tape: Tape, start: number, length: number): boolean {
  if (length < WIRE_BYTES_MIN || length > WIRE_BYTES_MAX) return false;
  const words = wordsOf(tape.bytes);
  const entry = find(words, start, length, Form.PROTOBUF);
  if (entry === 0) return false;
  add(tape, entry, start);
  return true;
}

/**
 * Adds the node of the JSON KeyValue at `start` when it is one of those that followed the attribute before last time; the
 * end of its text, or -1 when it must be decoded. The text ends at `end` at the latest.
 */
export function foretell(tape: Tape, start: number, end: number): number {
  const words = wordsOf(tape.bytes);
  const guess = place << 1;
  let entry = follower[guess]!;
  if (!isAt(words, start, end, entry)) {
    entry = follower[guess + 1]!;
    if (!isAt(words, start, end, entry)) return -1;
    follower[guess + 1] = follower[guess]!;
    follower[guess] = entry;
  }
  add(tape, entry, start);
  return start + memoWords[(entry << MEMO_SHIFT) + Memo.SIZE]!;
}

/** Notes the attribute [start, start + length) that was just decoded into `node`. */
export function remember(tape: Tape, node: number, start: number, length: number, form: number): void {
  const key = tape.keyHash[node]! & (KEYS - 1);
  const before = place << 1;
  place = MEMO_ENTRIES + key;
  if (misses[key]! >= MISSES_MAX && (++misses[key]! & RETRY_MASK) !== 0) {
    // Nor is it worth a guess.
    follower[before] = follower[before + 1] = 0;
    return;
  }
  if (!isPlain(tape, node, start, length)) return;
  const words = wordsOf(tape.bytes);
  let entry = form === Form.JSON ? find(words, start, length, form) : 0;
  if (entry !== 0) {
    tape.memo[node] = entry;
    use(entry << MEMO_SHIFT);
    misses[key] = 0;
  } else {
    misses[key]!++;
    entry = freeEntry(words, start, length, form);
    if (entry === 0) return;
    store(tape, node, entry, start, length, form);
  }
  place = entry;
  if (follower[before] === entry) return;
  follower[before + 1] = follower[before]!;
  follower[before] = entry;
}

function add(tape: Tape, entry: number, start: number): void {
  const at = entry << MEMO_SHIFT;
  const kind = memoWords[at + Memo.KIND]!;
  const value = memoWords[at + Memo.FIRST]!;
  const hash = memoWords[at + Memo.KEY_HASH]!;
  const node = tape.push(kind, kind === Kind.STRING ? start + value : value, memoWords[at + Memo.SECOND]!);
  tape.keyStart[node] = start + memoWords[at + Memo.KEY_OFFSET]!;
  tape.keyLength[node] = memoWords[at + Memo.KEY_LENGTH]!;
  tape.keyHash[node] = hash;
  tape.keyId[node] = memoWords[at + Memo.KEY_ID]!;
  tape.memo[node] = entry;
  use(at);
  misses[hash & (KEYS - 1)] = 0;
  place = entry;
}

function use(at: number): void {
  memoWords[at + Memo.USED] = record;
  if (pin !== 0) memoWords[at + Memo.PINNED_IN] = pin;
}

/** One of two places by the attribute's length and three of its words. */
function placeOf(words: DataView, start: number, length: number, form: number): number {
  // Where the key's first bytes stand, and the value's last.
  const head = start + (form === Form.JSON ? 8 : 2);
  const tail = start + length - (form === Form.JSON ? 7 : 4);
  const mixed =
    Math.imul(words.getInt32(head, true), 0x9e3779b1) ^
    Math.imul(words.getInt32(tail, true), 0x85ebca6b) ^
    Math.imul(words.getInt32(start + (length >> 1), true) + length, 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f) >>> (32 - ENTRIES_SHIFT);
}

function find(words: DataView, start: number, length: number, form: number): number {
  const entry = placeOf(words, start, length, form);
  if (isSame(words, start, length, form, entry)) return entry;
  return isSame(words, start, length, form, entry ^ 1) ? entry ^ 1 : 0;
}

function isAt(words: DataView, start: number, end: number, entry: number): boolean {
  const length = memoWords[(entry << MEMO_SHIFT) + Memo.SIZE]!;
  return length !== 0 && start + length <= end && isSame(words, start, length, Form.JSON, entry);
}

function isSame(words: DataView, start: number, length: number, form: number, entry: number): boolean {
  const at = entry << MEMO_SHIFT;
  if (memoWords[at + Memo.SIZE] !== length || memoWords[at + Memo.FORM] !== form) return false;
  let from = entry << (WIRE_SHIFT - 2);
  const last = start + length - 4;
  let index = start;
  for (; index <= last; index += 4, from++) if (words.getInt32(index, true) !== wireWords[from]) return false;
  // Bytes behind the last whole word; the entry is padded with zeros.
  const rest = length & 3;
  return rest === 0 || words.getInt32(last, true) >>> (32 - rest * 8) === wireWords[from];
}

/** A scalar whose key and text stand in the wire form as they are. */
function isPlain(tape: Tape, node: number, start: number, length: number): boolean {
  if (length < WIRE_BYTES_MIN || length > WIRE_BYTES_MAX || tape.count !== node + 1) return false;
  const end = start + length;
  const keyStart = tape.keyStart[node]!;
  if (tape.keyLength[node]! <= 0 || keyStart < start || keyStart + tape.keyLength[node]! > end) return false;
  const kind = tape.kind[node]!;
  if (kind === Kind.STRING) return tape.start[node]! >= start && tape.start[node]! + tape.length[node]! <= end;
  return kind === Kind.INT || kind === Kind.TRUE || kind === Kind.FALSE;
}

/** The place that was left alone longest; 0 when both are in use. */
function freeEntry(words: DataView, start: number, length: number, form: number): number {
  const entry = placeOf(words, start, length, form);
  const other = entry ^ 1;
  const one = entry << MEMO_SHIFT;
  const two = other << MEMO_SHIFT;
  const isOther = isInUse(one) || (!isInUse(two) && memoWords[two + Memo.USED]! < memoWords[one + Memo.USED]!);
  if (isOther) return isInUse(two) ? 0 : other;
  return entry;
}

function isInUse(at: number): boolean {
  if (memoWords[at + Memo.SIZE] === 0) return false;
  return memoWords[at + Memo.USED] === record || memoWords[at + Memo.PINNED_IN] === body;
}

function store(tape: Tape, node: number, entry: number, start: number, length: number, form: number): void {
  const at = entry << MEMO_SHIFT;
  const kind = tape.kind[node]!;
  memoWords.fill(0, at, at + (1 << MEMO_SHIFT));
  if ((length & 3) !== 0) wireWords[((entry << WIRE_SHIFT) + length) >> 2] = 0;
  copyBytes(wire, entry << WIRE_SHIFT, tape.bytes, start, length);
  memoWords[at + Memo.SIZE] = length;
  memoWords[at + Memo.FORM] = form;
  memoWords[at + Memo.KIND] = kind;
  memoWords[at + Memo.FIRST] = kind === Kind.STRING ? tape.start[node]! - start : tape.start[node]!;
  memoWords[at + Memo.SECOND] = tape.length[node]!;
  memoWords[at + Memo.KEY_OFFSET] = tape.keyStart[node]! - start;
  memoWords[at + Memo.KEY_LENGTH] = tape.keyLength[node]!;
  memoWords[at + Memo.KEY_HASH] = tape.keyHash[node]!;
  memoWords[at + Memo.KEY_ID] = tape.keyId[node]!;
  memoWords[at + Memo.USED] = record;
}

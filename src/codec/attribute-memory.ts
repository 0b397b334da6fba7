/**
 * Attributes that came before: an agent repeats most of its attributes, key and value, in every record. An entry holds one
 * KeyValue as it stood on the wire and what it decodes to, found again by comparing bytes, so that nothing of it is read
 * twice. A node that came from an entry carries its number in `tape.memo`; later stages keep what they made of the entry
 * under that number (texts, hashes, verdicts) next to its version, which changes when the entry is replaced.
 *
 * One memory per thread. Entries outlive requests; they hold no more than the workspace held. Hostile input can only make
 * it miss. bench/micro/worker-pipeline.bench.ts measures it.
 */

import { CONSTANTS } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { wordsOf } from './words.ts';

/** How an entry stands on the wire. */
export const Form = { PROTOBUF: 1, JSON: 2 } as const;

const ENTRIES_SHIFT = 11;
/** Number of entries; number 0 stands for none. */
export const MEMO_ENTRIES = 1 << ENTRIES_SHIFT;
const WIRE_SHIFT = 8;
const WIRE_BYTES_MIN = 12;
const WIRE_BYTES_MAX = 1 << WIRE_SHIFT;
/** Places for what is known by key: a hash decides, so that keys may share one. */
const KEYS = 1024;
/** A key whose value was new this often in a row is kept only now and then: times, counters, ids of single calls. */
const MISSES_MAX = 6;
const RETRY_MASK = 31;

const wire = new Uint8Array(MEMO_ENTRIES << WIRE_SHIFT);
const wireWords = new DataView(wire.buffer);
const form = new Uint8Array(MEMO_ENTRIES);
/** 0: the entry is empty. */
const size = new Uint16Array(MEMO_ENTRIES);
const kind = new Uint8Array(MEMO_ENTRIES);
/** STRING: offset in the wire form and length; INT: the two halves. */
const first = new Int32Array(MEMO_ENTRIES);
const second = new Int32Array(MEMO_ENTRIES);
const keyOffset = new Uint16Array(MEMO_ENTRIES);
const keyLength = new Uint16Array(MEMO_ENTRIES);
const keyHash = new Int32Array(MEMO_ENTRIES);
const keyId = new Uint16Array(MEMO_ENTRIES);
/** Record that used the entry last: it is not replaced while that record is under way. */
const usedBy = new Int32Array(MEMO_ENTRIES);
const misses = new Uint8Array(KEYS);
/** Two guesses of what follows an entry, or an attribute of a key that is not kept. */
const follower = new Uint16Array((MEMO_ENTRIES + KEYS) * 2);

/** Version of each entry: what was derived from an entry under another version is void. Never 0. */
export const memoVersion = new Int32Array(MEMO_ENTRIES);

let record = 0;
let versions = 0;
/** Where `follower` is asked: the attribute before the one that comes next. */
let place = 0;
let namesCount = CONSTANTS.count;

/** Starts a record. Names that were interned since the last one would be missed, so they empty the memory. */
export function beginRecord(): void {
  record = (record + 1) | 0;
  place = 0;
  if (namesCount === CONSTANTS.count) return;
  namesCount = CONSTANTS.count;
  size.fill(0);
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
  if (entry === 0 || !isAt(words, start, end, entry)) {
    entry = follower[guess + 1]!;
    if (entry === 0 || !isAt(words, start, end, entry)) return -1;
    follower[guess + 1] = follower[guess]!;
    follower[guess] = entry;
  }
  add(tape, entry, start);
  return start + size[entry]!;
}

/** Notes the attribute [start, start + length) that was just decoded into `node`. */
export function remember(tape: Tape, node: number, start: number, length: number, wireForm: number): void {
  const key = tape.keyHash[node]! & (KEYS - 1);
  const before = place;
  place = MEMO_ENTRIES + key;
  if (!isPlain(tape, node, start, length)) return;
  const words = wordsOf(tape.bytes);
  let entry = find(words, start, length, wireForm);
  if (entry !== 0) {
    tape.memo[node] = entry;
    usedBy[entry] = record;
    misses[key] = 0;
  } else {
    misses[key]!++;
    if (misses[key]! > MISSES_MAX && (misses[key]! & RETRY_MASK) !== 0) return;
    entry = freeEntry(words, start, length, wireForm);
    if (entry === 0) return;
    store(tape, node, entry, start, length, wireForm);
  }
  place = entry;
  const guess = before << 1;
  if (follower[guess] === entry) return;
  follower[guess + 1] = follower[guess]!;
  follower[guess] = entry;
}

function add(tape: Tape, entry: number, start: number): void {
  const value = kind[entry] === Kind.STRING ? start + first[entry]! : first[entry]!;
  const node = tape.push(kind[entry]!, value, second[entry]!);
  tape.keyStart[node] = start + keyOffset[entry]!;
  tape.keyLength[node] = keyLength[entry]!;
  tape.keyHash[node] = keyHash[entry]!;
  tape.keyId[node] = keyId[entry]!;
  tape.memo[node] = entry;
  usedBy[entry] = record;
  misses[keyHash[entry]! & (KEYS - 1)] = 0;
  place = entry;
}

/** One of two places by the attribute's length and three of its words. */
function placeOf(words: DataView, start: number, length: number, wireForm: number): number {
  // Where the key's first bytes stand, and the value's last.
  const head = start + (wireForm === Form.JSON ? 8 : 2);
  const tail = start + length - (wireForm === Form.JSON ? 7 : 4);
  const mixed =
    Math.imul(words.getInt32(head, true), 0x9e3779b1) ^
    Math.imul(words.getInt32(tail, true), 0x85ebca6b) ^
    Math.imul(words.getInt32(start + (length >> 1), true) + length, 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f) >>> (32 - ENTRIES_SHIFT);
}

function find(words: DataView, start: number, length: number, wireForm: number): number {
  const entry = placeOf(words, start, length, wireForm);
  if (size[entry] === length && form[entry] === wireForm && isSame(words, start, length, entry)) return entry;
  const other = entry ^ 1;
  return size[other] === length && form[other] === wireForm && isSame(words, start, length, other) ? other : 0;
}

function isAt(words: DataView, start: number, end: number, entry: number): boolean {
  const length = size[entry]!;
  return length !== 0 && start + length <= end && form[entry] === Form.JSON && isSame(words, start, length, entry);
}

function isSame(words: DataView, start: number, length: number, entry: number): boolean {
  const from = entry << WIRE_SHIFT;
  const last = length - 4;
  for (let index = 0; index < last; index += 4) {
    if (words.getInt32(start + index, true) !== wireWords.getInt32(from + index, true)) return false;
  }
  return words.getInt32(start + last, true) === wireWords.getInt32(from + last, true);
}

/** A scalar whose key and text stand in the wire form as they are. */
function isPlain(tape: Tape, node: number, start: number, length: number): boolean {
  if (length < WIRE_BYTES_MIN || length > WIRE_BYTES_MAX || tape.count !== node + 1) return false;
  const end = start + length;
  const keyStart = tape.keyStart[node]!;
  if (tape.keyLength[node]! <= 0 || keyStart < start || keyStart + tape.keyLength[node]! > end) return false;
  const found = tape.kind[node]!;
  if (found === Kind.STRING) return tape.start[node]! >= start && tape.start[node]! + tape.length[node]! <= end;
  return found === Kind.INT || found === Kind.TRUE || found === Kind.FALSE;
}

/** The place that was left alone longest; 0 when the record under way uses both, or there is none. */
function freeEntry(words: DataView, start: number, length: number, wireForm: number): number {
  const entry = placeOf(words, start, length, wireForm);
  const other = entry ^ 1;
  const older = size[other] === 0 || (size[entry] !== 0 && usedBy[other]! < usedBy[entry]!) ? other : entry;
  return older === 0 || (size[older] !== 0 && usedBy[older] === record) ? 0 : older;
}

function store(tape: Tape, node: number, entry: number, start: number, length: number, wireForm: number): void {
  wire.set(tape.bytes.subarray(start, start + length), entry << WIRE_SHIFT);
  versions = versions === 0x7fffffff ? 1 : versions + 1;
  memoVersion[entry] = versions;
  form[entry] = wireForm;
  size[entry] = length;
  kind[entry] = tape.kind[node]!;
  first[entry] = kind[entry] === Kind.STRING ? tape.start[node]! - start : tape.start[node]!;
  second[entry] = tape.length[node]!;
  keyOffset[entry] = tape.keyStart[node]! - start;
  keyLength[entry] = tape.keyLength[node]!;
  keyHash[entry] = tape.keyHash[node]!;
  keyId[entry] = tape.keyId[node]!;
  usedBy[entry] = record;
}

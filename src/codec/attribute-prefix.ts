/**
 * Leading attributes that records of one scope share: an exporter puts user, session and terminal first into each. They are
 * found by comparing bytes with the scope's first record, and their nodes are put on the tape again without being read.
 * `RecordView.prefixSerial` tells later stages that they may go on from what they made of the same nodes before.
 *
 * One per thread. It only holds within a scope of one body, and only while the list of attributes has the same node.
 * bench/micro/pipeline.bench.ts measures it.
 */

import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { followNode, pinEntry } from './attribute-memory.ts';
import { OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';
import { wordsOf } from './words.ts';

const ATTRIBUTES_MIN = 2;
const ATTRIBUTES_MAX = 32;
/** A scope whose records differ this often is read attribute by attribute from then on. */
const BREAKS_MAX = 16;
const SPACE = 0x20;

/** Offsets behind each attribute of the list under way; decoders fill it while they read. */
export const attributeEnds = new Int32Array(ATTRIBUTES_MAX);

let serials = 0;
/** Where the attributes of the record stand to which others are compared, -1 when there is none. */
let baseStart = -1;
let baseBytes = 0;
let breaks = 0;
/** Number of the prefix that is kept, 0 when there is none. */
let serial = 0;
let list = 0;
let count = 0;
let bytesShared = 0;

const kinds = new Uint8Array(ATTRIBUTES_MAX);
const starts = new Int32Array(ATTRIBUTES_MAX);
const lengths = new Int32Array(ATTRIBUTES_MAX);
const doubles = new Float64Array(ATTRIBUTES_MAX);
const keyStarts = new Int32Array(ATTRIBUTES_MAX);
const keyLengths = new Int32Array(ATTRIBUTES_MAX);
const keyHashes = new Int32Array(ATTRIBUTES_MAX);
const keyIds = new Uint16Array(ATTRIBUTES_MAX);
const memos = new Uint16Array(ATTRIBUTES_MAX);

/** Starts a scope. */
export function beginPrefix(): void {
  baseStart = -1;
  serial = breaks = 0;
}

/** The prefix turned out to hold what no stage may take over: nothing is shared until the next scope. */
export function dropPrefix(view: RecordView): void {
  view.prefixSerial = serial = 0;
  breaks = BREAKS_MAX;
}

/**
 * Adds the nodes of the prefix to the open list `node` when the attributes begin with its bytes at `start` and these end by
 * `end`; how many attributes they are, 0 when none was added. `prefixEnd(start)` is then where reading goes on.
 */
export function restorePrefix(view: RecordView, node: number, start: number, end: number): number {
  const { tape } = view;
  view.prefixSerial = 0;
  if (serial === 0 || node !== list || start + bytesShared > end) return 0;
  if (bytesInCommon(tape, baseStart, start, bytesShared) < bytesShared) return 0;
  for (let index = 0; index < count; index++) {
    const child = tape.push(kinds[index]!, starts[index]!, lengths[index]!);
    tape.double[child] = doubles[index]!;
    tape.keyStart[child] = keyStarts[index]!;
    tape.keyLength[child] = keyLengths[index]!;
    tape.keyHash[child] = keyHashes[index]!;
    tape.keyId[child] = keyIds[index]!;
    tape.memo[child] = memos[index]!;
  }
  followNode(tape, tape.count - 1);
  view.prefixSerial = serial;
  view.prefixEnd = tape.count;
  return count;
}

/** Where a restored prefix ends that began at `start`. */
export function prefixEnd(start: number): number {
  return start + bytesShared;
}

/**
 * Compares a list that was read without a prefix with the scope's first one. `children` attributes stand from `start` on,
 * `attributeEnds` says where they end; they are the nodes behind `node`.
 */
export function learnPrefix(view: RecordView, node: number, start: number, children: number): void {
  if (breaks >= BREAKS_MAX) return;
  const { tape } = view;
  const ends = Math.min(children, ATTRIBUTES_MAX);
  const bytes = attributeEnds[ends - 1]! - start;
  if (baseStart >= 0) {
    breaks++;
    const common = bytesInCommon(tape, baseStart, start, Math.min(baseBytes, bytes));
    let shared = 0;
    while (shared < ends && attributeEnds[shared]! - start <= common && isShareable(tape, node + 1 + shared)) shared++;
    if (shared >= ATTRIBUTES_MIN) {
      keep(tape, node, shared, attributeEnds[shared - 1]! - start);
      view.prefixSerial = serial;
      view.prefixEnd = node + 1 + shared;
      return;
    }
  }
  serial = 0;
  baseStart = start;
  baseBytes = bytes;
}

function keep(tape: Tape, node: number, shared: number, bytes: number): void {
  serials = (serials + 1) & 0x3fffffff || 1;
  serial = serials;
  list = node;
  count = shared;
  bytesShared = bytes;
  for (let index = 0, child = node + 1; index < shared; index++, child++) {
    kinds[index] = tape.kind[child]!;
    starts[index] = tape.start[child]!;
    lengths[index] = tape.length[child]!;
    doubles[index] = tape.double[child]!;
    keyStarts[index] = tape.keyStart[child]!;
    keyLengths[index] = tape.keyLength[child]!;
    keyHashes[index] = tape.keyHash[child]!;
    keyIds[index] = tape.keyId[child]!;
    memos[index] = tape.memo[child]!;
    pinEntry(tape.memo[child]!);
  }
}

/** A scalar; text that may be JSON is a tree of its own in each record. */
function isShareable(tape: Tape, node: number): boolean {
  const kind = tape.kind[node]!;
  if (kind === Kind.ARRAY || kind === Kind.MAP || kind === Kind.KVLIST) return false;
  if (kind !== Kind.STRING || tape.length[node] === 0) return true;
  const first = tape.bytes[tape.start[node]!]!;
  return first !== OPEN_OBJECT && first !== OPEN_ARRAY && first > SPACE;
}

/** How many of the first `length` bytes are the same at both places; rounded down to words unless all are. */
function bytesInCommon(tape: Tape, left: number, right: number, length: number): number {
  const words = wordsOf(tape.bytes);
  const whole = length & ~3;
  let at = 0;
  while (at < whole && words.getInt32(left + at, true) === words.getInt32(right + at, true)) at += 4;
  if (at < whole) return at;
  const { bytes } = tape;
  while (at < length && bytes[left + at] === bytes[right + at]) at++;
  return at;
}

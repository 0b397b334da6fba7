/**
 * The tape: every value of one record as numbers in typed arrays, in pre-order, over one byte workspace. Decoders write
 * it, privacy scrubs it in place, normalize and the raw writer read it. No JavaScript object or string per value.
 *
 * Workspace: [constants | body | scratch]. A span is (start, length) in it, so constants, body bytes and rewritten bytes
 * are addressed alike. Scratch only grows until `reset`.
 *
 * | kind       | start, length                                      |
 * | NULL FALSE TRUE | –                                             |
 * | INT        | low 32 bits, high 32 bits of an int64              |
 * | DOUBLE     | – (the value is in `double`)                       |
 * | STRING     | UTF-8 span                                         |
 * | BYTES      | raw span                                           |
 * | ARRAY MAP KVLIST | `length` = number of direct children         |
 * | JSON       | span of the string, which parsed as JSON; `double` = index of the parsed value's root, which lies behind the |
 * |            | record's own nodes and is nobody's sibling. Whoever changes the value rewrites the span too |
 * | SUPPRESSED | `start` = class (1 prompt, 2 output), `length` = bytes of the text that stood there |
 *
 * KVLIST is a list of OTLP attributes, MAP a plain object: they differ in how raw_event prints them.
 */

import { IngestError } from '../errors.ts';
import { NESTING_DEPTH_MAX, TAPE_NODES_MAX } from '../limits.ts';
import { CONSTANTS, constantsBytes, hashKey, lookupKey } from './names.ts';

export const Kind = {
  NULL: 0,
  FALSE: 1,
  TRUE: 2,
  INT: 3,
  DOUBLE: 4,
  STRING: 5,
  BYTES: 6,
  ARRAY: 7,
  MAP: 8,
  KVLIST: 9,
  JSON: 10,
  SUPPRESSED: 11,
} as const;

const NODES_INITIAL = 4096;
const SCRATCH_INITIAL = 64 * 1024;

export class Tape {
  /** The workspace; replaced by a larger copy when scratch grows: read it again after any call that may grow it. */
  bytes: Uint8Array<ArrayBuffer>;
  /** End of the used part of the workspace. */
  used = 0;
  /** Nodes in use; a new record continues behind the resource's and scope's nodes. */
  count = 0;
  kind = new Uint8Array(NODES_INITIAL);
  start = new Int32Array(NODES_INITIAL);
  length = new Int32Array(NODES_INITIAL);
  double = new Float64Array(NODES_INITIAL);
  /** Index behind this node's subtree: the next sibling, or the end of the parent. */
  next = new Int32Array(NODES_INITIAL);
  /** Number of the key in names.ts, 0 when unknown or absent. */
  keyId = new Uint16Array(NODES_INITIAL);
  keyHash = new Int32Array(NODES_INITIAL);
  keyStart = new Int32Array(NODES_INITIAL);
  /** -1 when the node has no key (array element, root). */
  keyLength = new Int32Array(NODES_INITIAL);
  /** 1 when scrubbing changed this node or something below it. */
  changed = new Uint8Array(NODES_INITIAL);
  /** Number of the remembered attribute that this node repeats (codec/attribute-memory.ts), 0 when there is none. */
  memo = new Uint16Array(NODES_INITIAL);

  private constantsBytes = 0;

  constructor() {
    this.bytes = new Uint8Array(SCRATCH_INITIAL);
    this.reset();
  }

  /** Forgets all nodes and all bytes but the constants. Call before each body. */
  reset(): void {
    this.count = 0;
    this.used = 0;
    if (this.constantsBytes !== CONSTANTS.bytesUsed) this.loadConstants();
    this.used = this.constantsBytes;
  }

  /** Names may be interned after a tape was made (a module loaded late): the prefix is completed on reset. */
  private loadConstants(): void {
    const constants = constantsBytes();
    this.reserve(constants.length);
    this.bytes.set(constants);
    this.constantsBytes = constants.length;
  }

  /** Makes room for `size` more bytes and returns where they begin; `used` is not moved. */
  reserve(size: number): number {
    const needed = this.used + size;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, Math.min(this.used, this.bytes.length)));
      this.bytes = grown;
    }
    return this.used;
  }

  /** Copies foreign bytes behind the used part; returns their start. */
  append(source: Uint8Array): number {
    const start = this.reserve(source.length);
    this.bytes.set(source, start);
    this.used = start + source.length;
    return start;
  }

  /** Adds a node without a key and returns its index. Containers set `next` and `length` when they close. */
  push(kind: number, start: number, length: number): number {
    const index = this.count;
    if (index === this.kind.length) this.growNodes();
    this.kind[index] = kind;
    this.start[index] = start;
    this.length[index] = length;
    this.next[index] = index + 1;
    this.keyId[index] = 0;
    this.keyHash[index] = 0;
    this.keyLength[index] = -1;
    this.changed[index] = 0;
    this.memo[index] = 0;
    this.count = index + 1;
    return index;
  }

  /** Adds a DOUBLE. */
  pushDouble(value: number): number {
    const index = this.push(Kind.DOUBLE, 0, 0);
    this.double[index] = value;
    return index;
  }

  /** Names a node by the UTF-8 span of its key. */
  setKey(index: number, start: number, length: number): void {
    const hash = hashKey(this.bytes, start, length);
    this.keyStart[index] = start;
    this.keyLength[index] = length;
    this.keyHash[index] = hash;
    this.keyId[index] = lookupKey(this.bytes, start, length, hash);
  }

  /** Names a node by a key of names.ts, for decoders that know the field from its number. */
  setKnownKey(index: number, keyId: number): void {
    this.keyStart[index] = CONSTANTS.start[keyId]!;
    this.keyLength[index] = CONSTANTS.length[keyId]!;
    this.keyHash[index] = CONSTANTS.hash[keyId]!;
    this.keyId[index] = keyId;
  }

  /** Closes a container: everything pushed since `index` is its content. */
  close(index: number, children: number): void {
    this.length[index] = children;
    this.next[index] = this.count;
  }

  /** First direct child of `index` with this known key, or -1. The last of duplicates wins, as in JSON.parse. */
  child(index: number, keyId: number): number {
    const end = this.next[index]!;
    let found = -1;
    for (let node = index + 1; node < end; node = this.next[node]!) if (this.keyId[node] === keyId) found = node;
    return found;
  }

  /** The UTF-8 text of a span; for slow paths and tests only. */
  text(start: number, length: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8');
  }

  private growNodes(): void {
    const size = this.kind.length * 2;
    if (size > TAPE_NODES_MAX * 2) throw new IngestError('TOO_MANY_VALUES', `more than ${TAPE_NODES_MAX} values`);
    this.kind = grow(this.kind, new Uint8Array(size));
    this.start = grow(this.start, new Int32Array(size));
    this.length = grow(this.length, new Int32Array(size));
    this.double = grow(this.double, new Float64Array(size));
    this.next = grow(this.next, new Int32Array(size));
    this.keyId = grow(this.keyId, new Uint16Array(size));
    this.keyHash = grow(this.keyHash, new Int32Array(size));
    this.keyStart = grow(this.keyStart, new Int32Array(size));
    this.keyLength = grow(this.keyLength, new Int32Array(size));
    this.changed = grow(this.changed, new Uint8Array(size));
    this.memo = grow(this.memo, new Uint16Array(size));
  }
}

function grow<T extends { set(source: T): void }>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

/** Throws when `depth` passes the limit; decoders call it on entering a container. */
export function checkDepth(depth: number, offset: number): void {
  if (depth > NESTING_DEPTH_MAX) {
    throw new IngestError('NESTING_TOO_DEEP', `deeper than ${NESTING_DEPTH_MAX} at offset ${offset}`);
  }
}

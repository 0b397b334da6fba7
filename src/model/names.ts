/**
 * Known names as numbers. A table that gives a name a meaning (column sources, field classes, OTLP field names) interns
 * it once when its module loads; decoders then find a key's number by hashing its bytes. The same bytes serve as constant
 * text: every Tape starts with a copy of them, so a constant is a span like any other.
 */

const SLOTS = 4096; // power of two, several times the names that exist, so that probes stay short
/** Known names at most, number 0 included. */
export const NAMES_MAX = 2048;
const BYTES_MAX = 64 * 1024;

const bytes = new Uint8Array(BYTES_MAX);
const slots = new Uint16Array(SLOTS);
const byName = new Map<string, number>();

/** Spans and hashes of the interned names by number; number 0 is "unknown". */
export const CONSTANTS = {
  start: new Int32Array(NAMES_MAX),
  length: new Int32Array(NAMES_MAX),
  hash: new Int32Array(NAMES_MAX),
  count: 1,
  bytesUsed: 0,
};

/** The interned bytes so far. */
export function constantsBytes(): Uint8Array {
  return bytes.subarray(0, CONSTANTS.bytesUsed);
}

/** FNV-1a over the bytes of a key, as a signed 32-bit integer. */
export function hashKey(source: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = start, end = start + length; index < end; index++) {
    hash = Math.imul(hash ^ source[index]!, 0x01000193);
  }
  return hash;
}

/** The number of a name, the same for every call with the same text. Only for module initialization: the table is bounded. */
export function internName(name: string): number {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const encoded = Buffer.from(name, 'utf8');
  const id = CONSTANTS.count;
  if (id >= NAMES_MAX || CONSTANTS.bytesUsed + encoded.length > BYTES_MAX) throw new Error('names.ts: table is full');
  const start = CONSTANTS.bytesUsed;
  bytes.set(encoded, start);
  CONSTANTS.start[id] = start;
  CONSTANTS.length[id] = encoded.length;
  const hash = hashKey(bytes, start, encoded.length);
  CONSTANTS.hash[id] = hash;
  CONSTANTS.bytesUsed += encoded.length;
  CONSTANTS.count = id + 1;
  byName.set(name, id);
  let slot = hash & (SLOTS - 1);
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
  slots[slot] = id;
  return id;
}

/** The number of the name whose bytes stand there, or 0. `hash` is hashKey of the same span. */
export function lookupKey(source: Uint8Array, start: number, length: number, hash: number): number {
  let slot = hash & (SLOTS - 1);
  for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
    if (CONSTANTS.hash[id] === hash && CONSTANTS.length[id] === length && sameBytes(source, start, id, length))
      return id;
    slot = (slot + 1) & (SLOTS - 1);
  }
  return 0;
}

/** The number of the name that the span consists of, or 0. */
export function nameIdAt(source: Uint8Array, start: number, length: number): number {
  return lookupKey(source, start, length, hashKey(source, start, length));
}

function sameBytes(source: Uint8Array, start: number, id: number, length: number): boolean {
  const from = CONSTANTS.start[id]!;
  for (let index = 0; index < length; index++) if (source[start + index] !== bytes[from + index]) return false;
  return true;
}

/** The text of a number; for messages and tables. */
export function nameOf(id: number): string {
  const start = CONSTANTS.start[id]!;
  return Buffer.from(bytes.subarray(start, start + CONSTANTS.length[id]!)).toString('utf8');
}

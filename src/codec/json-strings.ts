/**
 * JSON inside strings: agents put tool inputs and results into attributes as JSON text. Each STRING that is one JSON
 * object or array becomes a JSON node with the parsed tree behind the record, so that scrubbing and normalizing see its
 * fields. Text that does not parse completely (agents cut long values) stays a STRING.
 */

import { IngestError } from '../errors.ts';
import { JSON_IN_STRING_DEPTH_MAX, NESTING_DEPTH_MAX } from '../limits.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';
import { JsonReader } from './json-reader.ts';
import { readJson } from './json-tree.ts';

/**
 * Ends of the containers that enclose a node during the walk. AnyValue nests to NESTING_DEPTH_MAX inside the few levels
 * of a message; a JSON tree begins no deeper than that and ends at it.
 */
const ends = new Int32Array(NESTING_DEPTH_MAX * 4);

let reader: JsonReader | undefined;

/**
 * Expands every STRING among the nodes [firstNode, endNode) that parses as a JSON object or array, and the strings inside
 * what was just expanded, JSON_IN_STRING_DEPTH_MAX times over. Trees are appended behind `tape.count`. Never fails for
 * the text's sake: what is malformed, too deep or too large stays a STRING.
 */
export function expandJsonStrings(tape: Tape, firstNode: number, endNode: number): void {
  const kinds = tape.kind;
  for (let node = firstNode; node < endNode; node++) {
    if (kinds[node] === Kind.STRING && looksLikeJson(tape, node)) {
      expandRange(tape, firstNode, endNode, 0, 1);
      return;
    }
  }
}

/** Walks the nodes [from, to), the outermost of them inside `depth` containers, and expands what looks like JSON. */
function expandRange(tape: Tape, from: number, to: number, depth: number, level: number): void {
  let open = depth;
  for (let node = from; node < to; node++) {
    while (open > depth && node >= ends[open - 1]!) open--;
    const kind = tape.kind[node]!;
    if (kind === Kind.ARRAY || kind === Kind.MAP || kind === Kind.KVLIST) {
      if (open === ends.length) return;
      ends[open++] = tape.next[node]!;
    } else if (kind === Kind.STRING && looksLikeJson(tape, node)) {
      const root = parse(tape, node, open + 1);
      if (root >= 0 && level < JSON_IN_STRING_DEPTH_MAX) expandRange(tape, root, tape.count, open, level + 1);
    }
  }
}

/** True when the text begins and ends, spaces and a byte order mark aside, with brackets of an object or array. */
function looksLikeJson(tape: Tape, node: number): boolean {
  const bytes = tape.bytes;
  let start = behindMark(bytes, tape.start[node]!);
  let last = tape.start[node]! + tape.length[node]! - 1;
  while (start <= last && isSpace(bytes[start]!)) start++;
  const first = bytes[start];
  if (start >= last || (first !== OPEN_OBJECT && first !== OPEN_ARRAY)) return false;
  while (isSpace(bytes[last]!)) last--;
  return bytes[last] === (first === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
}

/** Behind the byte order mark, where the text begins with one. */
function behindMark(bytes: Uint8Array, start: number): number {
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Parses the text of a node in place; its root's index, or -1 when the text is no JSON and the tape is as before. */
function parse(tape: Tape, node: number, depth: number): number {
  if (reader === undefined || reader.tape !== tape) reader = new JsonReader(tape);
  const start = tape.start[node]!;
  const end = start + tape.length[node]!;
  if (end === tape.used) {
    tape.reserve(1);
    tape.used = end + 1;
  }
  const { count, used } = tape;
  // JsonReader wants a NUL behind its text: borrow the byte that follows.
  const borrowed = tape.bytes[end]!;
  tape.bytes[end] = 0;
  try {
    reader.begin(behindMark(tape.bytes, start), end, true);
    reader.skipSpace();
    const root = readJson(reader, depth);
    reader.finish();
    tape.kind[node] = Kind.JSON;
    tape.memo[node] = 0;
    tape.double[node] = root;
    return root;
  } catch (error) {
    if (error !== reader.fault && !(error instanceof IngestError)) throw error;
    tape.count = count;
    tape.used = used;
    return -1;
  } finally {
    tape.bytes[end] = borrowed;
  }
}

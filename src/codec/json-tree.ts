/**
 * Plain JSON (hook payloads, JSON inside strings) → tape: objects are MAP, arrays ARRAY, integers of 64 bits INT, other
 * numbers DOUBLE. Duplicate keys all stand on the tape; `Tape.child` takes the last.
 */

import { Kind, type Tape } from '../model/tape.ts';
import { LETTER_F, LETTER_N, LETTER_T, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-bytes.ts';
import type { JsonReader } from './json-reader.ts';

/** Reads the value at the cursor, itself at nesting `depth` (1 is outermost), and returns its node. */
export function readJson(reader: JsonReader, depth: number): number {
  const tape = reader.tape;
  switch (reader.bytes[reader.pos]) {
    case QUOTE:
      reader.string('');
      return tape.push(Kind.STRING, reader.textStart, reader.textLength);
    case OPEN_OBJECT:
      reader.checkDepth(depth);
      return readObject(reader, tape, depth);
    case OPEN_ARRAY:
      reader.checkDepth(depth);
      return readArray(reader, tape, depth);
    case LETTER_T:
    case LETTER_F:
      return tape.push(reader.boolean('') ? Kind.TRUE : Kind.FALSE, 0, 0);
    case LETTER_N:
      reader.takeNull();
      return tape.push(Kind.NULL, 0, 0);
    default:
      reader.number('a value');
      return reader.isInteger ? tape.push(Kind.INT, reader.low, reader.high) : tape.pushDouble(reader.double);
  }
}

function readObject(reader: JsonReader, tape: Tape, depth: number): number {
  const node = tape.push(Kind.MAP, 0, 0);
  let children = 0;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    const { keyStart, keyLength, keyHash, keyId } = reader;
    const child = readJson(reader, depth + 1);
    tape.keyStart[child] = keyStart;
    tape.keyLength[child] = keyLength;
    tape.keyHash[child] = keyHash;
    tape.keyId[child] = keyId;
    children++;
  }
  tape.close(node, children);
  return node;
}

function readArray(reader: JsonReader, tape: Tape, depth: number): number {
  const node = tape.push(Kind.ARRAY, 0, 0);
  let children = 0;
  for (let more = reader.firstElement(); more; more = reader.nextElement()) {
    readJson(reader, depth + 1);
    children++;
  }
  tape.close(node, children);
  return node;
}

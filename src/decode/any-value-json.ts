/**
 * AnyValue and KeyValue of OTLP/JSON → tape. Exporters write `{"key":"…","value":{"stringValue":"…"}}` without spaces and
 * in this order, so that shape is tried first by comparing bytes; everything else goes the general way through hashed
 * keys. bench/micro/json-reader.bench.ts shows both.
 */

import { Form, foretell, remember } from '../codec/attribute-memory.ts';
import { attributeEnds, learnPrefix, prefixEnd, restorePrefix } from '../codec/attribute-prefix.ts';
import { decodeBase64 } from '../codec/base64.ts';
import { COLON, LETTER_F, LETTER_T, MINUS, NINE, QUOTE, ZERO } from '../codec/json-bytes.ts';
import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { setKeyText } from '../codec/tape-text.ts';
import { wordsOf } from '../codec/words.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { readDouble, readInt64 } from './json-fields.ts';
import { FIELD } from './otlp-names.ts';

/** Text of two or four bytes as the little-endian word that a DataView reads. */
function word(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return bytes.length === 2 ? bytes.readInt16LE() : bytes.readInt32LE();
}

const OPEN_KEY_0 = word('{"ke');
const OPEN_KEY_1 = word('y":"');
const OPEN_VALUE_0 = word('","v');
const OPEN_VALUE_1 = word('alue');
const OPEN_VALUE_2 = word('":{"');
const STRING_VALUE_0 = word('stri');
const STRING_VALUE_1 = word('ngVa');
const STRING_VALUE_2 = word('lue"');
const COLON_QUOTE = word(':"');
const INT_VALUE_0 = word('intV');
const INT_VALUE_1 = word('alue');
const BOOL_VALUE_0 = word('bool');
const BOOL_VALUE_1 = word('Valu');
const BOOL_VALUE_2 = word('ue":');
const DOUBLE_VALUE_0 = word('doub');
const DOUBLE_VALUE_1 = word('leVa');
const DOUBLE_VALUE_2 = word('lue"');
const QUOTE_COLON = word('":');
const CLOSE_BOTH = word('}}');

/** Reads an AnyValue object at the cursor and returns its node; NULL when no value is set. */
export function readAnyValue(reader: JsonReader, depth: number): number {
  const tape = reader.tape;
  const node = tape.count;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (reader.takeNull()) continue;
    const field = reader.keyId;
    if (field === FIELD.stringValue) {
      reader.string('a string in stringValue');
      tape.count = node;
      tape.push(Kind.STRING, reader.textStart, reader.textLength);
    } else readOtherValue(reader, tape, node, field, depth);
  }
  if (tape.count === node) tape.push(Kind.NULL, 0, 0);
  return node;
}

function readOtherValue(reader: JsonReader, tape: Tape, node: number, field: number, depth: number): void {
  switch (field) {
    case FIELD.intValue:
      readInt64(reader, 'an int64 in intValue');
      tape.count = node;
      tape.push(Kind.INT, reader.low, reader.high);
      return;
    case FIELD.boolValue: {
      const isTrue = reader.boolean('true or false in boolValue');
      tape.count = node;
      tape.push(isTrue ? Kind.TRUE : Kind.FALSE, 0, 0);
      return;
    }
    case FIELD.doubleValue: {
      const value = readDouble(reader, 'a number in doubleValue');
      tape.count = node;
      tape.pushDouble(value);
      return;
    }
    case FIELD.bytesValue:
      tape.count = node;
      readBytes(reader, tape);
      return;
    case FIELD.arrayValue:
    case FIELD.kvlistValue:
      reader.checkDepth(depth);
      tape.count = node;
      readValues(reader, tape, field === FIELD.arrayValue ? Kind.ARRAY : Kind.MAP, depth);
      return;
    default:
      skipValue(reader, 1);
  }
}

function readBytes(reader: JsonReader, tape: Tape): void {
  const at = reader.pos;
  reader.string('Base64 in bytesValue');
  const target = tape.reserve(reader.textLength);
  reader.move();
  const length = decodeBase64(tape.bytes, reader.textStart, reader.textLength, target);
  if (length < 0) {
    reader.pos = at;
    throw reader.invalid('expected Base64 in bytesValue');
  }
  tape.used = target + length;
  tape.push(Kind.BYTES, target, length);
}

/** Reads ArrayValue or KeyValueList, both `{"values":[…]}`; the last of repeated `values` wins. */
function readValues(reader: JsonReader, tape: Tape, kind: number, depth: number): void {
  const node = tape.push(kind, 0, 0);
  let children = 0;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (reader.takeNull()) continue;
    if (reader.keyId !== FIELD.values) {
      skipValue(reader, 1);
      continue;
    }
    tape.count = node + 1;
    children = 0;
    for (let next = reader.firstElement(); next; next = reader.nextElement()) {
      if (kind === Kind.ARRAY) readElement(reader, tape, depth + 1);
      else readKeyValue(reader, tape, depth + 1);
      children++;
    }
  }
  tape.close(node, children);
}

function readElement(reader: JsonReader, tape: Tape, depth: number): void {
  if (reader.takeNull()) tape.push(Kind.NULL, 0, 0);
  else readAnyValue(reader, depth);
}

/**
 * Reads an array of KeyValue at the cursor into a KVLIST; -1 when it is empty. What came before is not read again. Errors
 * name the attribute by offset only: keys are payload.
 */
export function readAttributes(reader: JsonReader): number {
  const tape = reader.tape;
  const node = tape.push(Kind.KVLIST, 0, 0);
  let children = 0;
  for (let more = reader.firstElement(); more; more = reader.nextElement()) {
    readAttribute(reader, tape);
    children++;
  }
  return closeList(tape, node, children);
}

/** readAttributes of a record: what it shares with the records before it is not read again. */
export function readRecordAttributes(reader: JsonReader, view: RecordView): number {
  const tape = reader.tape;
  const node = tape.push(Kind.KVLIST, 0, 0);
  view.prefixSerial = 0;
  let more = reader.firstElement();
  const start = reader.pos;
  let children = more ? restorePrefix(view, node, start, reader.end) : 0;
  const isRestored = children > 0;
  if (isRestored) {
    reader.pos = prefixEnd(start);
    more = reader.nextElement();
  }
  for (; more; more = reader.nextElement()) {
    readAttribute(reader, tape);
    if (!isRestored && children < attributeEnds.length) attributeEnds[children] = reader.pos;
    children++;
  }
  if (children > 0 && !isRestored) learnPrefix(view, node, start, children);
  return closeList(tape, node, children);
}

function readAttribute(reader: JsonReader, tape: Tape): void {
  const start = reader.pos;
  const end = foretell(tape, start, reader.end);
  if (end > 0) {
    reader.pos = end;
    return;
  }
  const node = tape.count;
  const { keyId } = reader;
  if (!readUsualKeyValue(reader, tape)) readKeyValue(reader, tape, 1);
  remember(tape, node, start, reader.pos - start, Form.JSON);
  // An error behind the attribute must not tell whether it was known, which other tenants' requests decide.
  reader.keyId = keyId;
}

function closeList(tape: Tape, node: number, children: number): number {
  if (children === 0) {
    tape.count = node;
    return -1;
  }
  tape.close(node, children);
  return node;
}

function readKeyValue(reader: JsonReader, tape: Tape, depth: number): void {
  const node = tape.count;
  let keyStart = 0;
  let keyLength = 0;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (reader.takeNull()) continue;
    if (reader.keyId === FIELD.key) {
      reader.string('a string in key');
      keyStart = reader.textStart;
      keyLength = reader.textLength;
    } else if (reader.keyId === FIELD.value) {
      tape.count = node;
      readAnyValue(reader, depth);
    } else skipValue(reader, 1);
  }
  if (tape.count === node) tape.push(Kind.NULL, 0, 0);
  setKeyText(tape, node, keyStart, keyLength);
}

/**
 * Reads `{"key":"…","value":{"stringValue":"…"}}`, or with a number or a boolean, by comparing whole words with what exporters
 * write. False, and nothing read, when a byte differs.
 */
function readUsualKeyValue(reader: JsonReader, tape: Tape): boolean {
  const bytes = reader.bytes;
  const words = wordsOf(bytes);
  const start = reader.pos;
  if (words.getInt32(start, true) !== OPEN_KEY_0 || words.getInt32(start + 4, true) !== OPEN_KEY_1) return false;
  if (!reader.isValidUtf8) return false;
  const keyStart = start + 8;
  const keyEnd = reader.plainEnd(keyStart);
  if (
    words.getInt32(keyEnd, true) !== OPEN_VALUE_0 ||
    words.getInt32(keyEnd + 4, true) !== OPEN_VALUE_1 ||
    words.getInt32(keyEnd + 8, true) !== OPEN_VALUE_2
  ) {
    return false;
  }
  const node = readUsualValue(reader, tape, words, keyEnd + 12);
  if (node < 0) {
    reader.pos = start;
    return false;
  }
  setKeyText(tape, node, keyStart, keyEnd - keyStart);
  return true;
}

/** Reads the rest behind `"value":{"`; the node, or -1 when it is unusual and the reader must be set back. */
function readUsualValue(reader: JsonReader, tape: Tape, words: DataView, at: number): number {
  const first = words.getInt32(at, true);
  if (first === STRING_VALUE_0) {
    if (words.getInt32(at + 4, true) !== STRING_VALUE_1 || words.getInt32(at + 8, true) !== STRING_VALUE_2) return -1;
    if (words.getInt16(at + 12, true) !== COLON_QUOTE) return -1;
    const start = at + 14;
    const end = reader.plainEnd(start);
    if (reader.bytes[end] !== QUOTE || words.getInt16(end + 1, true) !== CLOSE_BOTH) return -1;
    reader.pos = end + 3;
    return tape.push(Kind.STRING, start, end - start);
  }
  if (first === INT_VALUE_0) {
    if (words.getInt32(at + 4, true) !== INT_VALUE_1 || words.getInt16(at + 8, true) !== QUOTE_COLON) return -1;
    reader.pos = at + 10;
    if (!isNumberStart(reader.bytes[at + 10]!)) return -1;
    readInt64(reader, 'an int64 in intValue');
    return isClosed(reader, words) ? tape.push(Kind.INT, reader.low, reader.high) : -1;
  }
  if (first === BOOL_VALUE_0) {
    if (words.getInt32(at + 4, true) !== BOOL_VALUE_1 || words.getInt32(at + 7, true) !== BOOL_VALUE_2) return -1;
    reader.pos = at + 11;
    if (reader.bytes[at + 11] !== LETTER_T && reader.bytes[at + 11] !== LETTER_F) return -1;
    const isTrue = reader.boolean('true or false in boolValue');
    return isClosed(reader, words) ? tape.push(isTrue ? Kind.TRUE : Kind.FALSE, 0, 0) : -1;
  }
  if (first !== DOUBLE_VALUE_0 || words.getInt32(at + 4, true) !== DOUBLE_VALUE_1) return -1;
  if (words.getInt32(at + 8, true) !== DOUBLE_VALUE_2 || reader.bytes[at + 12] !== COLON) return -1;
  reader.pos = at + 13;
  if (!isNumberStart(reader.bytes[at + 13]!)) return -1;
  const value = readDouble(reader, 'a number in doubleValue');
  return isClosed(reader, words) ? tape.pushDouble(value) : -1;
}

/** Anything else (null, a space) is left to the general way. */
function isNumberStart(byte: number): boolean {
  return byte === QUOTE || byte === MINUS || (byte >= ZERO && byte <= NINE);
}

/** Takes the two brackets behind an AnyValue. */
function isClosed(reader: JsonReader, words: DataView): boolean {
  if (words.getInt16(reader.pos, true) !== CLOSE_BOTH) return false;
  reader.pos += 2;
  return true;
}

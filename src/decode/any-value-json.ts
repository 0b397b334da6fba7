/**
 * AnyValue and KeyValue of OTLP/JSON → tape. Exporters write `{"key":"…","value":{"stringValue":"…"}}` without spaces and
 * in this order, so that shape is tried first by comparing bytes; everything else goes the general way through hashed
 * keys. bench/micro/json-reader.bench.ts shows both.
 */

import { decodeBase64 } from '../codec/base64.ts';
import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { setKeyText } from '../codec/tape-text.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { readDouble, readInt64 } from './json-fields.ts';
import { FIELD } from './otlp-names.ts';

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
 * Reads an array of KeyValue at the cursor into a KVLIST; -1 when it is empty. Errors name the attribute by offset only:
 * keys are payload.
 */
export function readAttributes(reader: JsonReader): number {
  const tape = reader.tape;
  const node = tape.push(Kind.KVLIST, 0, 0);
  let children = 0;
  for (let more = reader.firstElement(); more; more = reader.nextElement()) {
    readKeyValue(reader, tape, 1);
    children++;
  }
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

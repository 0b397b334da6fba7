/**
 * Tape values as JSON text in three dialects:
 *
 * | dialect | used for                        | INT             | MAP, KVLIST                          |
 * | plain   | hook payloads, nested JSON      | number          | object                               |
 * | message | span events and links, metrics  | string          | object; KVLIST array of KeyValue     |
 * | AnyValue| attributes and bodies           | {"intValue":""} | {"kvlistValue":{"values":[…]}}       |
 *
 * Each function writes one value and no comma. A JSON node is printed as the string that it was, a SUPPRESSED one as the
 * string [SUPPRESSED:prompt:<bytes>] or [SUPPRESSED:output:<bytes>]. Recursion is bounded by the tape's nesting.
 */

import { internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-bytes.ts';
import { constant, type JsonSink } from './json-sink.ts';

const NULL = constant('null');
const TRUE = constant('true');
const FALSE = constant('false');
const EMPTY_OBJECT = constant('{}');
const SUPPRESSED_PROMPT = constant('[SUPPRESSED:prompt:');
const SUPPRESSED_OUTPUT = constant('[SUPPRESSED:output:');
const STRING_VALUE = constant('{"stringValue":');
const INT_VALUE = constant('{"intValue":"');
const INT_VALUE_END = constant('"}');
const TRUE_VALUE = constant('{"boolValue":true}');
const FALSE_VALUE = constant('{"boolValue":false}');
const DOUBLE_VALUE = constant('{"doubleValue":');
const BYTES_VALUE = constant('{"bytesValue":');
const ARRAY_VALUE = constant('{"arrayValue":{"values":[');
const KVLIST_VALUE = constant('{"kvlistValue":{"values":[');
const VALUES_END = constant('}}');
const KEY = constant('{"key":"');
const VALUE = constant('","value":');
const VALUE_END = constant('},');
const VALUE_STRING = constant('","value":{"stringValue":"');
const VALUE_STRING_END = constant('"}},');

/** The only signed 64-bit field of the messages; times and counts are unsigned. */
const AS_INT = internName('asInt');

const SUPPRESSED_OUTPUT_CLASS = 2;

/** Writes a STRING, JSON or SUPPRESSED node as a quoted string; false when the node is of another kind. */
export function writeString(sink: JsonSink, tape: Tape, node: number): boolean {
  switch (tape.kind[node]) {
    case Kind.STRING:
    case Kind.JSON:
      sink.string(tape.bytes, tape.start[node]!, tape.length[node]!);
      return true;
    case Kind.SUPPRESSED:
      sink.ensure(0);
      sink.byte(QUOTE);
      sink.raw(tape.start[node] === SUPPRESSED_OUTPUT_CLASS ? SUPPRESSED_OUTPUT : SUPPRESSED_PROMPT);
      sink.double(tape.length[node]!);
      sink.byte(CLOSE_ARRAY);
      sink.byte(QUOTE);
      return true;
    default:
      return false;
  }
}

/** Writes the kinds that look alike in the plain and the message dialect; false for the others. */
function writeScalar(sink: JsonSink, tape: Tape, node: number): boolean {
  sink.ensure(0);
  switch (tape.kind[node]) {
    case Kind.NULL:
      sink.raw(NULL);
      return true;
    case Kind.FALSE:
      sink.raw(FALSE);
      return true;
    case Kind.TRUE:
      sink.raw(TRUE);
      return true;
    case Kind.DOUBLE:
      sink.double(tape.double[node]!);
      return true;
    case Kind.BYTES:
      sink.base64(tape.bytes, tape.start[node]!, tape.length[node]!);
      return true;
    default:
      return writeString(sink, tape, node);
  }
}

/** Writes a node as plain JSON. */
export function writePlain(sink: JsonSink, tape: Tape, node: number): void {
  if (writeScalar(sink, tape, node)) return;
  const kind = tape.kind[node];
  if (kind === Kind.INT) sink.integer(tape.start[node]!, tape.length[node]!, true);
  else if (kind === Kind.ARRAY) writeArray(sink, tape, node, writePlain);
  else writeObject(sink, tape, node, writePlain);
}

/** Writes a node of a message in OTLP/JSON shape. */
export function writeMessage(sink: JsonSink, tape: Tape, node: number): void {
  if (writeScalar(sink, tape, node)) return;
  const kind = tape.kind[node];
  if (kind === Kind.INT) {
    sink.byte(QUOTE);
    sink.integer(tape.start[node]!, tape.length[node]!, tape.keyId[node] === AS_INT);
    sink.byte(QUOTE);
  } else if (kind === Kind.ARRAY) writeArray(sink, tape, node, writeMessage);
  else if (kind === Kind.KVLIST) writeAttributes(sink, tape, node);
  else writeObject(sink, tape, node, writeMessage);
}

type WriteValue = (sink: JsonSink, tape: Tape, node: number) => void;

function writeArray(sink: JsonSink, tape: Tape, node: number, writeValue: WriteValue): void {
  sink.byte(OPEN_ARRAY);
  const end = tape.next[node]!;
  for (let child = node + 1; child < end && !sink.isFull(); child = tape.next[child]!) {
    writeValue(sink, tape, child);
    sink.byte(COMMA);
  }
  sink.close(CLOSE_ARRAY);
}

function writeObject(sink: JsonSink, tape: Tape, node: number, writeValue: WriteValue): void {
  sink.byte(OPEN_OBJECT);
  const end = tape.next[node]!;
  for (let child = node + 1; child < end && !sink.isFull(); child = tape.next[child]!) {
    sink.string(tape.bytes, tape.keyStart[child]!, tape.keyLength[child]!);
    sink.byte(COLON);
    writeValue(sink, tape, child);
    sink.byte(COMMA);
  }
  sink.close(CLOSE_OBJECT);
}

/** Writes the children of a KVLIST or MAP as an array of KeyValue. */
function writeAttributes(sink: JsonSink, tape: Tape, node: number): void {
  sink.ensure(0);
  sink.byte(OPEN_ARRAY);
  writeKeyValues(sink, tape, node);
  sink.close(CLOSE_ARRAY);
}

function writeKeyValues(sink: JsonSink, tape: Tape, node: number): void {
  const end = tape.next[node]!;
  for (let child = node + 1; child < end && !sink.isFull(); child = tape.next[child]!) writeKeyValue(sink, tape, child);
}

/** Writes a named node as a KeyValue and, other than its neighbours here, the comma behind it. */
export function writeKeyValue(sink: JsonSink, tape: Tape, node: number): void {
  sink.ensure(0);
  sink.raw(KEY);
  sink.text(tape.bytes, tape.keyStart[node]!, tape.keyLength[node]!);
  if (tape.kind[node] === Kind.STRING) {
    sink.raw(VALUE_STRING);
    sink.text(tape.bytes, tape.start[node]!, tape.length[node]!);
    sink.raw(VALUE_STRING_END);
  } else {
    sink.raw(VALUE);
    writeAnyValue(sink, tape, node);
    sink.raw(VALUE_END);
  }
}

/** Writes a node as an OTLP/JSON AnyValue. */
export function writeAnyValue(sink: JsonSink, tape: Tape, node: number): void {
  sink.ensure(0);
  switch (tape.kind[node]) {
    case Kind.NULL:
      sink.raw(EMPTY_OBJECT);
      return;
    case Kind.FALSE:
      sink.raw(FALSE_VALUE);
      return;
    case Kind.TRUE:
      sink.raw(TRUE_VALUE);
      return;
    case Kind.INT:
      sink.raw(INT_VALUE);
      sink.integer(tape.start[node]!, tape.length[node]!, true);
      sink.raw(INT_VALUE_END);
      return;
    case Kind.DOUBLE:
      sink.raw(DOUBLE_VALUE);
      sink.double(tape.double[node]!);
      sink.byte(CLOSE_OBJECT);
      return;
    case Kind.BYTES:
      sink.raw(BYTES_VALUE);
      sink.base64(tape.bytes, tape.start[node]!, tape.length[node]!);
      sink.byte(CLOSE_OBJECT);
      return;
    case Kind.ARRAY:
      writeArrayValue(sink, tape, node);
      return;
    case Kind.MAP:
    case Kind.KVLIST:
      sink.raw(KVLIST_VALUE);
      writeKeyValues(sink, tape, node);
      sink.close(CLOSE_ARRAY);
      sink.raw(VALUES_END);
      return;
    default:
      sink.raw(STRING_VALUE);
      writeString(sink, tape, node);
      sink.byte(CLOSE_OBJECT);
  }
}

function writeArrayValue(sink: JsonSink, tape: Tape, node: number): void {
  sink.raw(ARRAY_VALUE);
  const end = tape.next[node]!;
  for (let child = node + 1; child < end && !sink.isFull(); child = tape.next[child]!) {
    writeAnyValue(sink, tape, child);
    sink.byte(COMMA);
  }
  sink.close(CLOSE_ARRAY);
  sink.raw(VALUES_END);
}

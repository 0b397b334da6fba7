/**
 * AnyValue and KeyValue of OTLP protobuf → tape.
 *
 * | message      | fields                                                                                   |
 * | AnyValue     | 1 string, 2 bool, 3 int64, 4 double, 5 ArrayValue, 6 KeyValueList, 7 bytes (one of them)   |
 * | ArrayValue   | 1 values (AnyValue)                                                                      |
 * | KeyValueList | 1 values (KeyValue)                                                                      |
 * | KeyValue     | 1 key, 2 value                                                                           |
 *
 * Source: opentelemetry-proto 1.x, common/v1/common.proto. The last of repeated singular fields wins.
 */

import { Form, recall, remember } from '../codec/attribute-memory.ts';
import { attributeEnds, learnPrefix, prefixEnd, restorePrefix } from '../codec/attribute-prefix.ts';
import { pushText, setKeyText } from '../codec/tape-text.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';

const ANY_STRING = 0x0a;
const ANY_BOOL = 0x10;
const ANY_INT = 0x18;
const ANY_DOUBLE = 0x21;
const ANY_ARRAY = 0x2a;
const ANY_KVLIST = 0x32;
const ANY_BYTES = 0x3a;
const VALUES = 0x0a;
const KEY = 0x0a;
const VALUE = 0x12;

/** Reads an AnyValue that ends at `end` and returns its node; NULL when no value is set. */
export function readAnyValue(reader: WireReader, tape: Tape, end: number, depth: number): number {
  const node = tape.count;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag === ANY_STRING) {
      const valueEnd = reader.lengthEnd(end);
      tape.count = node;
      pushText(tape, reader.pos, valueEnd - reader.pos);
      reader.pos = valueEnd;
    } else readOtherValue(reader, tape, node, tag, end, depth);
  }
  reader.finish(end);
  if (tape.count === node) tape.push(Kind.NULL, 0, 0);
  return node;
}

function readOtherValue(reader: WireReader, tape: Tape, node: number, tag: number, end: number, depth: number): void {
  switch (tag) {
    case ANY_BOOL:
      reader.varint64();
      tape.count = node;
      tape.push((reader.low | reader.high) !== 0 ? Kind.TRUE : Kind.FALSE, 0, 0);
      return;
    case ANY_INT:
      reader.varint64();
      tape.count = node;
      tape.push(Kind.INT, reader.low, reader.high);
      return;
    case ANY_DOUBLE:
      reader.need(8);
      tape.count = node;
      tape.pushDouble(reader.double());
      return;
    case ANY_BYTES: {
      const valueEnd = reader.lengthEnd(end);
      tape.count = node;
      tape.push(Kind.BYTES, reader.pos, valueEnd - reader.pos);
      reader.pos = valueEnd;
      return;
    }
    case ANY_ARRAY:
    case ANY_KVLIST: {
      const valueEnd = reader.lengthEnd(end);
      reader.checkDepth(depth);
      tape.count = node;
      if (tag === ANY_ARRAY) readArray(reader, tape, valueEnd, depth);
      else readMap(reader, tape, valueEnd, depth);
      return;
    }
    default:
      reader.skipField(tag, end);
  }
}

function readArray(reader: WireReader, tape: Tape, end: number, depth: number): void {
  const node = tape.push(Kind.ARRAY, 0, 0);
  let children = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag === VALUES) {
      readAnyValue(reader, tape, reader.lengthEnd(end), depth + 1);
      children++;
    } else reader.skipField(tag, end);
  }
  reader.finish(end);
  tape.close(node, children);
}

function readMap(reader: WireReader, tape: Tape, end: number, depth: number): void {
  const node = tape.push(Kind.MAP, 0, 0);
  let children = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag === VALUES) {
      readKeyValue(reader, tape, reader.lengthEnd(end), depth + 1);
      children++;
    } else reader.skipField(tag, end);
  }
  reader.finish(end);
  tape.close(node, children);
}

function readKeyValue(reader: WireReader, tape: Tape, end: number, depth: number): void {
  const node = tape.count;
  let keyStart = end;
  let keyLength = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag === KEY) {
      const keyEnd = reader.lengthEnd(end);
      keyStart = reader.pos;
      keyLength = keyEnd - keyStart;
      reader.pos = keyEnd;
    } else if (tag === VALUE) {
      const valueEnd = reader.lengthEnd(end);
      tape.count = node;
      readAnyValue(reader, tape, valueEnd, depth);
    } else reader.skipField(tag, end);
  }
  reader.finish(end);
  if (tape.count === node) tape.push(Kind.NULL, 0, 0);
  setKeyText(tape, node, keyStart, keyLength);
}

/**
 * The usual KeyValue: key, then a text, all under 128 bytes, so that each tag and length is one byte and every place can be
 * computed. False, and nothing read, when it looks different. PRECONDITION: `end` lies within the buffer.
 */
function readShortText(reader: WireReader, tape: Tape, end: number): boolean {
  const bytes = reader.buf;
  const keyStart = reader.pos + 2;
  const keyLength = bytes[keyStart - 1]!;
  const valueStart = keyStart + keyLength + 4;
  if (bytes[keyStart - 2] !== KEY || keyLength >= 0x80 || valueStart > end) return false;
  const length = end - valueStart;
  if (
    bytes[valueStart - 4] !== VALUE ||
    bytes[valueStart - 3] !== length + 2 ||
    bytes[valueStart - 2] !== ANY_STRING ||
    bytes[valueStart - 1] !== length
  ) {
    return false;
  }
  setKeyText(tape, pushText(tape, valueStart, length), keyStart, keyLength);
  reader.pos = end;
  return true;
}

/**
 * Reads a repeated KeyValue field, its first tag just taken, into a KVLIST node; the reader then stands behind the last
 * element of the run. Where the elements do not stand together, `collectAttributes` reads them all.
 */
export function readAttributes(reader: WireReader, tape: Tape, tag: number, end: number): number {
  const node = tape.push(Kind.KVLIST, 0, 0);
  let children = 0;
  do {
    readAttribute(reader, tape, reader.lengthEnd(end));
    children++;
  } while (reader.takeTag(tag, end));
  tape.close(node, children);
  return node;
}

/** readAttributes of a record: what it shares with the records before it is not read again. */
export function readRecordAttributes(reader: WireReader, view: RecordView, tag: number, end: number): number {
  const { tape } = view;
  const node = tape.push(Kind.KVLIST, 0, 0);
  const start = reader.pos;
  let children = restorePrefix(view, node, start, end);
  if (children > 0) {
    reader.pos = prefixEnd(start);
    for (; reader.takeTag(tag, end); children++) readAttribute(reader, tape, reader.lengthEnd(end));
  } else {
    do {
      readAttribute(reader, tape, reader.lengthEnd(end));
      if (children < attributeEnds.length) attributeEnds[children] = reader.pos;
      children++;
    } while (reader.takeTag(tag, end));
    learnPrefix(view, node, start, children);
  }
  tape.close(node, children);
  return node;
}

/** Reads the KeyValue from the reader's position to `end`; what came before is not read again. */
function readAttribute(reader: WireReader, tape: Tape, end: number): void {
  const start = reader.pos;
  if (recall(tape, start, end - start)) {
    reader.pos = end;
    return;
  }
  const node = tape.count;
  const { lastTag } = reader;
  if (!readShortText(reader, tape, end)) readKeyValue(reader, tape, end, 1);
  remember(tape, node, start, end - start, Form.PROTOBUF);
  // An error behind the attribute must not tell whether it was known, which other tenants' requests decide.
  reader.lastTag = lastTag;
}

/**
 * Reads every element of a repeated KeyValue field of the message [start, end), wherever they stand; -1 when there is
 * none. The reader's position is kept.
 */
export function collectAttributes(reader: WireReader, tape: Tape, tag: number, start: number, end: number): number {
  const position = reader.pos;
  const node = tape.push(Kind.KVLIST, 0, 0);
  let children = 0;
  reader.pos = start;
  while (reader.pos < end) {
    const found = reader.fieldTag();
    if (found === tag) {
      readAttribute(reader, tape, reader.lengthEnd(end));
      children++;
    } else reader.skipField(found, end);
  }
  reader.finish(end);
  reader.pos = position;
  if (children === 0) {
    tape.count = node;
    return -1;
  }
  tape.close(node, children);
  return node;
}

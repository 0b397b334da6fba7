/** Messages of message-fields.ts from protobuf to the tape. Scalars of a repeated field may be packed or not. */

import { encodeHex } from '../codec/hex.ts';
import { pushText } from '../codec/tape-text.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { collectAttributes, readAttributes } from './any-value-protobuf.ts';
import { TRACE_ID_BYTES } from './ids.ts';
import type { FieldType, Message, MessageField } from './message-fields.ts';
import { removeChild } from './tape-remove.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<FieldType, number>> = {
  string: LENGTH,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  uint64: VARINT,
  double: FIXED64,
  uint32: VARINT,
  int32: VARINT,
  sint32: VARINT,
  fixed32: FIXED32,
  bool: VARINT,
  id: LENGTH,
  message: LENGTH,
  attributes: LENGTH,
};

/** Reads a message that ends at `end` into a MAP and returns its node. */
export function readMessage(reader: WireReader, tape: Tape, message: Message, end: number): number {
  const node = tape.push(Kind.MAP, 0, 0);
  const start = reader.pos;
  let children = 0;
  // Bits of the field numbers that have been read, all below 17, and of the repeated fields that were collected whole.
  let seen = 0;
  let collected = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    const field = message.byNumber[tag >>> 3];
    if (field === undefined || !isTypeOf(field, tag)) {
      reader.skipField(tag, end);
      continue;
    }
    const bit = 1 << field.number;
    if ((seen & bit) !== 0 || field.oneof !== 0) {
      if ((collected & bit) !== 0) {
        reader.skipField(tag, end);
        continue;
      }
      children -= removeEarlier(tape, node, message, field);
      if (field.isRepeated) {
        collected |= bit;
        children += collect(reader, tape, field, start, end);
        reader.skipField(tag, end);
        continue;
      }
    }
    seen |= bit;
    children += field.isRepeated ? readRun(reader, tape, field, tag, end) : readSingle(reader, tape, field, end);
  }
  reader.finish(end);
  tape.close(node, children);
  return node;
}

/** Packed scalars come as one length-delimited field. */
function isTypeOf(field: MessageField, tag: number): boolean {
  const wireType = tag & 7;
  return wireType === WIRE_TYPES[field.type] || (field.isRepeated && wireType === LENGTH);
}

/** Removes what the field, or another member of its oneof, put on the tape before; returns the number of nodes removed. */
function removeEarlier(tape: Tape, parent: number, message: Message, field: MessageField): number {
  if (field.oneof === 0) return removeChild(tape, parent, field.keyId) ? 1 : 0;
  let removed = 0;
  for (const member of message.fields) {
    if (member.oneof === field.oneof && removeChild(tape, parent, member.keyId)) removed++;
  }
  return removed;
}

/** Reads a singular field; returns 1, or 0 when its value is the default and counts as absent. */
function readSingle(reader: WireReader, tape: Tape, field: MessageField, end: number): number {
  const node = readElement(reader, tape, field, end);
  if (!field.isExplicit && isDefault(tape, node)) {
    tape.count = node;
    return 0;
  }
  tape.setKnownKey(node, field.keyId);
  return 1;
}

/** True for values that protobuf leaves out: zero (minus zero is a value), false, empty. */
export function isDefault(tape: Tape, node: number): boolean {
  switch (tape.kind[node]) {
    case Kind.INT:
      return tape.start[node] === 0 && tape.length[node] === 0;
    case Kind.DOUBLE:
      return Object.is(tape.double[node], 0);
    case Kind.STRING:
      return tape.length[node] === 0;
    default:
      return tape.kind[node] === Kind.FALSE;
  }
}

/** Reads the elements of a repeated field that stand together, the first tag just taken. */
function readRun(reader: WireReader, tape: Tape, field: MessageField, tag: number, end: number): number {
  if (field.type === 'attributes') {
    tape.setKnownKey(readAttributes(reader, tape, tag, end), field.keyId);
    return 1;
  }
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  do {
    elements += readOccurrence(reader, tape, field, tag, end);
  } while (reader.takeTag(tag, end));
  return closeArray(tape, node, field, elements);
}

/** Reads all elements of a repeated field of the message [start, end); the position is kept. */
function collect(reader: WireReader, tape: Tape, field: MessageField, start: number, end: number): number {
  const position = reader.pos;
  if (field.type === 'attributes') {
    const tag = (field.number << 3) | LENGTH;
    tape.setKnownKey(collectAttributes(reader, tape, tag, start, end), field.keyId);
    return 1;
  }
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag >>> 3 === field.number && isTypeOf(field, tag)) elements += readOccurrence(reader, tape, field, tag, end);
    else reader.skipField(tag, end);
  }
  reader.finish(end);
  reader.pos = position;
  return closeArray(tape, node, field, elements);
}

function closeArray(tape: Tape, node: number, field: MessageField, elements: number): number {
  if (elements === 0) {
    tape.count = node;
    return 0;
  }
  tape.close(node, elements);
  tape.setKnownKey(node, field.keyId);
  return 1;
}

/** Reads what one tag of a repeated field carries: one element, or a packed block of scalars. */
function readOccurrence(reader: WireReader, tape: Tape, field: MessageField, tag: number, end: number): number {
  const isPacked = (tag & 7) === LENGTH && WIRE_TYPES[field.type] !== LENGTH;
  if (!isPacked) {
    readElement(reader, tape, field, end);
    return 1;
  }
  const blockEnd = reader.lengthEnd(end);
  let elements = 0;
  for (; reader.pos < blockEnd; elements++) readElement(reader, tape, field, blockEnd);
  reader.finish(blockEnd);
  return elements;
}

/** Reads one value behind its tag and returns its node. */
function readElement(reader: WireReader, tape: Tape, field: MessageField, end: number): number {
  switch (field.type) {
    case 'fixed64':
    case 'sfixed64':
      reader.wide();
      return tape.push(Kind.INT, reader.low, reader.high);
    case 'uint64':
      reader.varint64();
      return tape.push(Kind.INT, reader.low, reader.high);
    case 'double':
      reader.need(8);
      return tape.pushDouble(reader.double());
    case 'uint32':
      return tape.pushDouble(reader.varint32() >>> 0);
    case 'int32':
      return tape.pushDouble(reader.varint32());
    case 'sint32': {
      const value = reader.varint32();
      return tape.pushDouble((value >>> 1) ^ -(value & 1));
    }
    case 'fixed32':
      reader.need(4);
      return tape.pushDouble(reader.fixed32());
    case 'bool':
      reader.varint64();
      return tape.push((reader.low | reader.high) !== 0 ? Kind.TRUE : Kind.FALSE, 0, 0);
    default:
      return readDelimited(reader, tape, field, reader.lengthEnd(end));
  }
}

function readDelimited(reader: WireReader, tape: Tape, field: MessageField, end: number): number {
  if (field.message !== undefined) return readMessage(reader, tape, field.message, end);
  const start = reader.pos;
  reader.pos = end;
  return field.type === 'id' ? pushId(tape, start, end - start) : pushText(tape, start, end - start);
}

/** Adds an id of raw bytes as lower-case hex; one that is longer than any id counts as empty. */
export function pushId(tape: Tape, start: number, length: number): number {
  const size = length <= TRACE_ID_BYTES ? length : 0;
  const target = tape.reserve(size * 2);
  encodeHex(tape.bytes, start, size, tape.bytes, target);
  tape.used = target + size * 2;
  return tape.push(Kind.STRING, target, size * 2);
}

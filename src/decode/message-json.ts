/** Messages of message-fields.ts from OTLP/JSON to the tape: the same MAP as from protobuf. */

import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { readAttributes } from './any-value-json.ts';
import { readDouble, readId, readInt32, readInt64, readUint32, readUint64 } from './json-fields.ts';
import type { Message, MessageField } from './message-fields.ts';
import { isDefault, pushId } from './message-protobuf.ts';
import { removeChild } from './tape-remove.ts';

/** Reads the object at the cursor into a MAP and returns its node. */
export function readMessage(reader: JsonReader, message: Message): number {
  const tape = reader.tape;
  const node = tape.push(Kind.MAP, 0, 0);
  let children = 0;
  let seen = 0;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    const field = message.byKeyId.get(reader.keyId);
    if (field === undefined) {
      skipValue(reader, 3);
      continue;
    }
    if (reader.takeNull()) continue;
    const bit = 1 << field.number;
    if ((seen & bit) !== 0 || field.oneof !== 0) children -= removeEarlier(tape, node, message, field);
    seen |= bit;
    children += readField(reader, tape, field);
  }
  tape.close(node, children);
  return node;
}

function removeEarlier(tape: Tape, parent: number, message: Message, field: MessageField): number {
  if (field.oneof === 0) return removeChild(tape, parent, field.keyId) ? 1 : 0;
  let removed = 0;
  for (const member of message.fields) {
    if (member.oneof === field.oneof && removeChild(tape, parent, member.keyId)) removed++;
  }
  return removed;
}

/** Reads one member; returns 1, or 0 when its value is the default and counts as absent. */
function readField(reader: JsonReader, tape: Tape, field: MessageField): number {
  if (field.type === 'attributes') {
    const list = readAttributes(reader);
    if (list < 0) return 0;
    tape.setKnownKey(list, field.keyId);
    return 1;
  }
  const node = field.isRepeated ? readElements(reader, tape, field) : readElement(reader, tape, field);
  const isAbsent = field.isRepeated ? tape.length[node] === 0 : !field.isExplicit && isDefault(tape, node);
  if (isAbsent) {
    tape.count = node;
    return 0;
  }
  tape.setKnownKey(node, field.keyId);
  return 1;
}

function readElements(reader: JsonReader, tape: Tape, field: MessageField): number {
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  for (let more = reader.firstElement(); more; more = reader.nextElement()) {
    readElement(reader, tape, field);
    elements++;
  }
  tape.close(node, elements);
  return node;
}

/** Reads one value and returns its node. */
function readElement(reader: JsonReader, tape: Tape, field: MessageField): number {
  switch (field.type) {
    case 'fixed64':
    case 'uint64':
      readUint64(reader, `a uint64 in ${field.name}`);
      return tape.push(Kind.INT, reader.low, reader.high);
    case 'sfixed64':
      readInt64(reader, `an int64 in ${field.name}`);
      return tape.push(Kind.INT, reader.low, reader.high);
    case 'double':
      return tape.pushDouble(readDouble(reader, `a number in ${field.name}`));
    case 'uint32':
    case 'fixed32':
      return tape.pushDouble(readUint32(reader, `a uint32 in ${field.name}`));
    case 'int32':
    case 'sint32':
      return tape.pushDouble(readInt32(reader, `an integer in ${field.name}`));
    case 'bool':
      return tape.push(reader.boolean(`true or false in ${field.name}`) ? Kind.TRUE : Kind.FALSE, 0, 0);
    case 'id': {
      const start = readId(reader, `hex digits in ${field.name}`);
      const node = pushId(tape, start, reader.textLength);
      reader.move();
      return node;
    }
    case 'message':
      return readMessage(reader, field.message!);
    default:
      reader.string(`a string in ${field.name}`);
      return tape.push(Kind.STRING, reader.textStart, reader.textLength);
  }
}

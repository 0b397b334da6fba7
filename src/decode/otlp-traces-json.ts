/**
 * Span of OTLP/JSON → RecordView: traceId, spanId, traceState, parentSpanId, name, kind, startTimeUnixNano,
 * endTimeUnixNano, attributes, events, links, status { message, code }, flags and the dropped counts.
 * Null counts as absent, the last of duplicate keys wins.
 */

import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { pushField } from '../codec/tape-text.ts';
import type { RecordView } from '../model/record.ts';
import { Kind } from '../model/tape.ts';
import { readRecordAttributes } from './any-value-json.ts';
import { setParentSpanIdBytes, setSpanIdBytes, setTraceIdBytes } from './ids.ts';
import { readId, readInt32, readUint32, readUint64 } from './json-fields.ts';
import { type Message, SPAN_EVENT, SPAN_LINK } from './message-fields.ts';
import { readMessage } from './message-json.ts';
import { FIELD } from './otlp-names.ts';

/** Reads the span at the cursor; returns how many records it counts as. */
export function readSpan(reader: JsonReader, view: RecordView): number {
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (!reader.takeNull()) readSpanField(reader, view);
  }
  return 1;
}

function readSpanField(reader: JsonReader, view: RecordView): void {
  switch (reader.keyId) {
    case FIELD.attributes:
      view.attributes = readRecordAttributes(reader, view);
      return;
    case FIELD.startTimeUnixNano:
      readUint64(reader, 'a uint64 in startTimeUnixNano');
      view.timeLow = reader.low >>> 0;
      view.timeHigh = reader.high >>> 0;
      return;
    case FIELD.endTimeUnixNano:
      readUint64(reader, 'a uint64 in endTimeUnixNano');
      view.endLow = reader.low >>> 0;
      view.endHigh = reader.high >>> 0;
      return;
    case FIELD.traceId:
      setTraceIdBytes(view, readId(reader, 'hex digits in traceId'), reader.textLength);
      return;
    case FIELD.spanId:
      setSpanIdBytes(view, readId(reader, 'hex digits in spanId'), reader.textLength);
      return;
    case FIELD.parentSpanId:
      setParentSpanIdBytes(view, readId(reader, 'hex digits in parentSpanId'), reader.textLength);
      return;
    case FIELD.name:
      reader.string('a string in name');
      view.name = pushField(view.tape, reader.textStart, reader.textLength);
      return;
    case FIELD.kind:
      view.spanKind = readInt32(reader, 'an integer in kind');
      return;
    default:
      readRareSpanField(reader, view);
  }
}

function readRareSpanField(reader: JsonReader, view: RecordView): void {
  switch (reader.keyId) {
    case FIELD.traceState:
      reader.string('a string in traceState');
      view.traceState = pushField(view.tape, reader.textStart, reader.textLength);
      return;
    case FIELD.flags:
      view.flags = readUint32(reader, 'a uint32 in flags');
      return;
    case FIELD.droppedAttributesCount:
      view.droppedAttributesCount = readUint32(reader, 'a uint32 in droppedAttributesCount');
      return;
    case FIELD.droppedEventsCount:
      view.droppedEventsCount = readUint32(reader, 'a uint32 in droppedEventsCount');
      return;
    case FIELD.droppedLinksCount:
      view.droppedLinksCount = readUint32(reader, 'a uint32 in droppedLinksCount');
      return;
    case FIELD.events:
      view.events = readMessages(reader, SPAN_EVENT);
      return;
    case FIELD.links:
      view.links = readMessages(reader, SPAN_LINK);
      return;
    case FIELD.status:
      readStatus(reader, view);
      return;
    default:
      skipValue(reader, 3);
  }
}

/** Reads an array of messages; -1 when it is empty. */
function readMessages(reader: JsonReader, message: Message): number {
  const tape = reader.tape;
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  for (let more = reader.firstElement(); more; more = reader.nextElement()) {
    readMessage(reader, message);
    elements++;
  }
  if (elements === 0) {
    tape.count = node;
    return -1;
  }
  tape.close(node, elements);
  return node;
}

function readStatus(reader: JsonReader, view: RecordView): void {
  view.statusMessage = -1;
  view.statusCode = 0;
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (reader.takeNull()) continue;
    if (reader.keyId === FIELD.code) view.statusCode = readInt32(reader, 'an integer in status.code');
    else if (reader.keyId === FIELD.message) {
      reader.string('a string in status.message');
      view.statusMessage = pushField(view.tape, reader.textStart, reader.textLength);
    } else skipValue(reader, 4);
  }
}

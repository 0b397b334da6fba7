/**
 * Span of OTLP protobuf → RecordView.
 *
 * 1 trace_id, 2 span_id, 3 trace_state, 4 parent_span_id, 5 name, 6 kind, 7 start_time_unix_nano fixed64,
 * 8 end_time_unix_nano fixed64, 9 attributes, 10 dropped_attributes_count, 11 events, 12 dropped_events_count, 13 links,
 * 14 dropped_links_count, 15 status { 2 message, 3 code }, 16 flags fixed32.
 * Source: opentelemetry-proto 1.x, trace/v1/trace.proto.
 */

import { pushField } from '../codec/tape-text.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { collectAttributes, readRecordAttributes } from './any-value-protobuf.ts';
import { setParentSpanIdBytes, setSpanIdBytes, setTraceIdBytes } from './ids.ts';
import { type Message, SPAN_EVENT, SPAN_LINK } from './message-fields.ts';
import { readMessage } from './message-protobuf.ts';

const TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const TRACE_STATE = 0x1a;
const PARENT_SPAN_ID = 0x22;
const NAME = 0x2a;
const KIND = 0x30;
const START_TIME = 0x39;
const END_TIME = 0x41;
const ATTRIBUTES = 0x4a;
const DROPPED_ATTRIBUTES = 0x50;
const EVENTS = 0x5a;
const DROPPED_EVENTS = 0x60;
const LINKS = 0x6a;
const DROPPED_LINKS = 0x70;
const STATUS = 0x7a;
const FLAGS = (16 << 3) | 5;
const STATUS_MESSAGE = 0x12;
const STATUS_CODE = 0x18;

/** Reads one Span that ends at `end`; returns how many records it counts as. */
export function readSpan(reader: WireReader, view: RecordView, end: number): number {
  const start = reader.pos;
  // Bits of the repeated fields that were collected whole, because their elements do not stand together.
  let collected = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag !== ATTRIBUTES && tag !== EVENTS && tag !== LINKS) {
      readSpanField(reader, view, tag, end);
      continue;
    }
    const bit = 1 << (tag >>> 3);
    const isFirst = repeatedNode(view, tag) < 0;
    if (isFirst) setRepeatedNode(view, tag, readRun(reader, view, tag, end));
    else {
      if (tag === ATTRIBUTES) view.prefixSerial = 0;
      if ((collected & bit) === 0) setRepeatedNode(view, tag, collect(reader, view.tape, tag, start, end));
      collected |= bit;
      reader.skipField(tag, end);
    }
  }
  reader.finish(end);
  return 1;
}

function repeatedNode(view: RecordView, tag: number): number {
  return tag === ATTRIBUTES ? view.attributes : tag === EVENTS ? view.events : view.links;
}

function setRepeatedNode(view: RecordView, tag: number, node: number): void {
  if (tag === ATTRIBUTES) view.attributes = node;
  else if (tag === EVENTS) view.events = node;
  else view.links = node;
}

function messageOf(tag: number): Message {
  return tag === EVENTS ? SPAN_EVENT : SPAN_LINK;
}

function readRun(reader: WireReader, view: RecordView, tag: number, end: number): number {
  const { tape } = view;
  if (tag === ATTRIBUTES) return readRecordAttributes(reader, view, tag, end);
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  do {
    readMessage(reader, tape, messageOf(tag), reader.lengthEnd(end));
    elements++;
  } while (reader.takeTag(tag, end));
  tape.close(node, elements);
  return node;
}

/** Reads every element of a repeated field of the span [start, end); the position is kept. */
function collect(reader: WireReader, tape: Tape, tag: number, start: number, end: number): number {
  if (tag === ATTRIBUTES) return collectAttributes(reader, tape, tag, start, end);
  const position = reader.pos;
  const node = tape.push(Kind.ARRAY, 0, 0);
  let elements = 0;
  reader.pos = start;
  while (reader.pos < end) {
    const found = reader.fieldTag();
    if (found === tag) {
      readMessage(reader, tape, messageOf(tag), reader.lengthEnd(end));
      elements++;
    } else reader.skipField(found, end);
  }
  reader.finish(end);
  reader.pos = position;
  tape.close(node, elements);
  return node;
}

function readSpanField(reader: WireReader, view: RecordView, tag: number, end: number): void {
  switch (tag) {
    case START_TIME:
      reader.wide();
      view.timeLow = reader.low >>> 0;
      view.timeHigh = reader.high >>> 0;
      return;
    case END_TIME:
      reader.wide();
      view.endLow = reader.low >>> 0;
      view.endHigh = reader.high >>> 0;
      return;
    case KIND:
      view.spanKind = reader.varint32();
      return;
    case DROPPED_ATTRIBUTES:
      view.droppedAttributesCount = reader.varint32() >>> 0;
      return;
    case DROPPED_EVENTS:
      view.droppedEventsCount = reader.varint32() >>> 0;
      return;
    case DROPPED_LINKS:
      view.droppedLinksCount = reader.varint32() >>> 0;
      return;
    case FLAGS:
      reader.need(4);
      view.flags = reader.fixed32();
      return;
    case TRACE_ID:
    case SPAN_ID:
    case TRACE_STATE:
    case PARENT_SPAN_ID:
    case NAME:
    case STATUS: {
      const fieldEnd = reader.lengthEnd(end);
      readSpanBytes(reader, view, tag, fieldEnd);
      reader.pos = fieldEnd;
      return;
    }
    default:
      reader.skipField(tag, end);
  }
}

function readSpanBytes(reader: WireReader, view: RecordView, tag: number, end: number): void {
  const start = reader.pos;
  const length = end - start;
  switch (tag) {
    case TRACE_ID:
      setTraceIdBytes(view, start, length);
      return;
    case SPAN_ID:
      setSpanIdBytes(view, start, length);
      return;
    case PARENT_SPAN_ID:
      setParentSpanIdBytes(view, start, length);
      return;
    case NAME:
      view.name = pushField(view.tape, start, length);
      return;
    case TRACE_STATE:
      view.traceState = pushField(view.tape, start, length);
      return;
    default:
      readStatus(reader, view, end);
  }
}

function readStatus(reader: WireReader, view: RecordView, end: number): void {
  view.statusMessage = -1;
  view.statusCode = 0;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag === STATUS_CODE) view.statusCode = reader.varint32();
    else if (tag === STATUS_MESSAGE) {
      const fieldEnd = reader.lengthEnd(end);
      view.statusMessage = pushField(view.tape, reader.pos, fieldEnd - reader.pos);
      reader.pos = fieldEnd;
    } else reader.skipField(tag, end);
  }
  reader.finish(end);
}

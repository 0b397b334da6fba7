/**
 * A log record, span, resource or scope of the RecordView as the members of its OTLP/JSON object: 64-bit integers as
 * strings, ids in hex, absent and default fields left out. Each member is followed by a comma.
 */

import type { RecordView } from '../model/record.ts';
import { writeRecordAttributes, writeRememberedAttributes } from './attribute-texts.ts';
import { CLOSE_OBJECT, COMMA, QUOTE } from './json-bytes.ts';
import { type Constant, constant, type JsonSink } from './json-sink.ts';
import { writeAnyValue, writeMessage, writeString } from './json-values.ts';
import { copyBytes } from './rowbinary.ts';

const NAME = constant('"name":');
const VERSION = constant('"version":');
const ATTRIBUTES = constant('"attributes":');
const TIME = constant('"timeUnixNano":"');
const OBSERVED_TIME = constant('"observedTimeUnixNano":"');
const START_TIME = constant('"startTimeUnixNano":"');
const END_TIME = constant('"endTimeUnixNano":"');
const SEVERITY_NUMBER = constant('"severityNumber":');
const SEVERITY_TEXT = constant('"severityText":');
const EVENT_NAME = constant('"eventName":');
const BODY = constant('"body":');
const DROPPED_ATTRIBUTES = constant('"droppedAttributesCount":');
const DROPPED_EVENTS = constant('"droppedEventsCount":');
const DROPPED_LINKS = constant('"droppedLinksCount":');
const FLAGS = constant('"flags":');
const TRACE_ID = constant('"traceId":');
const SPAN_ID = constant('"spanId":');
const PARENT_SPAN_ID = constant('"parentSpanId":');
const TRACE_STATE = constant('"traceState":');
const KIND = constant('"kind":');
const EVENTS = constant('"events":');
const LINKS = constant('"links":');
const STATUS = constant('"status":{');
const MESSAGE = constant('"message":');
const CODE = constant('"code":');

/** Members of a Resource. */
export function writeResource(sink: JsonSink, view: RecordView): void {
  attributes(sink, view, view.resourceAttributes);
  number(sink, DROPPED_ATTRIBUTES, view.resourceDroppedAttributesCount);
}

/** Members of an InstrumentationScope. */
export function writeScope(sink: JsonSink, view: RecordView): void {
  text(sink, view, NAME, view.scopeName);
  text(sink, view, VERSION, view.scopeVersion);
  attributes(sink, view, view.scopeAttributes);
  number(sink, DROPPED_ATTRIBUTES, view.scopeDroppedAttributesCount);
}

/** Members of a LogRecord. */
export function writeLogRecord(sink: JsonSink, view: RecordView): void {
  time(sink, TIME, view.timeLow, view.timeHigh);
  observedTime(sink, view);
  number(sink, SEVERITY_NUMBER, view.severityNumber);
  text(sink, view, SEVERITY_TEXT, view.severityText);
  text(sink, view, EVENT_NAME, view.name);
  if (view.body >= 0 && !sink.isFull()) {
    sink.ensure(0);
    sink.raw(BODY);
    writeAnyValue(sink, view.tape, view.body);
    sink.byte(COMMA);
  }
  attributes(sink, view, view.attributes, true);
  number(sink, DROPPED_ATTRIBUTES, view.droppedAttributesCount);
  number(sink, FLAGS, view.flags);
  id(sink, view, TRACE_ID, view.traceIdStart, view.traceIdLength);
  id(sink, view, SPAN_ID, view.spanIdStart, view.spanIdLength);
}

/** Members of a Span. */
export function writeSpan(sink: JsonSink, view: RecordView): void {
  id(sink, view, TRACE_ID, view.traceIdStart, view.traceIdLength);
  id(sink, view, SPAN_ID, view.spanIdStart, view.spanIdLength);
  id(sink, view, PARENT_SPAN_ID, view.parentSpanIdStart, view.parentSpanIdLength);
  text(sink, view, TRACE_STATE, view.traceState);
  text(sink, view, NAME, view.name);
  number(sink, KIND, view.spanKind);
  time(sink, START_TIME, view.timeLow, view.timeHigh);
  time(sink, END_TIME, view.endLow, view.endHigh);
  attributes(sink, view, view.attributes, true);
  number(sink, DROPPED_ATTRIBUTES, view.droppedAttributesCount);
  messages(sink, view, EVENTS, view.events);
  number(sink, DROPPED_EVENTS, view.droppedEventsCount);
  messages(sink, view, LINKS, view.links);
  number(sink, DROPPED_LINKS, view.droppedLinksCount);
  if (view.statusCode !== 0 || view.statusMessage >= 0) {
    sink.ensure(0);
    sink.raw(STATUS);
    text(sink, view, MESSAGE, view.statusMessage);
    number(sink, CODE, view.statusCode);
    sink.close(CLOSE_OBJECT);
    sink.byte(COMMA);
  }
  number(sink, FLAGS, view.flags);
}

function attributes(sink: JsonSink, view: RecordView, node: number, isOfRecord = false): void {
  if (node < 0 || sink.isFull()) return;
  sink.ensure(0);
  sink.raw(ATTRIBUTES);
  if (isOfRecord) writeRecordAttributes(sink, view);
  else writeRememberedAttributes(sink, view.tape, node);
  sink.byte(COMMA);
}

function messages(sink: JsonSink, view: RecordView, name: Constant, node: number): void {
  if (node < 0 || sink.isFull()) return;
  sink.ensure(0);
  sink.raw(name);
  writeMessage(sink, view.tape, node);
  sink.byte(COMMA);
}

/** A text field; a node that scrubbing turned into something that is no text is left out. */
function text(sink: JsonSink, view: RecordView, name: Constant, node: number): void {
  if (node < 0 || sink.isFull()) return;
  sink.ensure(0);
  const start = sink.pos;
  sink.raw(name);
  if (writeString(sink, view.tape, node)) sink.byte(COMMA);
  else sink.pos = start;
}

function time(sink: JsonSink, name: Constant, low: number, high: number): void {
  if (low === 0 && high === 0) return;
  sink.ensure(0);
  sink.raw(name);
  sink.integer(low | 0, high | 0, false);
  sink.byte(QUOTE);
  sink.byte(COMMA);
}

/** Most agents observe a record when it happens: the digits are those that were just written. */
function observedTime(sink: JsonSink, view: RecordView): void {
  const { observedLow, observedHigh } = view;
  if (observedLow !== view.timeLow || observedHigh !== view.timeHigh || (observedLow === 0 && observedHigh === 0)) {
    time(sink, OBSERVED_TIME, observedLow, observedHigh);
    return;
  }
  const end = sink.pos;
  const start = sink.bytes.lastIndexOf(QUOTE, end - 3) + 1;
  sink.ensure(0);
  sink.raw(OBSERVED_TIME);
  sink.pos = copyBytes(sink.bytes, sink.pos, sink.bytes, start, end - start);
}

function number(sink: JsonSink, name: Constant, value: number): void {
  if (value === 0) return;
  sink.ensure(0);
  sink.raw(name);
  sink.double(value);
  sink.byte(COMMA);
}

function id(sink: JsonSink, view: RecordView, name: Constant, start: number, length: number): void {
  if (length === 0) return;
  sink.ensure(0);
  sink.raw(name);
  sink.hex(view.tape.bytes, start, length);
  sink.byte(COMMA);
}

/**
 * LogRecord of OTLP protobuf → RecordView.
 *
 * 1 time_unix_nano fixed64, 2 severity_number, 3 severity_text, 5 body, 6 attributes, 7 dropped_attributes_count,
 * 8 flags fixed32, 9 trace_id, 10 span_id, 11 observed_time_unix_nano fixed64, 12 event_name.
 * Source: opentelemetry-proto 1.x, logs/v1/logs.proto.
 */

import { pushField } from '../codec/tape-text.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import type { RecordView } from '../model/record.ts';
import { collectAttributes, readAnyValue, readRecordAttributes } from './any-value-protobuf.ts';
import { setSpanIdBytes, setTraceIdBytes } from './ids.ts';

const ATTRIBUTES = 0x32;

/** Reads one LogRecord that ends at `end`; returns how many records it counts as. */
export function readLogRecord(reader: WireReader, view: RecordView, end: number): number {
  const tape = view.tape;
  const start = reader.pos;
  let isCollected = false;
  while (reader.pos < end) {
    const tag = reader.fieldTag();
    if (tag !== ATTRIBUTES) readLogField(reader, view, tag, end);
    else if (view.attributes < 0) view.attributes = readRecordAttributes(reader, view, ATTRIBUTES, end);
    else {
      if (!isCollected) view.attributes = collectAttributes(reader, tape, ATTRIBUTES, start, end);
      view.prefixSerial = 0;
      isCollected = true;
      reader.skipField(tag, end);
    }
  }
  reader.finish(end);
  return 1;
}

function readLogField(reader: WireReader, view: RecordView, tag: number, end: number): void {
  switch (tag) {
    case 0x09:
      reader.wide();
      view.timeLow = reader.low >>> 0;
      view.timeHigh = reader.high >>> 0;
      return;
    case 0x59:
      reader.wide();
      view.observedLow = reader.low >>> 0;
      view.observedHigh = reader.high >>> 0;
      return;
    case 0x10:
      view.severityNumber = reader.varint32();
      return;
    case 0x38:
      view.droppedAttributesCount = reader.varint32() >>> 0;
      return;
    case 0x45:
      reader.need(4);
      view.flags = reader.fixed32();
      return;
    case 0x1a:
    case 0x2a:
    case 0x4a:
    case 0x52:
    case 0x62: {
      const fieldEnd = reader.lengthEnd(end);
      readLogBytes(reader, view, tag, fieldEnd);
      reader.pos = fieldEnd;
      return;
    }
    default:
      reader.skipField(tag, end);
  }
}

function readLogBytes(reader: WireReader, view: RecordView, tag: number, end: number): void {
  const length = end - reader.pos;
  switch (tag) {
    case 0x1a:
      view.severityText = pushField(view.tape, reader.pos, length);
      return;
    case 0x2a:
      view.body = readAnyValue(reader, view.tape, end, 1);
      return;
    case 0x4a:
      setTraceIdBytes(view, reader.pos, length);
      return;
    case 0x52:
      setSpanIdBytes(view, reader.pos, length);
      return;
    default:
      view.name = pushField(view.tape, reader.pos, length);
  }
}

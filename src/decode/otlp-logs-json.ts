/**
 * LogRecord of OTLP/JSON → RecordView: timeUnixNano, observedTimeUnixNano, severityNumber, severityText, eventName, body,
 * attributes, droppedAttributesCount, flags, traceId, spanId. Null counts as absent, the last of duplicate keys wins.
 */

import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { pushField } from '../codec/tape-text.ts';
import type { RecordView } from '../model/record.ts';
import { readAnyValue, readRecordAttributes } from './any-value-json.ts';
import { setSpanIdBytes, setTraceIdBytes } from './ids.ts';
import { readId, readInt32, readUint32, readUint64 } from './json-fields.ts';
import { FIELD } from './otlp-names.ts';

/** Reads the log record at the cursor; returns how many records it counts as. */
export function readLogRecord(reader: JsonReader, view: RecordView): number {
  for (let more = reader.firstKey(); more; more = reader.nextKey()) {
    if (!reader.takeNull()) readLogField(reader, view);
  }
  return 1;
}

function readLogField(reader: JsonReader, view: RecordView): void {
  switch (reader.keyId) {
    case FIELD.attributes:
      view.attributes = readRecordAttributes(reader, view);
      return;
    case FIELD.body:
      view.body = readAnyValue(reader, 1);
      return;
    case FIELD.timeUnixNano:
      readUint64(reader, 'a uint64 in timeUnixNano');
      view.timeLow = reader.low >>> 0;
      view.timeHigh = reader.high >>> 0;
      return;
    case FIELD.observedTimeUnixNano:
      readUint64(reader, 'a uint64 in observedTimeUnixNano');
      view.observedLow = reader.low >>> 0;
      view.observedHigh = reader.high >>> 0;
      return;
    case FIELD.severityNumber:
      view.severityNumber = readInt32(reader, 'an integer in severityNumber');
      return;
    case FIELD.droppedAttributesCount:
      view.droppedAttributesCount = readUint32(reader, 'a uint32 in droppedAttributesCount');
      return;
    case FIELD.flags:
      view.flags = readUint32(reader, 'a uint32 in flags');
      return;
    case FIELD.traceId:
      setTraceIdBytes(view, readId(reader, 'hex digits in traceId'), reader.textLength);
      return;
    case FIELD.spanId:
      setSpanIdBytes(view, readId(reader, 'hex digits in spanId'), reader.textLength);
      return;
    case FIELD.severityText:
      reader.string('a string in severityText');
      view.severityText = pushField(view.tape, reader.textStart, reader.textLength);
      return;
    case FIELD.eventName:
      reader.string('a string in eventName');
      view.name = pushField(view.tape, reader.textStart, reader.textLength);
      return;
    default:
      skipValue(reader, 3);
  }
}

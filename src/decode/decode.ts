/**
 * The decode stage's door: body bytes in the tape's workspace → visitor calls, by signal and encoding.
 * Errors of the readers become IngestError here, with offsets from the start of the body.
 */

import { isUtf8 } from 'node:buffer';
import { beginBody } from '../codec/attribute-memory.ts';
import { DecodeFault } from '../codec/fault.ts';
import { JsonReader } from '../codec/json-reader.ts';
import { WireReader } from '../codec/wire-reader.ts';
import { IngestError } from '../errors.ts';
import type { Signal } from '../model/identity.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { JsonEnvelope, type ReadRecord as ReadJsonRecord } from './envelope-json.ts';
import { ProtobufEnvelope, type ReadRecord as ReadProtobufRecord } from './envelope-protobuf.ts';
import { decodeHooks } from './hook-json.ts';
import { readLogRecord as readJsonLogRecord } from './otlp-logs-json.ts';
import { readLogRecord as readProtobufLogRecord } from './otlp-logs-protobuf.ts';
import { readJsonMetric, readProtobufMetric } from './otlp-metrics.ts';
import { readSpan as readJsonSpan } from './otlp-traces-json.ts';
import { readSpan as readProtobufSpan } from './otlp-traces-protobuf.ts';

export interface DecodedBody {
  /** Log records, spans, data points or hook events, the rejected ones included. */
  readonly recordCount: number;
  /** A hook body that names itself by `hook_event_name`: an agent may be parsing the answer. */
  readonly isAgentHook: boolean;
}

type OtlpSignal = Exclude<Signal, 'hooks'>;

const PROTOBUF_RECORDS: Readonly<Record<OtlpSignal, ReadProtobufRecord>> = {
  logs: readProtobufLogRecord,
  traces: readProtobufSpan,
  metrics: readProtobufMetric,
};

const JSON_RECORDS: Readonly<Record<OtlpSignal, ReadJsonRecord>> = {
  logs: readJsonLogRecord,
  traces: readJsonSpan,
  metrics: readJsonMetric,
};

/**
 * Decodes the body at [start, end) of `view.tape.bytes`, calling `visitor` for each record. The body's bytes are not
 * changed; JSON bodies get a NUL behind them, so `tape.used` grows by one.
 *
 * Throws IngestError: MALFORMED_PROTOBUF, MALFORMED_JSON, MALFORMED_OTLP, MALFORMED_HOOK, NESTING_TOO_DEEP,
 * TOO_MANY_VALUES, WRONG_SIGNAL. Records before the error were visited already; the caller rolls them back.
 */
export function decodeBody(
  view: RecordView,
  signal: Signal,
  bodyType: 'json' | 'protobuf',
  start: number,
  end: number,
  visitor: RecordVisitor,
): DecodedBody {
  beginBody();
  try {
    if (signal === 'hooks') return decodeHooks(openJson(view, start, end), view, visitor);
    const recordCount =
      bodyType === 'protobuf'
        ? decodeProtobuf(view, signal, start, end, visitor)
        : decodeJson(view, signal, start, end, visitor);
    return { recordCount, isAgentHook: false };
  } catch (error) {
    if (error instanceof DecodeFault) throw new IngestError(error.code, error.describe());
    throw error;
  }
}

function decodeProtobuf(
  view: RecordView,
  signal: OtlpSignal,
  start: number,
  end: number,
  visitor: RecordVisitor,
): number {
  const reader = new WireReader();
  view.tape.used = Math.max(view.tape.used, end);
  reader.begin(view.tape.bytes, start, end);
  const envelope = new ProtobufEnvelope(reader, view, signal, visitor, PROTOBUF_RECORDS[signal]);
  envelope.decode();
  return envelope.recordCount;
}

function decodeJson(view: RecordView, signal: OtlpSignal, start: number, end: number, visitor: RecordVisitor): number {
  const reader = openJson(view, start, end);
  const envelope = new JsonEnvelope(reader, view, signal, visitor, JSON_RECORDS[signal]);
  envelope.decode();
  return envelope.recordCount;
}

/**
 * A reader over the body with the NUL behind it that JsonReader asks for. Where other bytes stand behind the body, it is
 * copied behind them; a NUL from an earlier walk over the same body serves again.
 */
function openJson(view: RecordView, start: number, end: number): JsonReader {
  const tape = view.tape;
  let bodyStart = start;
  if (end >= tape.used || tape.bytes[end] !== 0) {
    if (end < tape.used) bodyStart = tape.append(tape.bytes.subarray(start, end));
    const bodyEnd = bodyStart + (end - start);
    tape.used = bodyEnd;
    tape.reserve(1);
    tape.bytes[bodyEnd] = 0;
    tape.used = bodyEnd + 1;
  }
  const bodyEnd = bodyStart + (end - start);
  const reader = new JsonReader(tape);
  reader.begin(bodyStart, bodyEnd, isUtf8(tape.bytes.subarray(bodyStart, bodyEnd)));
  return reader;
}

/** Trace and span ids: 16 and 8 bytes that are not all zero; anything else counts as absent (trace/v1/trace.proto). */

import { isAllZero } from '../codec/hex.ts';
import type { RecordView } from '../model/record.ts';

export const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Sets the trace id from raw bytes in the workspace. */
export function setTraceIdBytes(view: RecordView, start: number, length: number): void {
  view.traceIdStart = start;
  view.traceIdLength = validLength(view, start, length, TRACE_ID_BYTES);
}

/** Sets the span id from raw bytes in the workspace. */
export function setSpanIdBytes(view: RecordView, start: number, length: number): void {
  view.spanIdStart = start;
  view.spanIdLength = validLength(view, start, length, SPAN_ID_BYTES);
}

/** Sets the parent's span id from raw bytes in the workspace. */
export function setParentSpanIdBytes(view: RecordView, start: number, length: number): void {
  view.parentSpanIdStart = start;
  view.parentSpanIdLength = validLength(view, start, length, SPAN_ID_BYTES);
}

function validLength(view: RecordView, start: number, length: number, expected: number): number {
  return length === expected && !isAllZero(view.tape.bytes, start, length) ? length : 0;
}

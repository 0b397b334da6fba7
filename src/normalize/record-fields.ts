/** Fields that OTLP records carry beside their attributes: times, ids, a span's duration and status. */

import { type CanonicalEvent, Slot } from '../model/event.ts';
import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { COLUMN } from './columns.ts';
import { microsOfEpoch, microsOfEpochText, microsOfNanos, millisBetween, parseRfc3339 } from './time.ts';
import { numberOf, span, textOf } from './values.ts';

export { MICROS_MAX, MICROS_MIN } from './time.ts';

const EVENT_TIMESTAMP = internName('event.timestamp');
const TIMESTAMP = internName('timestamp');
const HEX = Buffer.from('0123456789abcdef');

/** event.timestamp (hooks: `timestamp` before it) > timeUnixNano > observedTimeUnixNano > time of receipt, in microseconds. */
export function eventTimeMicros(view: RecordView, receivedMicros: number): number {
  const given = view.signal === 'hooks' ? statedMicros(view, TIMESTAMP) : Number.NaN;
  const stated = Number.isNaN(given) ? statedMicros(view, EVENT_TIMESTAMP) : given;
  if (!Number.isNaN(stated)) return stated;
  if (view.timeLow !== 0 || view.timeHigh !== 0) return microsOfNanos(view.timeLow, view.timeHigh);
  if (view.observedLow !== 0 || view.observedHigh !== 0) return microsOfNanos(view.observedLow, view.observedHigh);
  return receivedMicros;
}

/** The time that this attribute says; NaN when there is none or it cannot be read. */
function statedMicros(view: RecordView, keyId: number): number {
  const { tape } = view;
  const node = view.attribute(keyId);
  if (node < 0) return Number.NaN;
  if (tape.kind[node] !== Kind.STRING) return microsOfEpoch(numberOf(tape, node));
  const { bytes } = tape;
  const start = tape.start[node]!;
  const length = tape.length[node]!;
  const micros = parseRfc3339(bytes, start, length);
  return Number.isNaN(micros) ? microsOfEpochText(bytes, start, length) : micros;
}

/** Trace ids as hex; for spans also duration and a failed status. */
export function fillSpan(view: RecordView, event: CanonicalEvent): void {
  const { tape } = view;
  setHex(tape, event, COLUMN.traceId, view.traceIdStart, view.traceIdLength);
  setHex(tape, event, COLUMN.spanId, view.spanIdStart, view.spanIdLength);
  if (view.signal !== 'traces') return;
  setHex(tape, event, COLUMN.parentSpanId, view.parentSpanIdStart, view.parentSpanIdLength);
  const hasEnd = view.endLow !== 0 || view.endHigh !== 0;
  if (event.slot[COLUMN.durationMs] === Slot.EMPTY && hasEnd) {
    const millis = millisBetween(view.timeLow, view.timeHigh, view.endLow, view.endHigh);
    if (!Number.isNaN(millis)) event.setNumber(COLUMN.durationMs, millis);
  }
  if (event.slot[COLUMN.errorMessage] === Slot.EMPTY && view.statusMessage >= 0 && textOf(tape, view.statusMessage)) {
    if (span.length > 0) event.setSpan(COLUMN.errorMessage, span.start, span.length);
  }
}

function setHex(tape: Tape, event: CanonicalEvent, column: number, start: number, length: number): void {
  if (length === 0) return;
  const at = tape.reserve(length * 2);
  const { bytes } = tape;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index]!;
    bytes[at + index * 2] = HEX[byte >> 4]!;
    bytes[at + index * 2 + 1] = HEX[byte & 15]!;
  }
  tape.used = at + length * 2;
  event.setSpan(column, at, length * 2);
}

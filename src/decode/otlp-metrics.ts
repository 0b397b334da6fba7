/** Metric of both encodings → RecordView: the whole metric as one MAP; a metric weighs as much as it has data points. */

import type { JsonReader } from '../codec/json-reader.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import type { Tape } from '../model/tape.ts';
import { METRIC } from './message-fields.ts';
import { readMessage as readJsonMessage } from './message-json.ts';
import { readMessage as readProtobufMessage } from './message-protobuf.ts';

const DATA_POINTS = internName('dataPoints');
const DATA = METRIC.fields.filter((field) => field.oneof !== 0);

/** Reads one Metric that ends at `end`; returns the number of its data points. */
export function readProtobufMetric(reader: WireReader, view: RecordView, end: number): number {
  view.attributes = readProtobufMessage(reader, view.tape, METRIC, end);
  return countDataPoints(view.tape, view.attributes);
}

/** Reads the metric object at the cursor; returns the number of its data points. */
export function readJsonMetric(reader: JsonReader, view: RecordView): number {
  view.attributes = readJsonMessage(reader, METRIC);
  return countDataPoints(view.tape, view.attributes);
}

function countDataPoints(tape: Tape, metric: number): number {
  for (const field of DATA) {
    const data = tape.child(metric, field.keyId);
    if (data < 0) continue;
    const points = tape.child(data, DATA_POINTS);
    return points < 0 ? 0 : tape.length[points]!;
  }
  return 0;
}

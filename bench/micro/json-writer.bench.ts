/** The raw text: tape to OTLP/JSON bytes, against protobufjs objects through JSON.stringify. Decoding is in both. */

import { RawWriter } from '../../src/codec/json-writer.ts';
import type { RecordVisitor } from '../../src/model/record.ts';
import { requestType } from '../fleet/otlp.ts';
import { microBench } from '../micro-bench.ts';
import { checkSame, logBodies, NO_VISITOR, RECORDS_PER_RUN, summaryOf, view, walk } from './decode-input.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const bodies = logBodies('protobuf');
const type = requestType('logs');
const writer = new RawWriter();
const visitor: RecordVisitor = {
  ...NO_VISITOR,
  resource: () => writer.resource(view),
  scope: () => writer.scope(view),
  record: () => writer.record(view),
};

/** Writes the text of one body and returns its length. */
function write(body: Uint8Array): number {
  writer.reset(MAX_BYTES);
  walk([body], 'protobuf', visitor);
  return writer.finish(view);
}

const text = (length: number): string => Buffer.from(writer.bytes.subarray(0, length)).toString();
checkSame(
  bodies.flatMap((body) => summaryOf(JSON.parse(text(write(body))))),
  bodies.flatMap((body) => summaryOf(type.toObject(type.decode(body)))),
);
const bytes = bodies.reduce((sum, body) => sum + write(body), 0);

await microBench({
  title: `protobuf logs to OTLP/JSON text, ${Math.round(bytes / RECORDS_PER_RUN)} bytes of text a record`,
  unit: 'records',
  unitsPerRun: RECORDS_PER_RUN,
  cases: [
    { name: 'tape to text', run: () => bodies.map(write) },
    { name: 'the walk alone', run: () => walk(bodies, 'protobuf') },
    {
      name: 'protobufjs and JSON.stringify',
      run: () =>
        bodies.map((body) => JSON.stringify(type.toObject(type.decode(body), { longs: String, bytes: String }))),
    },
  ],
});

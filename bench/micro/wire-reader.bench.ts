/** Walking protobuf onto the tape, against protobufjs decoding the same bytes to objects. */

import { requestType } from '../fleet/otlp.ts';
import { microBench } from '../micro-bench.ts';
import { checkSame, logBodies, RECORDS_PER_RUN, summary, summaryOf, walk } from './decode-input.ts';

const bodies = logBodies('protobuf');
const type = requestType('logs');
checkSame(
  summary(bodies, 'protobuf'),
  bodies.flatMap((body) => summaryOf(type.toObject(type.decode(body)))),
);
const bytes = bodies.reduce((sum, body) => sum + body.length, 0);

await microBench({
  title: `decode of protobuf logs, ${Math.round(bytes / RECORDS_PER_RUN)} bytes a record`,
  unit: 'records',
  unitsPerRun: RECORDS_PER_RUN,
  cases: [
    { name: 'wire reader to tape', run: () => walk(bodies, 'protobuf') },
    { name: 'protobufjs to messages', run: () => bodies.map((body) => type.decode(body)) },
    { name: 'protobufjs to plain objects', run: () => bodies.map((body) => type.toObject(type.decode(body))) },
  ],
});

/**
 * Walking OTLP/JSON onto the tape, against JSON.parse of the same bytes. The shape that exporters write is read without
 * look-ups; with a space behind each colon every attribute takes the general way.
 */

import { microBench } from '../micro-bench.ts';
import { checkSame, logBodies, RECORDS_PER_RUN, summary, summaryOf, walk } from './decode-input.ts';

const dense = logBodies('json');
const spaced = dense.map((body) => Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1)));
/** One long text of lines: escapes are rebuilt byte by byte, which JSON.parse does faster. */
const long = [
  Buffer.from(
    JSON.stringify({
      resourceLogs: [
        {
          resource: {},
          scopeLogs: [{ scope: {}, logRecords: [{ body: { stringValue: `${'x'.repeat(30)}\n`.repeat(30_000) } }] }],
        },
      ],
    }),
  ),
];

for (const [name, bodies, unit, units] of [
  ['as exporters write it', dense, 'records', RECORDS_PER_RUN],
  ['pretty-printed', spaced, 'records', RECORDS_PER_RUN],
  ['one text with an escape in every line', long, 'bytes', long[0]!.length],
] as const) {
  if (unit === 'records') {
    checkSame(
      summary(bodies, 'json'),
      bodies.flatMap((body) => summaryOf(JSON.parse(body.toString()))),
    );
  }
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  await microBench({
    title: `decode of OTLP/JSON logs, ${name}, ${Math.round(bytes / (unit === 'records' ? units : 1))} bytes`,
    unit,
    unitsPerRun: units,
    cases: [
      { name: 'JSON reader to tape', run: () => walk(bodies, 'json') },
      { name: 'JSON.parse', run: () => bodies.map((body) => JSON.parse(body.toString()) as unknown) },
    ],
  });
}

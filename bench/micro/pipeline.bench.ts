/**
 * The whole worker pipeline (decode, normalize, capture rule, redaction, raw text, columns, RowBinary, LZ4) against the
 * naive pipeline, which does less, on the same bodies. The rows are checked by the engine before anything is timed.
 */

import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { type Body, type BodyShape, Fleet } from '../fleet.ts';
import { microBench } from '../micro-bench.ts';
import { runNaive } from '../naive.ts';
import { PIPELINE_OPTIONS, tasksOf } from '../pipeline-tasks.ts';
import { checkRows } from './pipeline-check.ts';

const SHAPES: readonly (readonly [string, BodyShape, number])[] = [
  [
    'Claude Code logs, protobuf, 100 records',
    { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 100 },
    40,
  ],
  [
    'Claude Code logs, JSON, 100 records',
    { provider: 'claude_code', signal: 'logs', bodyType: 'json', records: 100 },
    40,
  ],
  [
    'Claude Code logs, protobuf, 1 record',
    { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 1 },
    1000,
  ],
  ['Codex logs, protobuf, 100 records', { provider: 'codex', signal: 'logs', bodyType: 'protobuf', records: 100 }, 40],
  [
    'Claude Code traces, JSON, 50 spans',
    { provider: 'claude_code', signal: 'traces', bodyType: 'json', records: 50 },
    40,
  ],
  [
    'Claude Code metrics, protobuf',
    { provider: 'claude_code', signal: 'metrics', bodyType: 'protobuf', records: 10 },
    100,
  ],
  ['Claude Code hooks', { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 }, 1000],
];

for (const [title, shape, count] of SHAPES) {
  const bodies: Body[] = new Fleet(11).bodies(shape, count);
  const records = bodies.reduce((sum, body) => sum + body.records, 0);
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0);
  const tasks = tasksOf(bodies);
  const pipeline = new Pipeline(PIPELINE_OPTIONS);
  await checkRows(pipeline, tasks, bodies);
  await microBench({
    title: `pipeline: ${title}, ${Math.round(bytes / records)} bytes a record`,
    unit: 'records',
    unitsPerRun: records,
    cases: [
      { name: 'worker pipeline', run: () => tasks.map((task) => pipeline.run(task)) },
      { name: 'naive', run: () => bodies.map((body) => runNaive(body)) },
    ],
  });
}

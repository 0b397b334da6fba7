/** Before a pipeline is timed: its frames, read by a real engine, must hold the rows that the naive way makes. */

import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { Frame } from '../../src/model/frame.ts';
import { TABLES, type TableName } from '../../src/model/schema.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { Task } from '../../src/pool/task.ts';
import type { Body } from '../fleet.ts';
import { type NaiveRow, runNaive } from '../naive.ts';

/** Columns that both pipelines fill by the same rule. */
const COMPARED = ['session_id', 'org_id', 'repo', 'branch', 'user_email'] as const;

/** Throws unless the pipeline's rows are as many as the bodies' records and agree with the naive rows. */
export async function checkRows(pipeline: Pipeline, tasks: readonly Task[], bodies: readonly Body[]): Promise<void> {
  const frames: Frame[] = [];
  let records = 0;
  for (const task of tasks) {
    const { results, frames: taskFrames } = pipeline.run(task);
    for (const result of results) {
      assert.ok(result.ok && result.rejectedCount === 0, JSON.stringify(result));
      records += result.recordCount;
    }
    frames.push(...taskFrames);
  }
  assert.equal(
    records,
    sum(bodies, (body) => body.records),
    'records decoded',
  );
  assert.equal(rowsOf(frames, 'events_raw'), bodies.length, 'raw rows');
  assert.equal(
    rowsOf(frames, 'coding_agent_events'),
    sum(bodies, (body) => body.events),
    'event rows',
  );
  await compareRows(
    frames.filter((frame) => frame.table === 'coding_agent_events'),
    bodies,
  );
}

async function compareRows(frames: readonly Frame[], bodies: readonly Body[]): Promise<void> {
  const expected = bodies
    .filter((body) => body.events > 0)
    .flatMap((body) =>
      runNaive(body)
        .events.split('\n')
        .map((line) => JSON.parse(line) as NaiveRow),
    )
    .map((row) => JSON.stringify(COMPARED.map((name) => row[name] ?? '')))
    .sort();
  const stored = (await read(frames)).sort();
  const differs = expected.findIndex((row, index) => row !== stored[index]);
  assert.equal(stored[differs], expected[differs], 'rows as the engine reads them');
}

async function read(frames: readonly Frame[]): Promise<string[]> {
  if (frames.length === 0) return [];
  const { columns } = TABLES[frames[0]!.table];
  const directory = mkdtempSync(join(tmpdir(), 'moda-bench-'));
  const session = new Session(join(directory, 'store'));
  try {
    const file = join(directory, 'rows.lz4');
    writeFileSync(file, Buffer.concat(frames.map((frame) => frame.bytes)));
    session.query(`CREATE TABLE t (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}) ENGINE = Memory`);
    await session.queryAsync(`INSERT INTO t FROM INFILE '${file}' COMPRESSION 'lz4' FORMAT ${frames[0]!.format}`);
    const text = session.query(`SELECT ${COMPARED.join(', ')} FROM t`, 'JSONCompactEachRow');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.stringify(JSON.parse(line)));
  } finally {
    session.cleanup();
    rmSync(directory, { recursive: true, force: true });
  }
}

function rowsOf(frames: readonly Frame[], table: TableName): number {
  return sum(
    frames.filter((frame) => frame.table === table),
    (frame) => frame.rows,
  );
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}

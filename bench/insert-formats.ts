/**
 * `node bench/insert-formats.ts`: what a million rows cost ClickHouse by insert format: parsing alone (into a Null table)
 * and the INSERT into the real table, CPU seconds of the engine in this process, and bytes on the wire. Best of a few runs.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { createTable } from '../src/clickhouse/ddl.ts';
import { INSERT_SETTINGS } from '../src/clickhouse/insert-settings.ts';
import type { Frame, InsertFormat } from '../src/model/frame.ts';
import { CODING_AGENT_EVENTS, type Table } from '../src/model/schema.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { Fleet } from './fleet.ts';
import { positive, readOptions } from './options.ts';
import { PIPELINE_OPTIONS, tasksOf } from './pipeline-tasks.ts';
import { writeResults } from './results.ts';
import { printTable } from './table.ts';

const options = readOptions('node bench/insert-formats.ts', {
  rows: { help: 'rows in one batch', default: '50000' },
  runs: { help: 'runs of each', default: '5' },
});
const rows = positive('rows', options.rows);
const runs = positive('runs', options.runs);

const DATABASE = 'bench';
const RETENTION_DAYS = 36_500;
const columns = CODING_AGENT_EVENTS.columns.map(({ name }) => name).join(', ');

interface FormatCost {
  readonly format: InsertFormat;
  readonly wireBytesPerRow: number;
  readonly rawBytesPerRow: number;
  readonly parseCpuSecondsPerMillion: number;
  readonly insertCpuSecondsPerMillion: number;
}

const directory = mkdtempSync(join(tmpdir(), 'moda-bench-'));
const session = new Session(join(directory, 'store'));
try {
  session.query(`CREATE DATABASE ${DATABASE}`);
  for (const statement of createTable(CODING_AGENT_EVENTS, RETENTION_DAYS, { database: DATABASE, isSynced: false })) {
    session.query(statement);
  }
  session.query(`SYSTEM STOP MERGES ${DATABASE}.${CODING_AGENT_EVENTS.name}`);
  session.query(`CREATE TABLE ${DATABASE}.nothing (${plainColumns(CODING_AGENT_EVENTS)}) ENGINE = Null`);
  const costs = (['RowBinary', 'Native'] as const).map((format) => framesOf(format));
  const measured: FormatCost[] = [];
  for (const { format, frames } of costs) measured.push(await costOf(format, frames));
  printTable(
    `${rows} Claude Code rows a batch`,
    ['', 'bytes/row', 'LZ4 bytes/row', 'parse CPU s/M', 'INSERT CPU s/M'],
    measured.map((cost) => [
      cost.format,
      cost.rawBytesPerRow.toFixed(0),
      cost.wireBytesPerRow.toFixed(0),
      cost.parseCpuSecondsPerMillion.toFixed(2),
      cost.insertCpuSecondsPerMillion.toFixed(2),
    ]),
  );
  process.stdout.write(`${writeResults('insert-formats.json', measured)}\n`);
} finally {
  session.cleanup();
  rmSync(directory, { recursive: true, force: true });
}

function plainColumns(table: Table): string {
  return table.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}

function framesOf(format: InsertFormat): { format: InsertFormat; frames: Frame[] } {
  const fleet = new Fleet(17);
  const pipeline = new Pipeline({ ...PIPELINE_OPTIONS, insertFormat: format });
  const shape = { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 500 } as const;
  const frames: Frame[] = [];
  for (const task of tasksOf(fleet.bodies(shape, Math.ceil(rows / shape.records)))) {
    frames.push(...pipeline.run(task).frames.filter((frame) => frame.table === CODING_AGENT_EVENTS.name));
  }
  return { format, frames };
}

async function costOf(format: InsertFormat, frames: readonly Frame[]): Promise<FormatCost> {
  const sum = (of: (frame: Frame) => number): number => frames.reduce((total, frame) => total + of(frame), 0);
  const count = sum((frame) => frame.rows);
  const file = join(directory, `${format}.lz4`);
  writeFileSync(file, Buffer.concat(frames.map((frame) => frame.bytes)));
  const parse = await cpuSeconds(`${DATABASE}.nothing`, file, format, count);
  const insert = await cpuSeconds(`${DATABASE}.${CODING_AGENT_EVENTS.name}`, file, format, count);
  return {
    format,
    wireBytesPerRow: sum((frame) => frame.bytes.length) / count,
    rawBytesPerRow: sum((frame) => frame.rawBytes) / count,
    parseCpuSecondsPerMillion: (parse / count) * 1e6,
    insertCpuSecondsPerMillion: (insert / count) * 1e6,
  };
}

/** CPU of the best run; the engine must report that it has parsed all rows. */
async function cpuSeconds(table: string, file: string, format: InsertFormat, expected: number): Promise<number> {
  const settings = Object.entries({ ...INSERT_SETTINGS, insert_deduplicate: 0 }).map(
    ([name, value]) => `${name} = ${value}`,
  );
  const statement = `INSERT INTO ${table} (${columns}) FROM INFILE '${file}' COMPRESSION 'lz4' SETTINGS ${settings.join(', ')} FORMAT ${format}`;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    const { rowsRead } = await session.queryAsync(statement);
    const { user, system } = process.cpuUsage(before);
    if (rowsRead !== expected) throw new Error(`${format}: ${rowsRead} of ${expected} rows were read`);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

/** Carries out the steps of a part: reads its units, asks the store, records the facts in the order that a crash demands. */

import type { TableName } from '../model/schema.ts';
import { diskErrorCode } from '../spool/disk.ts';
import { Ledger } from '../spool/ledger.ts';
import type { Clock, EventLog } from '../spool/ports.ts';
import type { Unit } from '../spool/segment-units.ts';
import type { Spool } from '../spool/spool.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Failure, Inserter } from './inserter.ts';
import {
  onCorrupt,
  onCounted,
  onDescribed,
  onDiskFailed,
  onFailed,
  onInsertDue,
  onInserted,
  onNotSent,
  type Part,
  partFrom,
  type Surroundings,
  tokenOf,
} from './part.ts';
import { areIntact, sampleIds } from './part-frames.ts';
import { BURIALS_IN_ROW_MAX, pauseMs, RETRY_RULES } from './retry.ts';
import type { Schedule, Turn } from './schedule.ts';
import { takesColumns } from './schema-check.ts';

/** What happens to rows, for the ledger and the metrics. Called on the main thread, once per part. */
export interface SinkEvents {
  /** Rows are in the table and known to be. */
  inserted(event: { table: TableName; rows: number; tenantRows: ReadonlyMap<string, number> }): void;
  /** An INSERT was answered or given up after `elapsedMs`. */
  flushed(event: { table: TableName; rows: number; bytes: number; elapsedMs: number; isOk: boolean }): void;
  failed(event: { table: TableName; failure: Failure }): void;
  /** Rows were set aside as dead letters, or (`isLost`) could not be read from our own disk any more. */
  buried(event: {
    table: TableName;
    rows: number;
    tenantRows: ReadonlyMap<string, number>;
    reason: string;
    isLost: boolean;
  }): void;
}

export interface StepTools {
  readonly spool: Spool;
  readonly inserter: Inserter;
  readonly deadLetters: DeadLetters;
  readonly schedule: Schedule;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: EventLog;
  readonly events: SinkEvents;
  readonly signal: AbortSignal;
  /** INSERTs that succeeded, per table. */
  readonly successes: Record<TableName, number>;
  burialsInRow: number;
  /** Tables, with the columns of a segment, that DESCRIBE has shown to fit since the store last failed. */
  readonly fitting: Set<string>;
}

/** Pause while nothing may be set aside. */
const BURIAL_PAUSE_MS = 30_000;

/** Works on the part until it is ended or must wait; does not throw. */
export async function work(turn: Turn, tools: StepTools): Promise<void> {
  const { part, job } = turn;
  try {
    const units = (await job.segment.load(job.table)).slice(part.from, part.to);
    while (part.step !== 'ended' && part.notBeforeMs <= tools.clock.nowMs() && !tools.signal.aborted) {
      await carryOut(turn, units, tools);
    }
  } catch (error) {
    tools.log.warn(
      { cause: diskErrorCode(error), table: job.table },
      'the sink could not use its disk, next try follows',
    );
    onDiskFailed(part, surroundings(turn, tools));
  }
}

function surroundings(turn: Turn, tools: StepTools): Surroundings {
  const { clock, random, successes, inserter } = tools;
  const { table, segment } = turn.job;
  return {
    nowMs: clock.nowMs(),
    random: random(),
    successes: successes[table],
    isSharded: inserter.isSharded,
    isResubmitted: segment.header.reason !== undefined,
  };
}

function carryOut(turn: Turn, units: readonly Unit[], tools: StepTools): Promise<void> {
  switch (turn.part.step) {
    case 'insert':
      return insert(turn, units, tools);
    case 'count':
      return count(turn, units, tools);
    case 'describe':
      return describe(turn, tools);
    case 'settle':
      return settle(turn, units, tools);
    case 'accuse':
      return split(turn, tools);
    case 'bury':
      return bury(turn, units, tools);
    case 'ended':
      return Promise.resolve();
  }
}

async function insert(turn: Turn, units: readonly Unit[], tools: StepTools): Promise<void> {
  const { part, job } = turn;
  onInsertDue(part, surroundings(turn, tools));
  if (part.step !== 'insert') return;
  const frames = units.flatMap((unit) => unit.frames);
  if (frames.length === 0 || !(await areIntact(frames, tools.clock))) {
    onCorrupt(part, surroundings(turn, tools));
    return;
  }
  if (!(await fits(turn, tools))) return;
  if (!part.isBegun) {
    const { table, from, to, attempt } = part;
    await job.segment.record({ kind: 'inserting', table, from, to, attempt });
    part.isBegun = true;
  }
  const { header } = job.segment;
  const rows = units.reduce((sum, unit) => sum + unit.rows, 0);
  const startMs = tools.clock.nowMs();
  const outcome = await tools.inserter.insert({
    table: job.table,
    columns: header.columns[job.table].map(([name]) => name),
    format: header.format,
    body: frames.map((frame) => frame.payload),
    token: tokenOf(header.id, part),
    rows,
    signal: tools.signal,
  });
  const bytes = frames.reduce((sum, frame) => sum + frame.payload.length, 0);
  const elapsedMs = tools.clock.nowMs() - startMs;
  tools.events.flushed({ table: job.table, rows, bytes, elapsedMs, isOk: outcome.ok });
  if (!outcome.ok) {
    noteFailure(turn, outcome.failure, tools);
    return;
  }
  tools.schedule.gates[job.table].onSuccess();
  tools.successes[job.table] += 1;
  tools.burialsInRow = 0;
  onInserted(part, outcome.value.writtenRows, rows);
}

/**
 * Whether the table has our columns, asked before the first INSERT after every failure of the store: rows of a column
 * whose type was changed could be read without an error and be wrong.
 */
async function fits(turn: Turn, tools: StepTools): Promise<boolean> {
  const { table, segment } = turn.job;
  const key = table + JSON.stringify(segment.header.columns[table]);
  if (tools.fitting.has(key)) return true;
  const outcome = await tools.inserter.describe(table, tools.signal);
  if (!outcome.ok) {
    noteFailure(turn, outcome.failure, tools, onNotSent);
    return false;
  }
  const isOurs = takesColumns(outcome.value, segment.header.columns[table]);
  if (isOurs) tools.fitting.add(key);
  else noteDifference(turn, tools);
  return isOurs;
}

function noteDifference(turn: Turn, tools: StepTools): void {
  const { part, job } = turn;
  const around = surroundings(turn, tools);
  tools.log.warn({ table: job.table }, 'the table differs from the rows that wait for it');
  tools.schedule.gates[job.table].onFailure('schema', around.nowMs, around.random);
  onDescribed(part, false, around);
}

function noteFailure(turn: Turn, failure: Failure, tools: StepTools, onEvent = onFailed): void {
  const { part, job } = turn;
  // Stopped by ourselves: the next process finds the part begun and resolves it.
  if (tools.signal.aborted) return;
  tools.events.failed({ table: job.table, failure });
  const around = surroundings(turn, tools);
  if (RETRY_RULES[failure.kind].closesGate) tools.fitting.clear();
  tools.schedule.gates[job.table].onFailure(failure.kind, around.nowMs, around.random);
  if (part.failures === 0) tools.log.warn({ table: job.table, step: part.step, ...failure }, 'store failed, rows wait');
  onEvent(part, failure, around);
}

async function count(turn: Turn, units: readonly Unit[], tools: StepTools): Promise<void> {
  const { job } = turn;
  const outcome = await tools.inserter.countRequests(job.table, sampleIds(units), job.segment.header.day, tools.signal);
  if (!outcome.ok) {
    noteFailure(turn, outcome.failure, tools);
    return;
  }
  onCounted(turn.part, outcome.value, surroundings(turn, tools));
  // The INSERT was taken: without this the gate would stay closed until the next one, for which there may be no rows.
  if (turn.part.step === 'settle') tools.schedule.gates[job.table].onSuccess();
}

async function describe(turn: Turn, tools: StepTools): Promise<void> {
  const { job, part } = turn;
  const outcome = await tools.inserter.describe(job.table, tools.signal);
  if (!outcome.ok) {
    noteFailure(turn, outcome.failure, tools);
    return;
  }
  if (takesColumns(outcome.value, job.segment.header.columns[job.table])) {
    onDescribed(part, true, surroundings(turn, tools));
  } else {
    noteDifference(turn, tools);
  }
}

async function settle(turn: Turn, units: readonly Unit[], tools: StepTools): Promise<void> {
  const { part, job } = turn;
  const { table, from, to } = part;
  await job.segment.record({ kind: 'done', table, from, to });
  part.step = 'ended';
  const { rows, tenantRows } = take(turn, units, tools);
  tools.events.inserted({ table, rows, tenantRows });
}

/** Takes the rows of the part off the spool's side of the ledger. */
function take(
  turn: Turn,
  units: readonly Unit[],
  tools: StepTools,
): { rows: number; tenantRows: ReadonlyMap<string, number> } {
  const ledger = new Ledger();
  for (const unit of units) for (const frame of unit.frames) ledger.add(frame.tenantRows);
  tools.spool.settle(turn.job.segment, turn.job.table, ledger.rows);
  return { rows: ledger.total(), tenantRows: ledger.rows };
}

async function split(turn: Turn, tools: StepTools): Promise<void> {
  const { part, job } = turn;
  const { table, from, to } = part;
  const at = Math.ceil((from + to) / 2);
  await job.segment.record({ kind: 'split', table, from, to, at });
  const units = job.segment.summary.units[table];
  const half = (start: number, stop: number): Part =>
    partFrom({ from: start, to: stop, end: 'open', attempt: undefined }, table, units, false);
  tools.log.warn({ table, from, to, reason: part.reason }, 'splitting a batch to find the rows that fail');
  tools.schedule.split(job, part, [half(from, at), half(at, to)]);
}

async function bury(turn: Turn, units: readonly Unit[], tools: StepTools): Promise<void> {
  const { part, job } = turn;
  const { table, from, to } = part;
  if (tools.burialsInRow >= BURIALS_IN_ROW_MAX) {
    // Everything fails: the fault is elsewhere. Rows are set aside again once some INSERT succeeds.
    part.step = 'insert';
    part.notBeforeMs = tools.clock.nowMs() + BURIAL_PAUSE_MS;
    return;
  }
  const isLost = units.length === 0;
  if (!isLost && !(await tools.deadLetters.bury(job.segment.header, table, from, units, part.reason))) {
    tools.log.error({ table, reason: part.reason }, 'dead letters are full, rows wait in the spool');
    part.notBeforeMs = tools.clock.nowMs() + pauseMs('data', part.failures + 5, tools.random());
    return;
  }
  await job.segment.record({ kind: 'buried', table, from, to });
  part.step = 'ended';
  if (isLost) return;
  tools.burialsInRow += 1;
  const { rows, tenantRows } = take(turn, units, tools);
  tools.log.error({ table, rows, reason: part.reason }, 'rows set aside as dead letters');
  tools.events.buried({ table, rows, tenantRows, reason: part.reason, isLost: false });
}

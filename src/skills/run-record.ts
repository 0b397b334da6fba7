/** Rows of `skill_runs`: one per run, rewritten by its owner with each heartbeat. */

import type { SkillStatus } from './gate.ts';
import { epochMs, type StorePort, storeTime } from './store.ts';

/** `choosing` and `queued` are the two steps of taking the lease (`lease.ts`). */
export type RunStatus = 'choosing' | 'queued' | 'running' | 'done' | 'failed' | 'joined';

export interface RunProgress {
  /** What the run is at: waiting, reading, learning. */
  readonly stage: string;
  readonly done: number;
  /** 0 while unknown. */
  readonly total: number;
}

/** What a run did to one skill. */
export interface SkillChange {
  readonly id: string;
  readonly status: SkillStatus;
  /** The first of `reasons`. */
  readonly reason: string;
  /** Every floor that a proposed one misses. */
  readonly reasons: readonly string[];
}

export interface RunSummary {
  /** Sessions that this run read, and the corrections in them. */
  readonly sessions: number;
  readonly corrections: number;
  /** Skills that this run found new. */
  readonly found: number;
  /** Skills that this run left proposed, approved or rejected after it created or changed them. */
  readonly proposed: number;
  readonly approved: number;
  readonly rejected: number;
  /** Skills of which this run wrote a new text. */
  readonly updated: number;
  readonly skills: readonly SkillChange[];
  /** What could not be seen, and what went another way than meant. */
  readonly notes: readonly string[];
  /** Digest of what the run learned with: settings, version, model. */
  readonly basis: string;
}

export const EMPTY_SUMMARY: RunSummary = {
  sessions: 0,
  corrections: 0,
  found: 0,
  proposed: 0,
  approved: 0,
  rejected: 0,
  updated: 0,
  skills: [],
  notes: [],
  basis: '',
};

export interface RunRecord {
  readonly runId: string;
  readonly status: RunStatus;
  readonly ticket: number;
  readonly joinedRunId: string;
  readonly progress: RunProgress;
  readonly summary: RunSummary;
  readonly error: string;
  readonly startedAtMs: number;
  readonly heartbeatAtMs: number;
  readonly revision: number;
}

interface RunRow {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly ticket: number;
  readonly joined_run_id: string;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly summary: string;
  readonly error: string;
  readonly started_at: string;
  readonly heartbeat_at: string;
  readonly revision: number;
}

const COLUMNS =
  'run_id, status, toFloat64(ticket) AS ticket, joined_run_id, stage, done, total, summary, error, started_at, ' +
  'heartbeat_at, toFloat64(revision) AS revision';

/** Undefined when the tenant has no run of this id. */
export async function readRun(store: StorePort, tenantId: string, runId: string): Promise<RunRecord | undefined> {
  const rows = await store.query<RunRow>(
    `SELECT ${COLUMNS} FROM skill_runs FINAL WHERE tenant_id = {tenant:String} AND run_id = {run:String}`,
    { tenant: tenantId, run: runId },
  );
  return rows[0] === undefined ? undefined : recordOf(rows[0]);
}

/** Runs that hold or want the lease, dead ones included. */
export async function readOpenRuns(store: StorePort, tenantId: string): Promise<RunRecord[]> {
  const rows = await store.query<RunRow>(
    `SELECT ${COLUMNS} FROM skill_runs FINAL
     WHERE tenant_id = {tenant:String} AND status IN ('choosing', 'queued', 'running') ORDER BY ticket, run_id LIMIT 1000`,
    { tenant: tenantId },
  );
  return rows.map(recordOf);
}

/** Highest ticket that was ever drawn for the tenant. */
export async function readHighestTicket(store: StorePort, tenantId: string): Promise<number> {
  const rows = await store.query<{ ticket: number }>(
    'SELECT toFloat64(max(ticket)) AS ticket FROM skill_runs WHERE tenant_id = {tenant:String}',
    { tenant: tenantId },
  );
  return rows[0]?.ticket ?? 0;
}

/**
 * Basis of the tenant's last run; undefined unless it came to its end, since a run that stopped may have left evidence that
 * nothing was learned from.
 */
export async function readLastBasis(store: StorePort, tenantId: string): Promise<string | undefined> {
  const rows = await store.query<{ status: RunStatus; summary: string }>(
    `SELECT status, summary FROM skill_runs FINAL
     WHERE tenant_id = {tenant:String} AND status IN ('done', 'failed') ORDER BY ticket DESC, run_id DESC LIMIT 1`,
    { tenant: tenantId },
  );
  return rows[0]?.status === 'done' ? readSummary(rows[0].summary).basis : undefined;
}

export async function writeRun(store: StorePort, tenantId: string, record: RunRecord): Promise<void> {
  await store.insert('skill_runs', [
    {
      tenant_id: tenantId,
      run_id: record.runId,
      status: record.status,
      ticket: record.ticket,
      joined_run_id: record.joinedRunId,
      stage: record.progress.stage,
      done: record.progress.done,
      total: record.progress.total,
      summary: JSON.stringify(record.summary),
      error: record.error,
      started_at: storeTime(record.startedAtMs),
      heartbeat_at: storeTime(record.heartbeatAtMs),
      revision: record.revision,
    },
  ]);
}

function recordOf(row: RunRow): RunRecord {
  return {
    runId: row.run_id,
    status: row.status,
    ticket: row.ticket,
    joinedRunId: row.joined_run_id,
    progress: { stage: row.stage, done: row.done, total: row.total },
    summary: readSummary(row.summary),
    error: row.error,
    startedAtMs: epochMs(row.started_at),
    heartbeatAtMs: epochMs(row.heartbeat_at),
    revision: row.revision,
  };
}

function readSummary(text: string): RunSummary {
  try {
    return { ...EMPTY_SUMMARY, ...(JSON.parse(text) as Partial<RunSummary>) };
  } catch {
    // Written by another version of the product.
    return EMPTY_SUMMARY;
  }
}

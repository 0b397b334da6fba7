/**
 * One run at a time per tenant, among any number of server processes, over a table without compare-and-swap: Lamport's
 * bakery. A claim first says that it is choosing, then draws a ticket above all others; the lowest live ticket holds the
 * lease. A claim that came later sees the earlier one and joins it. Correct without clocks; clocks only tell the dead:
 * a run whose heartbeat is older than the lease is closed by the next claim, and its owner, should it come back, finds its
 * row closed and stops.
 */

import { setTimeout as delay } from 'node:timers/promises';

import { EMPTY_SUMMARY, type RunRecord, readHighestTicket, readOpenRuns, readRun, writeRun } from './run-record.ts';
import type { StorePort } from './store.ts';

const POLL_MS = 50;
/** Added to a dead run's revision, so that its owner's late heartbeats lose against the closing row. */
const CLOSING_REVISION = 1_000_000_000;

export type Claim =
  | { readonly held: true; readonly record: RunRecord }
  /** Another run is under way; the caller's claim was joined to it. */
  | { readonly held: false; readonly runId: string };

export interface LeaseOptions {
  readonly store: StorePort;
  readonly tenantId: string;
  readonly leaseMs: number;
  readonly now: () => number;
}

/** Takes the lease for `runId`, or joins the run that has it. */
export async function claimLease(runId: string, options: LeaseOptions): Promise<Claim> {
  const { store, tenantId, now } = options;
  const startedAtMs = now();
  const running = await findHolder(runId, Number.POSITIVE_INFINITY, options);
  if (running !== undefined) return { held: false, runId: running.runId };
  let record = newRecord(runId, startedAtMs);
  await writeRun(store, tenantId, record);
  const ticket = 1 + (await readHighestTicket(store, tenantId));
  record = { ...record, status: 'queued', ticket, heartbeatAtMs: now(), revision: 2 };
  await writeRun(store, tenantId, record);
  await waitForChoosing(runId, options);
  const holder = await findHolder(runId, ticket, options);
  const revision = record.revision + 1;
  if (holder !== undefined) {
    await writeRun(store, tenantId, { ...record, status: 'joined', joinedRunId: holder.runId, revision });
    return { held: false, runId: holder.runId };
  }
  record = { ...record, status: 'running', heartbeatAtMs: now(), revision };
  await writeRun(store, tenantId, record);
  return { held: true, record };
}

function newRecord(runId: string, startedAtMs: number): RunRecord {
  return {
    runId,
    status: 'choosing',
    ticket: 0,
    joinedRunId: '',
    progress: { stage: 'waiting', done: 0, total: 0 },
    summary: EMPTY_SUMMARY,
    error: '',
    startedAtMs,
    heartbeatAtMs: startedAtMs,
    revision: 1,
  };
}

/** A claim that is choosing may yet draw a lower ticket: wait until none is, or until it is dead. */
async function waitForChoosing(runId: string, options: LeaseOptions): Promise<void> {
  const until = options.now() + options.leaseMs;
  while (options.now() < until) {
    const open = await liveRuns(options);
    if (!open.some((run) => run.status === 'choosing' && run.runId !== runId)) return;
    await delay(POLL_MS);
  }
}

/** The live run that comes before `(ticket, runId)`; one that runs already comes before all. */
async function findHolder(runId: string, ticket: number, options: LeaseOptions): Promise<RunRecord | undefined> {
  const others = (await liveRuns(options)).filter((run) => run.runId !== runId && run.status !== 'choosing');
  const isInitial = ticket === Number.POSITIVE_INFINITY;
  return others.find(
    (run) =>
      run.status === 'running' || (!isInitial && (run.ticket < ticket || (run.ticket === ticket && run.runId < runId))),
  );
}

/** Open runs with a fresh heartbeat; dead ones are closed on the way. */
async function liveRuns(options: LeaseOptions): Promise<RunRecord[]> {
  const { store, tenantId, leaseMs, now } = options;
  const live: RunRecord[] = [];
  for (const run of await readOpenRuns(store, tenantId)) {
    if (!isDead(run, leaseMs, now())) live.push(run);
    else await writeRun(store, tenantId, closed(run));
  }
  return live;
}

function closed(run: RunRecord): RunRecord {
  return {
    ...run,
    status: 'failed',
    error: 'the process that ran this stopped; a new run goes on where it was',
    revision: run.revision + CLOSING_REVISION,
  };
}

/**
 * Whether an open run's owner has not been heard of for longer than the lease. A heartbeat that lies further ahead than
 * that is of a clock that was set back since: its owner, were it alive, would have beaten again.
 */
export function isDead(run: RunRecord, leaseMs: number, nowMs: number): boolean {
  const isOpen = run.status === 'choosing' || run.status === 'queued' || run.status === 'running';
  return isOpen && Math.abs(nowMs - run.heartbeatAtMs) > leaseMs;
}

/** Writes the record as its owner; false when the lease was lost to another claim meanwhile. */
export async function beat(record: RunRecord, store: StorePort, tenantId: string): Promise<boolean> {
  await writeRun(store, tenantId, record);
  const stored = await readRun(store, tenantId, record.runId);
  return stored !== undefined && stored.revision === record.revision;
}

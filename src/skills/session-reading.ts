/**
 * First stage of a run: takes unhandled sessions in bounded batches, finds their corrections, stores evidence and then the
 * watermarks. A crash between the two only makes a session be read again; its evidence then has the same ids.
 */

import { findCorrections } from './corrections.ts';
import { evidenceRow, type HandledContext, sessionRow } from './evidence.ts';
import type { HarnessSettings } from './settings.ts';
import type { StorePort, StoreRow } from './store.ts';
import { assembleTrace } from './trace-assembly.ts';
import { findPendingSessions, type PendingSession, readSteps, type StepRow } from './trace-query.ts';

/** What the sessions of this run showed, and what could not be seen in them. */
export interface ReadingTotals {
  sessions: number;
  /** Whether more sessions wait than one run takes. */
  moreWait: boolean;
  corrections: number;
  promptSessions: number;
  promptSessionsWithText: number;
  shellCalls: number;
  shellCallsWithCommand: number;
  sessionsWithSnapshots: number;
  /** Of those, the ones whose snapshots differ without any of them naming a path that changed. */
  sessionsWithoutPaths: number;
}

export interface ReadingOptions extends HandledContext {
  readonly store: StorePort;
  readonly settings: HarnessSettings;
  /** Called after each batch; throws when the run was told to stop. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Handles every unhandled session that is over, up to `sessionsPerRunMax`. */
export async function readSessions(options: ReadingOptions): Promise<ReadingTotals> {
  const { store, settings, tenantId, nowMs } = options;
  const limit = settings.sessionsPerRunMax;
  const pending = await findPendingSessions(store, tenantId, nowMs, settings, limit + 1);
  const sessions = pending.slice(0, limit);
  const totals = emptyTotals(pending.length > limit);
  options.onProgress(0, sessions.length);
  for (const batch of batchesOf(sessions, settings)) {
    await handleBatch(batch, options, totals);
    options.onProgress(totals.sessions, sessions.length);
    await pause(settings.pauseMs);
  }
  return totals;
}

function emptyTotals(moreWait: boolean): ReadingTotals {
  return {
    sessions: 0,
    moreWait,
    corrections: 0,
    promptSessions: 0,
    promptSessionsWithText: 0,
    shellCalls: 0,
    shellCallsWithCommand: 0,
    sessionsWithSnapshots: 0,
    sessionsWithoutPaths: 0,
  };
}

/** Cuts the sorted list into batches of one provider, bounded in sessions, event rows and text. */
function* batchesOf(sessions: readonly PendingSession[], settings: HarnessSettings): Generator<PendingSession[]> {
  let batch: PendingSession[] = [];
  let rows = 0;
  let textKib = 0;
  for (const session of sessions) {
    const isFull =
      batch.length >= settings.sessionsPerBatchMax ||
      rows + session.rows > settings.rowsPerBatchMax ||
      textKib + session.text_kib > settings.textKibPerBatchMax ||
      batch[0]?.provider !== session.provider;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      rows = 0;
      textKib = 0;
    }
    batch.push(session);
    rows += session.rows;
    textKib += session.text_kib;
  }
  if (batch.length > 0) yield batch;
}

async function handleBatch(
  batch: readonly PendingSession[],
  options: ReadingOptions,
  totals: ReadingTotals,
): Promise<void> {
  const { store, settings, tenantId, nowMs } = options;
  const ids = batch.map((session) => session.session_id);
  const steps = await readSteps(store, tenantId, batch[0]!.provider, ids, nowMs, settings);
  const bySession = groupBySession(steps);
  const evidence: StoreRow[] = [];
  const watermarks: StoreRow[] = [];
  for (const session of batch) {
    const trace = assembleTrace(session, bySession.get(session.session_id) ?? []);
    const corrections = findCorrections(trace, settings);
    for (const correction of corrections) evidence.push(evidenceRow(correction, trace, options));
    watermarks.push(sessionRow(session, trace, corrections.length, options));
    totals.sessions += 1;
    totals.corrections += corrections.length;
    countSeen(trace, totals);
  }
  if (evidence.length > 0) await store.insert('skill_evidence', evidence);
  await store.insert('skill_sessions', watermarks);
}

function groupBySession(steps: readonly StepRow[]): Map<string, StepRow[]> {
  const bySession = new Map<string, StepRow[]>();
  for (const step of steps) {
    const rows = bySession.get(step.session_id);
    if (rows === undefined) bySession.set(step.session_id, [step]);
    else rows.push(step);
  }
  return bySession;
}

function countSeen(trace: ReturnType<typeof assembleTrace>, totals: ReadingTotals): void {
  const prompts = trace.steps.filter((step) => step.kind === 'prompt');
  if (prompts.length > 0) totals.promptSessions += 1;
  if (prompts.some((step) => step.promptText !== '')) totals.promptSessionsWithText += 1;
  const trees = new Set(trace.steps.map((step) => step.snapshotTree).filter((tree) => tree !== ''));
  if (trees.size > 0) totals.sessionsWithSnapshots += 1;
  if (trees.size > 1 && !trace.steps.some((step) => step.namesChanges)) totals.sessionsWithoutPaths += 1;
  for (const step of trace.steps) {
    if (step.toolClass !== 'shell') continue;
    totals.shellCalls += 1;
    if (step.command !== '') totals.shellCallsWithCommand += 1;
  }
}

/** What the pipeline could not see in the sessions of this run, in sentences for the summary. */
export function blindSpots(totals: ReadingTotals): string[] {
  const notes: string[] = [];
  const withoutText = totals.promptSessions - totals.promptSessionsWithText;
  if (withoutText > 0) {
    notes.push(
      `Prompt text was not captured in ${withoutText} of ${totals.promptSessions} sessions with prompts: instructions ` +
        'and refusals in words could not be seen there.',
    );
  }
  const withoutCommand = totals.shellCalls - totals.shellCallsWithCommand;
  if (withoutCommand > 0) {
    notes.push(`${withoutCommand} of ${totals.shellCalls} shell calls came without their command.`);
  }
  const withoutSnapshots = totals.sessions - totals.sessionsWithSnapshots;
  if (withoutSnapshots > 0) {
    notes.push(
      `${withoutSnapshots} of ${totals.sessions} sessions had no workspace snapshots: edits by hand between turns ` +
        'could not be seen there.',
    );
  }
  if (totals.sessionsWithoutPaths > 0) {
    notes.push(
      `Snapshots of ${totals.sessionsWithoutPaths} sessions did not name what changed: edits by hand could not be told there.`,
    );
  }
  if (totals.moreWait) notes.push('More sessions wait than one run handles; start another run.');
  return notes;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

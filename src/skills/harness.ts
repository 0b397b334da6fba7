/**
 * One run for one tenant: reads unhandled sessions, then learns from all evidence. Runs in the skills worker, or in the
 * calling thread where a test wants that. The lease is its caller's business; it stops at the next step when told to.
 */

import type { CustomRules } from '../model/custom-rules.ts';
import { assessCluster } from './candidate.ts';
import { findClusters } from './clusters.ts';
import { digest } from './evidence.ts';
import { EXTRACTIVE_WRITER } from './extractive-writer.ts';
import type { ModelEndpoint } from './model-protocol.ts';
import { createModelWriter } from './model-writer.ts';
import { type PublishContext, type Published, publish } from './publish.ts';
import { createTextRedactor } from './redaction.ts';
import { EMPTY_SUMMARY, type RunProgress, type RunSummary, readLastBasis } from './run-record.ts';
import { blindSpots, readSessions } from './session-reading.ts';
import { HARNESS_VERSION, type HarnessSettings } from './settings.ts';
import { readSkills } from './skill-store.ts';
import type { StorePort } from './store.ts';

/** What a run is about; structured-cloneable. */
export interface HarnessJob {
  readonly tenantId: string;
  readonly runId: string;
  /** Milliseconds since the epoch; the run's one clock. */
  readonly nowMs: number;
  readonly settings: HarnessSettings;
  readonly rules: CustomRules;
  /** Undefined: the extractive writer. */
  readonly model: ModelEndpoint | undefined;
}

export type ReportProgress = (progress: RunProgress) => void;

/** Thrown inside a run that was told to stop. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
}

const NOTES_MAX = 50;

/** Runs to the end and says what came out. Idempotent: without new sessions it changes nothing. */
export async function runHarness(
  store: StorePort,
  job: HarnessJob,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<RunSummary> {
  const redact = createTextRedactor(job.rules);
  const { tenantId, runId, nowMs, settings } = job;
  const step = (stage: string, done: number, total: number) => {
    if (signal.aborted) throw new RunStopped('stopped');
    report({ stage, done, total });
  };
  const totals = await readSessions({
    ...{ store, settings, tenantId, runId, nowMs, redact },
    onProgress: (done, total) => step('reading', done, total),
  });
  const notes = totals.sessions === 0 ? [] : blindSpots(totals);
  const basis = basisOf(job);
  if (totals.sessions === 0 && (await readLastBasis(store, tenantId)) === basis) {
    step('learning', 0, 0);
    return { ...EMPTY_SUMMARY, basis };
  }
  const published = await learn(store, job, { redact, notes, step });
  const { sessions, corrections } = totals;
  return { sessions, corrections, ...summarize(published, notes), basis };
}

interface LearnOptions {
  readonly redact: PublishContext['redact'];
  readonly notes: string[];
  readonly step: (stage: string, done: number, total: number) => void;
}

async function learn(store: StorePort, job: HarnessJob, options: LearnOptions): Promise<Published[]> {
  const { tenantId, runId, nowMs, settings } = job;
  options.step('learning', 0, 0);
  const references = await findClusters(store, tenantId, settings);
  const context: PublishContext = {
    ...{ store, tenantId, runId, nowMs, settings, redact: options.redact },
    writer: writerOf(job),
    skills: await readSkills(store, tenantId),
    handled: new Set(),
    note: (text) => {
      if (options.notes.length < NOTES_MAX) options.notes.push(text);
    },
  };
  const published: Published[] = [];
  for (const [index, load] of references.entries()) {
    options.step('learning', index, references.length);
    for (const cluster of await load()) {
      const candidate = await assessCluster(store, tenantId, cluster, settings);
      const isSupported = candidate !== undefined && candidate.support.sessions >= settings.candidateSessionsMin;
      if (isSupported) published.push(await publish(candidate, context));
    }
  }
  options.step('learning', references.length, references.length);
  return published;
}

function writerOf(job: HarnessJob): PublishContext['writer'] {
  if (job.model === undefined) return EXTRACTIVE_WRITER;
  return createModelWriter(job.model, job.settings, { callsLeft: job.settings.modelCallsPerRunMax });
}

/** What learning depends on besides the evidence: while it stays and nothing is new, there is nothing to learn. */
function basisOf({ settings, model }: HarnessJob): string {
  return digest([JSON.stringify(settings), String(HARNESS_VERSION), model?.url ?? '', model?.name ?? '']);
}

function summarize(
  published: readonly Published[],
  notes: readonly string[],
): Omit<RunSummary, 'basis' | 'sessions' | 'corrections'> {
  const coincidences = published.filter(({ change }) => change === 'dropped').length;
  const left =
    coincidences === 0 ? [] : [`${coincidences} repeated corrections were left out: the wrong way mostly works.`];
  const touched = published.filter(({ change }) => change !== 'unchanged' && change !== 'dropped');
  const count = (status: Published['status']) => touched.filter((skill) => skill.status === status).length;
  return {
    found: touched.filter((skill) => skill.change === 'new').length,
    proposed: count('proposed'),
    approved: count('approved'),
    rejected: count('rejected'),
    updated: touched.filter((skill) => skill.change === 'updated').length,
    skills: touched.map(({ id, status, reasons }) => ({ id, status, reason: reasons[0] ?? '', reasons })),
    notes: [...notes, ...left],
  };
}

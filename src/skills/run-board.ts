/**
 * The runs of this process: claims leases, starts a few runs at a time, keeps their heartbeats and their last word in
 * `skill_runs`. Lives on the main thread, which only waits here; the work is a runner's.
 */

import { randomUUID } from 'node:crypto';

import { IngestError } from '../errors.ts';
import type { CustomRules } from '../model/custom-rules.ts';
import { cutText } from './cut-text.ts';
import { beat, claimLease } from './lease.ts';
import type { ModelEndpoint } from './model-protocol.ts';
import { type RunProgress, type RunRecord, type RunSummary, writeRun } from './run-record.ts';
import type { Runner } from './runner.ts';
import type { HarnessSettings } from './settings.ts';
import type { StorePort } from './store.ts';

export interface RunBoardOptions {
  readonly store: StorePort;
  readonly runner: Runner;
  readonly settings: HarnessSettings;
  readonly rules: CustomRules;
  readonly model: ModelEndpoint | undefined;
  readonly now: () => number;
  /** Called when a run failed, for the log; the text holds no row and no key. */
  readonly onFailure: (tenantId: string, runId: string, reason: string) => void;
}

interface ActiveRun {
  readonly tenantId: string;
  record: RunRecord;
  readonly stop: AbortController;
  /** Writes of its row, one after the other. */
  writing: Promise<void>;
  finished: Promise<void>;
  /** Its work is done and its last row on the way: whoever asks now wants a new run. */
  isEnding: boolean;
}

export class RunBoard {
  readonly #options: RunBoardOptions;
  readonly #active = new Map<string, ActiveRun>();
  readonly #claims = new Map<string, Promise<string>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #isClosing = false;

  constructor(options: RunBoardOptions) {
    this.#options = options;
  }

  /** Starts a run for the tenant or joins the one under way; returns the id of the run that the caller can watch. */
  start(tenantId: string): Promise<string> {
    const active = this.#active.get(tenantId);
    if (active !== undefined && !active.isEnding) return Promise.resolve(active.record.runId);
    const claim = this.#claims.get(tenantId) ?? this.#claim(tenantId).finally(() => this.#claims.delete(tenantId));
    this.#claims.set(tenantId, claim);
    return claim;
  }

  async #claim(tenantId: string): Promise<string> {
    await this.#active.get(tenantId)?.finished;
    if (this.#isClosing) throw new IngestError('DRAINING');
    if (this.#active.size >= this.#options.settings.runsWaitingMax) throw new IngestError('SERVER_FULL', 'skill runs');
    const { store, settings, now } = this.#options;
    const claim = await claimLease(randomUUID(), { store, tenantId, leaseMs: settings.leaseMs, now });
    if (!claim.held) return claim.runId;
    const run: ActiveRun = {
      tenantId,
      record: claim.record,
      stop: new AbortController(),
      writing: Promise.resolve(),
      finished: Promise.resolve(),
      isEnding: false,
    };
    this.#active.set(tenantId, run);
    if (this.#isClosing) run.stop.abort();
    run.finished = this.#carryOut(run);
    return run.record.runId;
  }

  /** Progress of a run of this process, fresher than its row. */
  progressOf(runId: string): RunProgress | undefined {
    for (const run of this.#active.values()) if (run.record.runId === runId) return run.record.progress;
    return undefined;
  }

  /** Stops what runs and waits for its last row. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const run of this.#active.values()) run.stop.abort();
    await Promise.all([...this.#active.values()].map((run) => run.finished));
  }

  async #carryOut(run: ActiveRun): Promise<void> {
    const { runner, settings, rules, model, now } = this.#options;
    const heart = setInterval(() => this.#beat(run), settings.heartbeatMs);
    heart.unref();
    let hasSlot = false;
    try {
      hasSlot = await this.#enter(run.stop.signal);
      const job = { tenantId: run.tenantId, runId: run.record.runId, nowMs: now(), settings, rules, model };
      const report = (progress: RunProgress) => {
        run.record = { ...run.record, progress: { stage: progress.stage, done: progress.done, total: progress.total } };
      };
      const summary = await runner(job, report, run.stop.signal);
      clearInterval(heart);
      await this.#finish(run, { status: 'done', summary });
    } catch (error) {
      clearInterval(heart);
      const reason = run.stop.signal.aborted ? 'stopped; a new run goes on where it was' : reasonOf(error);
      this.#options.onFailure(run.tenantId, run.record.runId, reason);
      await this.#finish(run, { status: 'failed', error: reason });
    } finally {
      if (hasSlot) this.#leave();
      this.#active.delete(run.tenantId);
    }
  }

  /** Runs beyond `runsAtOnceMax` wait here, with a beating heart; rejects when the run is stopped meanwhile. */
  async #enter(signal: AbortSignal): Promise<true> {
    while (this.#running >= this.#options.settings.runsAtOnceMax) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
    this.#running += 1;
    return true;
  }

  #leave(): void {
    this.#running -= 1;
    // All of them look again: one whose run was stopped would otherwise swallow the only call.
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #beat(run: ActiveRun): void {
    const { store, now } = this.#options;
    run.writing = run.writing
      .then(async () => {
        run.record = { ...run.record, heartbeatAtMs: now(), revision: run.record.revision + 1 };
        if (!(await beat(run.record, store, run.tenantId))) run.stop.abort();
      })
      .catch(() => {
        // The store is away; the next beat tries again, and the lease outlives several.
      });
  }

  async #finish(run: ActiveRun, end: { status: 'done'; summary: RunSummary } | { status: 'failed'; error: string }) {
    run.isEnding = true;
    await run.writing;
    const { store, now } = this.#options;
    run.record = { ...run.record, ...end, heartbeatAtMs: now(), revision: run.record.revision + 1 };
    await writeRun(store, run.tenantId, run.record).catch(() => {
      this.#options.onFailure(run.tenantId, run.record.runId, 'its end could not be written; its lease will expire');
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? cutText(error.message, 300) : 'unknown failure';
}

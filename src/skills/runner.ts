/** Where runs are carried out: a worker thread per run, so that neither parsing nor waiting reaches the ingest path. */

import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { StoreOptions } from '../clickhouse/client.ts';
import type { HarnessJob, ReportProgress } from './harness.ts';
import type { RunSummary } from './run-record.ts';

/** Carries out one run; rejects when it fails or is stopped by the signal. */
export type Runner = (job: HarnessJob, report: ReportProgress, signal: AbortSignal) => Promise<RunSummary>;

/** What the worker gets as `workerData`. */
export interface WorkerInput {
  readonly job: HarnessJob;
  readonly store: StoreOptions;
}

/** What the worker posts; the last message is `done` or `failed`. */
export type WorkerMessage =
  | { readonly type: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly type: 'done'; readonly summary: RunSummary }
  /** `reason` is fit for a client: no row, no statement. */
  | { readonly type: 'failed'; readonly reason: string };

/** Bounds of the thread's heap; a batch takes a small part of it. */
const HEAP_MIB_MAX = 512;

/** Runs in a thread of its own, at low priority where the system can lower one thread. */
export function createWorkerRunner(store: StoreOptions | (() => StoreOptions)): Runner {
  return (job, report, signal) => {
    const input: WorkerInput = { job, store: typeof store === 'function' ? store() : store };
    const extension = extname(fileURLToPath(import.meta.url));
    const worker = new Worker(new URL(`../../workers/skills${extension}`, import.meta.url), {
      workerData: input,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    return watch(worker, report, signal);
  };
}

function watch(worker: Worker, report: ReportProgress, signal: AbortSignal): Promise<RunSummary> {
  return new Promise((resolve, reject) => {
    const stop = () => void worker.terminate().then(() => reject(new Error('the run was stopped')));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') report(message);
      else if (message.type === 'done') resolve(message.summary);
      else reject(new Error(message.reason));
    });
    worker.on('error', () => reject(new Error('the worker failed')));
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error('the worker stopped early'));
    });
  });
}

/** The body of the skills worker: one run, then the thread ends. */

import type { MessagePort } from 'node:worker_threads';

import { classifyError } from '../clickhouse/errors.ts';
import { lowerPriority, Niceness } from '../priority.ts';
import { openSkillStore } from './clickhouse-store.ts';
import { RunStopped, runHarness } from './harness.ts';
import type { WorkerInput, WorkerMessage } from './runner.ts';

/** Carries out the run of `input` and posts its progress and its end to `port`. */
export async function runThread(input: WorkerInput, port: MessagePort): Promise<void> {
  lowerPriority(Niceness.SKILLS);
  const post = (message: WorkerMessage) => port.postMessage(message);
  const { store, close } = openSkillStore(input.store);
  try {
    const report = (progress: { stage: string; done: number; total: number }) =>
      post({ type: 'progress', ...progress });
    const summary = await runHarness(store, input.job, report, new AbortController().signal);
    post({ type: 'done', summary });
  } catch (error) {
    post({ type: 'failed', reason: error instanceof RunStopped ? error.message : describe(error) });
  } finally {
    await close();
  }
}

/** Store errors by code; a bug of ours by its name only, since its message could quote a row. */
function describe(error: unknown): string {
  if (error instanceof TypeError || error instanceof RangeError) return `internal error (${error.name})`;
  return classifyError(error).message;
}

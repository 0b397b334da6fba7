/** Piscina entry of the ingest workers: one pipeline per thread; frames go back by transfer. */

import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { PipelineOptions } from '../src/pipeline/options.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import type { Task, TaskAnswer } from '../src/pool/task.ts';

const pipeline = new Pipeline(workerData as PipelineOptions);

/** Runs one task. The result's buffers are moved, not copied; a view on part of a buffer is left to be copied. */
export default function ingest(task: Task) {
  const startedAtMs = performance.now();
  const result: TaskAnswer = { ...pipeline.run(task), busyMs: performance.now() - startedAtMs };
  const buffers: ArrayBuffer[] = [];
  for (const { bytes, requestIds } of result.frames) {
    for (const view of [bytes, requestIds]) {
      if (view.byteLength === view.buffer.byteLength && view.byteLength > 0) buffers.push(view.buffer);
    }
  }
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result });
}

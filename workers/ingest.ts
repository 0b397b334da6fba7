/** Piscina entry of the ingest workers: one pipeline per thread; frames go back by transfer. */

import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { PipelineOptions } from '../src/pipeline/options.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import type { Task, TaskAnswer } from '../src/pool/task.ts';

const pipeline = new Pipeline(workerData as PipelineOptions);

/** The LZ4 addon frees a buffer in a turn of the event loop, which an idle piscina worker never makes (codec/lz4.ts). */
const TURN_BYTES = 4 * 1024 * 1024;
let bytesSinceTurn = 0;

/** Runs one task. The result's buffers are moved, not copied; a view on part of a buffer is left to be copied. */
export default async function ingest(task: Task) {
  const startedAtMs = performance.now();
  const result: TaskAnswer = { ...pipeline.run(task), busyMs: performance.now() - startedAtMs };
  const buffers: ArrayBuffer[] = [];
  for (const { bytes, requestIds } of result.frames) {
    bytesSinceTurn += bytes.byteLength;
    for (const view of [bytes, requestIds]) {
      if (view.byteLength === view.buffer.byteLength && view.byteLength > 0) buffers.push(view.buffer);
    }
  }
  if (bytesSinceTurn >= TURN_BYTES) {
    bytesSinceTurn = 0;
    await new Promise((turned) => setImmediate(turned));
  }
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result });
}

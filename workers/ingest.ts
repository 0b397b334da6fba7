/** Piscina entry of the ingest workers: one pipeline per thread; frames go back by transfer. */

import { workerData } from 'piscina';
import type { PipelineOptions } from '../src/pipeline/options.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { movedAnswer, serveTask } from '../src/pool/serve-tasks.ts';
import type { Task } from '../src/pool/task.ts';
import { lowerPriority, Niceness } from '../src/priority.ts';

lowerPriority(Niceness.INGEST_WORKER);
const pipeline = new Pipeline(workerData as PipelineOptions);
const run = (task: Task) => pipeline.run(task);

/** The LZ4 addon frees a buffer in a turn of the event loop, which an idle piscina worker never makes (codec/lz4.ts). */
const TURN_BYTES = 4 * 1024 * 1024;
let bytesSinceTurn = 0;

/** Runs one task. */
export default async function ingest(message: ArrayBuffer) {
  const answer = serveTask(message, run);
  for (const { bytes } of answer.frames) bytesSinceTurn += bytes.byteLength;
  if (bytesSinceTurn >= TURN_BYTES) {
    bytesSinceTurn = 0;
    await new Promise((turned) => setImmediate(turned));
  }
  return movedAnswer(answer);
}

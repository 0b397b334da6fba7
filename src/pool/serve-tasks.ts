/** The worker's side of the hand-over: a message in, a message out, buffers moved instead of copied. */

import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Task, TaskResult } from './task.ts';
import { type AnswerMessage, decodeTask, encodeAnswer } from './task-message.ts';

/** A smaller buffer costs less copied than moved. */
const MOVED_BYTES_MIN = 4096;

/** Runs the task of a message, which goes back with the answer. */
export function serveTask(message: ArrayBuffer, run: (task: Task) => TaskResult): AnswerMessage {
  const startedAtMs = performance.now();
  const result = run(decodeTask(message));
  return encodeAnswer({ ...result, busyMs: performance.now() - startedAtMs }, message);
}

/** What a piscina worker returns for it: the frames' buffers are moved, a view on part of a buffer is copied. */
export function movedAnswer(answer: AnswerMessage) {
  const buffers: ArrayBuffer[] = [answer.message];
  for (const { bytes, requestIds } of answer.frames) {
    for (const view of [bytes, requestIds]) {
      const isWhole = view.byteLength === view.buffer.byteLength;
      if (isWhole && view.byteLength >= MOVED_BYTES_MIN) buffers.push(view.buffer);
    }
  }
  return move({ [transferableSymbol]: buffers, [valueSymbol]: answer });
}

/** A request on its way through the pool, and the task that a batch of them becomes. */

import type { Waiting } from './fair-queue.ts';
import type { RequestResult, Task, TaskRequest } from './task.ts';

/** A request as it is submitted: a task's request, with its body beside it. */
export interface PoolRequest extends Omit<TaskRequest, 'bodyOffset' | 'bodyBytes'> {
  /** Kept until the request is settled: the copy that travels is gone with a worker that dies. */
  readonly body: Uint8Array;
}

export type Settle = (result: RequestResult) => void;

export interface Entry extends Waiting {
  readonly request: PoolRequest;
  readonly settle: Settle;
}

/** Copies the bodies of a batch into one buffer, to be transferred. */
export function buildTask(entries: readonly Entry[]): Task {
  let bytes = 0;
  for (const entry of entries) bytes += entry.bodyBytes;
  const bodies = new Uint8Array(bytes);
  const requests: TaskRequest[] = [];
  let bodyOffset = 0;
  for (const { request, bodyBytes } of entries) {
    const { body, ...rest } = request;
    bodies.set(body, bodyOffset);
    requests.push({ ...rest, bodyOffset, bodyBytes });
    bodyOffset += bodyBytes;
  }
  return { bodies: bodies.buffer, requests };
}

/** A task without requests: proves that a worker has loaded and runs. */
export function emptyTask(): Task {
  return { bodies: new ArrayBuffer(0), requests: [] };
}

/** A request on its way through the pool. */

import type { Waiting } from './fair-queue.ts';
import type { RequestResult, TaskRequest } from './task.ts';

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

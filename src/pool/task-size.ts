/**
 * How large a task may be right now: as much as a worker gets through in about TASK_MS_AIM. A request of another tenant
 * waits for at most the two tasks that are outstanding at its worker, so their length is its delay under load. Each task
 * costs a hand-over, two wake-ups and a synced write: with half of this aim the p99 of tenants within their share, beside
 * a flood, was 10 ms better in good seconds and 60 ms worse in those in which the machine was slow.
 */

import { type BatchLimits, REQUEST_COST_BYTES } from './fair-queue.ts';

const TASK_MS_AIM = 4;

/** Never less than this, whatever was measured: a few ordinary bodies. */
const BYTES_MIN = 128 * 1024;

/** Weight of the newest task in the running mean. */
const NEWEST = 0.1;

export class TaskSize {
  readonly #limits: BatchLimits;
  /** Milliseconds of a worker per cost byte; 0 until something was measured. */
  #msPerByte = 0;
  #current: BatchLimits;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#current = limits;
  }

  /** Bounds of the next task, within those of the settings. */
  get limits(): BatchLimits {
    return this.#current;
  }

  /** A task of so many requests and bytes kept its worker busy for `busyMs`. */
  measured(requests: number, bytes: number, busyMs: number): void {
    const msPerByte = busyMs / (bytes + requests * REQUEST_COST_BYTES);
    this.#msPerByte = this.#msPerByte === 0 ? msPerByte : this.#msPerByte + NEWEST * (msPerByte - this.#msPerByte);
    const bytesAim = Math.max(BYTES_MIN, TASK_MS_AIM / this.#msPerByte);
    this.#current = { requestsMax: this.#limits.requestsMax, bytesMax: Math.min(this.#limits.bytesMax, bytesAim) };
  }
}

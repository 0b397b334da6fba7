/**
 * When requests leave the queue as a task. Everything behind the listener costs per task (hand-over, wake-ups, frames,
 * one synced write), so under load a task waits a moment for more: a request that comes alone is sent on at once.
 */

import { type BatchLimits, REQUEST_COST_BYTES } from './fair-queue.ts';

/** Wait for company; a timer of Node may take 1 ms longer. */
const WAIT_MS = 2;

/** Waiting pays when about so many requests come meanwhile (1500/s: 6.3 → 8.8 a task, 13 % less CPU than with 4). */
const COMPANY_MIN = 2;

/** Weight of the newest gap between two requests in the running mean. */
const NEWEST = 0.05;

/** A longer gap says no more than that nothing is going on. */
const GAP_MS_MAX = 20;

export class Gathering {
  #gapMs = GAP_MS_MAX;
  #arrivedAtMs = 0;

  /** Told about each request, on the clock of the caller. */
  arrived(nowMs: number): void {
    const gapMs = Math.min(GAP_MS_MAX, nowMs - this.#arrivedAtMs);
    this.#arrivedAtMs = nowMs;
    this.#gapMs += NEWEST * (gapMs - this.#gapMs);
  }

  /** How long a task that could leave now should wait for more requests. */
  get waitMs(): number {
    return this.#gapMs * COMPANY_MIN <= WAIT_MS ? WAIT_MS : 0;
  }
}

/** Whether what waits fills a task. */
export function fillsTask(waiting: { readonly size: number; readonly bytes: number }, limits: BatchLimits): boolean {
  return waiting.size >= limits.requestsMax || waiting.bytes + waiting.size * REQUEST_COST_BYTES >= limits.bytesMax;
}

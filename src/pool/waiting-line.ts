/** Requests of one tenant that wait in their order, and whether it is worth joining them. Pure: time is an argument. */

import { Fifo } from './fifo.ts';

/** A line is kept to this share of the longest wait, so that what is let in does not run out of time after all. */
const WAIT_SHARE_MAX = 0.5;

/** The first in line tells of a pace when it has waited for this share. */
const EVIDENCE_SHARE = 0.25;

/** A line that costs no more is worked off in some milliseconds once there is a worker: it is always worth joining. */
const SHORT_COST = 128 * 1024;

interface Place<T> {
  readonly item: T;
  readonly cost: number;
  /** Cost of those that stood before it when it came. */
  readonly costAhead: number;
  /** Cost of all that had run out of time by then. */
  readonly expiredBefore: number;
}

export class WaitingLine<T extends { readonly enqueuedAtMs: number }> {
  readonly #places = new Fifo<Place<T>>();
  #cost = 0;
  #expiredCost = 0;

  get size(): number {
    return this.#places.size;
  }

  push(item: T, cost: number): void {
    this.#places.push({ item, cost, costAhead: this.#cost, expiredBefore: this.#expiredCost });
    this.#cost += cost;
  }

  peek(): T | undefined {
    return this.#places.peek()?.item;
  }

  shift(): T | undefined {
    const place = this.#places.shift();
    if (place === undefined) return undefined;
    this.#cost -= place.cost;
    return place.item;
  }

  /** Takes out the first, whose time is over: nobody behind it has come forward by that. */
  dropFirst(): void {
    this.#expiredCost += this.#places.peek()?.cost ?? 0;
    this.shift();
  }

  /**
   * Whether a request that joined now would wait longer than it may: what stands here, at the pace at which the first in
   * line has come forward. When nothing was taken from any line since the first came, everybody is held up, and nobody
   * knows for how long.
   */
  wouldTimeOut(nowMs: number, waitMsMax: number, takenAtMs: number): boolean {
    const first = this.#places.peek();
    if (first === undefined || this.#cost <= SHORT_COST || takenAtMs <= first.item.enqueuedAtMs) return false;
    const waitedMs = nowMs - first.item.enqueuedAtMs;
    if (waitedMs < waitMsMax * EVIDENCE_SHARE) return false;
    const servedAhead = first.costAhead - (this.#expiredCost - first.expiredBefore);
    return (waitedMs / (servedAhead + first.cost)) * this.#cost > waitMsMax * WAIT_SHARE_MAX;
  }
}

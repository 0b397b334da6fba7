/** Requests of one tenant that wait in their order, and whether it is worth joining them. Pure: time is an argument. */

import { Fifo } from './fifo.ts';

/**
 * Shares of the longest wait. A line is kept to half of what it may be, so that what is let in does not run out of time after
 * all; and only a real wait is evidence, so that a burst is let in.
 */
const WAIT_SHARE_MAX = 0.5;
const EVIDENCE_SHARE = 0.25;

/** A request in the line, and the cost of those that stood before it when it came. */
interface Place<T> {
  readonly item: T;
  readonly cost: number;
  readonly costAhead: number;
}

export class WaitingLine<T extends { readonly enqueuedAtMs: number }> {
  readonly #places = new Fifo<Place<T>>();
  #cost = 0;

  get size(): number {
    return this.#places.size;
  }

  push(item: T, cost: number): void {
    this.#places.push({ item, cost, costAhead: this.#cost });
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

  /**
   * Whether a request that joined now would wait longer than it may: what stands here, at the pace at which the first in
   * line has come forward, once that has waited for long enough to tell.
   */
  wouldTimeOut(nowMs: number, waitMsMax: number): boolean {
    const first = this.#places.peek();
    if (first === undefined) return false;
    const waitedMs = nowMs - first.item.enqueuedAtMs;
    if (waitedMs < waitMsMax * EVIDENCE_SHARE) return false;
    return (waitedMs / (first.costAhead + first.cost)) * this.#cost > waitMsMax * WAIT_SHARE_MAX;
  }
}

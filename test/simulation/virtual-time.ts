/** Time and chance of a simulated world: an event queue instead of timers, and numbers from a seed. */

import type { Clock } from '../../src/spool/ports.ts';
import { SeededRandom } from '../random.ts';

/** What a world leaves to chance: the same seed gives the same world. */
export class Chance extends SeededRandom {
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.between(0, 255));
  }
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
  isCancelled: boolean;
}

export class VirtualTime {
  #nowMs: number;
  #order = 0;
  /** Binary heap by time, then order. */
  readonly #heap: Event[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, task: () => void): () => void {
    const event = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, task, isCancelled: false };
    push(this.#heap, event);
    return () => {
      event.isCancelled = true;
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.#nowMs + delayMs, resolve));
  }

  /** A clock whose events stop coming when `isAlive` says so: the timers of a killed process. */
  clock(isAlive: () => boolean): Clock {
    const guarded = (task: () => void) => () => {
      if (isAlive()) task();
    };
    return {
      nowMs: () => this.#nowMs,
      after: (delayMs, task) => this.at(this.#nowMs + delayMs, guarded(task)),
      soon: (task) => void this.at(this.#nowMs, guarded(task)),
    };
  }

  /** Runs events in order until `isDone`, or nothing is left, or virtual time passes `endMs`; true when done. */
  async runUntil(isDone: () => boolean, endMs: number): Promise<boolean> {
    for (;;) {
      // Every promise that the last event settled runs before the next event.
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone()) return true;
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) {
        if (Number.isFinite(endMs)) this.#nowMs = Math.max(this.#nowMs, endMs);
        return false;
      }
      const event = pop(this.#heap)!;
      if (event.isCancelled) continue;
      this.#nowMs = event.atMs;
      event.task();
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(event, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): Event | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    let child = index * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return top;
}

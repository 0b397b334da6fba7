/**
 * Where requests run whose worker went down: once more, each alone, one after the other, on a thread that no other
 * request uses. The one that takes this thread down too is the culprit; all others end as if nothing had happened.
 */

import type { Entry } from './entry.ts';
import { Fifo } from './fifo.ts';
import { Lane, type LaneOptions, WorkerLost } from './lane.ts';
import type { TaskAnswer } from './task.ts';

export interface QuarantineOptions {
  readonly lane: LaneOptions;
  /** Longest wait for a second run; after it an entry is `unavailable`. */
  readonly queueMsMax: number;
  /** An entry ran; its result goes the way of every result. */
  readonly passed: (entry: Entry, result: TaskAnswer) => void;
  /** An entry took a fresh worker down, alone. */
  readonly culprit: (entry: Entry) => void;
  /** No worker could be brought up in time: nothing is known about the entry. */
  readonly unavailable: (entry: Entry) => void;
}

/** Entries that wait here; more than the pool can ever have outstanding. Over it they are `unavailable`. */
const WAITING_MAX = 4096;

export class Quarantine {
  readonly #options: QuarantineOptions;
  readonly #waiting = new Fifo<Entry>();
  #isRunning = false;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /** Entries that wait for their second run. */
  get size(): number {
    return this.#waiting.size;
  }

  add(entry: Entry): void {
    if (this.#waiting.size >= WAITING_MAX) {
      this.#options.unavailable(entry);
      return;
    }
    this.#waiting.push({ ...entry, enqueuedAtMs: performance.now() });
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const lane = new Lane(this.#options.lane);
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) {
      await this.#runAlone(lane, entry);
    }
    this.#isRunning = false;
    await lane.stop();
  }

  async #runAlone(lane: Lane, entry: Entry): Promise<void> {
    if (performance.now() - entry.enqueuedAtMs > this.#options.queueMsMax) {
      this.#options.unavailable(entry);
      return;
    }
    try {
      // A worker that does not come up (no memory, no thread) must not be blamed on the entry.
      await lane.loaded();
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      this.#options.unavailable(entry);
      return;
    }
    let result: TaskAnswer;
    try {
      result = await lane.run([entry]);
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      this.#options.culprit(entry);
      return;
    }
    this.#options.passed(entry, result);
  }
}

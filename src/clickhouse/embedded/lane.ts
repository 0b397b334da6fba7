/** A bounded number of queries at once and a bounded number waiting: what is over both is refused, never queued forever. */

import { EngineException } from './exception.ts';

export interface LaneOptions {
  readonly name: string;
  readonly running: number;
  readonly waitingMax: number;
  /** Longest wait for a free place; over it the query is refused with code 202. */
  readonly waitMs: number;
}

export class Lane {
  private readonly options: LaneOptions;
  private running = 0;
  private readonly waiting: { grant: () => void; timer: NodeJS.Timeout }[] = [];

  constructor(options: LaneOptions) {
    this.options = options;
  }

  /** Runs `work` when a place is free; throws TOO_MANY_SIMULTANEOUS_QUERIES (202) at the bounds. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /** True when nothing runs or waits. */
  get isIdle(): boolean {
    return this.running === 0;
  }

  private acquire(): Promise<void> {
    if (this.running < this.options.running) {
      this.running += 1;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.options.waitingMax) return Promise.reject(this.full());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(this.full());
      }, this.options.waitMs);
      const entry = {
        timer,
        grant: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiting.push(entry);
    });
  }

  /** Hands the place to the longest waiting, or frees it. */
  private release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next.grant();
  }

  private full(): EngineException {
    const text = `Too many simultaneous ${this.options.name} queries. Maximum: ${this.options.running}.`;
    return new EngineException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', text);
  }
}

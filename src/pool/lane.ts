/**
 * One worker thread: a piscina of exactly one, so that a task can be aimed at it, a stuck thread can be ended, and it is
 * known which tasks went down with it. At most two tasks are outstanding: one runs, one is there when it ends.
 */

import { Piscina } from 'piscina';
import type { Entry } from './entry.ts';
import { SpareBuffers } from './spare-buffers.ts';
import type { TaskAnswer } from './task.ts';
import { type AnswerMessage, decodeAnswer, encodeTask } from './task-message.ts';

/** A worker that is killed by a task, ends or does not answer; its outstanding tasks all fail with it. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

export interface LaneOptions {
  /** Module whose default export runs the task of a message (serve-tasks.ts). */
  readonly filename: string;
  /** Structured-cloneable; what the module needs. */
  readonly workerData: unknown;
  /** A task that takes longer means a stuck worker. */
  readonly taskMsMax: number;
  /** JavaScript heap of the thread, MiB: a body that fills it ends this thread and not the process. */
  readonly heapMiBMax: number;
}

export const TASKS_PER_WORKER = 2;

/** A thread that has not loaded its module by then never will. */
const LOAD_MS_MAX = 60_000;

/** One thread's life. */
interface Thread {
  readonly piscina: Piscina;
  /** Settles when its module is loaded, or cannot be. */
  readonly loading: Promise<void>;
  isLoaded: boolean;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #spare = new SpareBuffers(TASKS_PER_WORKER);
  #thread: Thread;
  #outstanding = 0;
  #isStopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#thread = this.#spawn();
  }

  /** Tasks that run or wait in this worker. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Resolves when the worker can take tasks; throws `WorkerLost` when it cannot be brought up. */
  async loaded(): Promise<void> {
    const thread = this.#thread;
    if (thread.isLoaded) return;
    try {
      await within(LOAD_MS_MAX, thread.loading, () => this.#replace(thread));
    } catch (error) {
      this.#replace(thread);
      throw lost(error);
    }
  }

  /**
   * Runs the requests of one task. Throws `WorkerLost` when the worker goes down, throws or does not come back, and
   * has then already begun to replace it.
   */
  async run(entries: readonly Entry[]): Promise<TaskAnswer> {
    this.#outstanding += 1;
    try {
      // The time of a task does not begin before its worker can work.
      if (!this.#thread.isLoaded) await this.loaded();
      const thread = this.#thread;
      try {
        const message = encodeTask(entries, this.#spare);
        const running: Promise<AnswerMessage> = thread.piscina.run(message, { transferList: [message] });
        const answer = await within(this.#options.taskMsMax, running, () => this.#replace(thread));
        this.#spare.give(answer.message);
        return decodeAnswer(answer);
      } catch (error) {
        this.#replace(thread);
        throw lost(error);
      }
    } finally {
      this.#outstanding -= 1;
    }
  }

  /** Ends the thread; outstanding tasks fail with `WorkerLost`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#thread.piscina.destroy();
  }

  #spawn(): Thread {
    const { filename, workerData, heapMiBMax } = this.#options;
    const piscina = new Piscina({
      filename,
      workerData,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      // Between the death of a worker and its replacement a task may wait in piscina's own queue for a moment.
      maxQueue: TASKS_PER_WORKER,
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: { maxOldGenerationSizeMb: heapMiBMax },
    });
    // Emitted when a worker ends without a task; the next task finds the replacement.
    piscina.on('error', () => undefined);
    // A task without requests proves that the worker has loaded and runs.
    const message = encodeTask([], this.#spare);
    const loading = piscina.run(message, { transferList: [message] }).then(() => {
      thread.isLoaded = true;
    });
    const thread: Thread = { piscina, loading, isLoaded: false };
    // Whoever runs the next task hears of it; nobody may.
    loading.catch(() => undefined);
    return thread;
  }

  /** A fresh thread in place of a lost one, once: both tasks of a dead worker come here. */
  #replace(thread: Thread): void {
    if (this.#isStopped || this.#thread !== thread) return;
    this.#thread = this.#spawn();
    // Rejects what is still outstanding on it.
    thread.piscina.destroy().catch(() => undefined);
  }
}

/** Only the kind is shown: the cause's message could quote a body. */
function lost(error: unknown): WorkerLost {
  if (error instanceof WorkerLost) return error;
  return new WorkerLost(error instanceof Error ? error.name : 'unknown', { cause: error });
}

/** Waits for `work`; calls `late`, which makes it fail, when it takes longer. */
async function within<T>(timeoutMs: number, work: Promise<T>, late: () => void): Promise<T> {
  const timer = setTimeout(late, timeoutMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * One worker thread: a piscina of exactly one, so that a task can be aimed at it, a stuck thread can be ended, and it is
 * known which tasks went down with it. At most two tasks are outstanding: one runs, one is there when it ends.
 */

import { Piscina } from 'piscina';
import type { Task, TaskAnswer } from './task.ts';

/** A worker that is killed by a task, ends or does not answer; its outstanding tasks all fail with it. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

export interface LaneOptions {
  /** Module whose default export runs a task. */
  readonly filename: string;
  /** Structured-cloneable; what the module needs. */
  readonly workerData: unknown;
  /** A task that takes longer means a stuck worker. */
  readonly taskMsMax: number;
  /** JavaScript heap of the thread, MiB: a body that fills it ends this thread and not the process. */
  readonly heapMiBMax: number;
}

export const TASKS_PER_WORKER = 2;

export class Lane {
  readonly #options: LaneOptions;
  #piscina: Piscina;
  #outstanding = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#piscina = this.#spawn();
  }

  /** Tasks that run or wait in this worker. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /**
   * Runs one task; takes `task.bodies`. Throws `WorkerLost` when the worker goes down or throws, and has then already
   * begun to replace it.
   */
  async run(task: Task): Promise<TaskAnswer> {
    const piscina = this.#piscina;
    this.#outstanding += 1;
    const timer = setTimeout(() => this.#replace(piscina), this.#options.taskMsMax);
    try {
      return (await piscina.run(task, { transferList: [task.bodies] })) as TaskAnswer;
    } catch (error) {
      this.#replace(piscina);
      // Only the kind is shown: the cause's message could quote the body.
      throw new WorkerLost(error instanceof Error ? error.name : 'unknown', { cause: error });
    } finally {
      clearTimeout(timer);
      this.#outstanding -= 1;
    }
  }

  async stop(): Promise<void> {
    await this.#piscina.destroy();
  }

  #spawn(): Piscina {
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
    return piscina;
  }

  /** A fresh thread in place of the one of `lost`, once: both tasks of a dead worker come here. */
  #replace(lost: Piscina): void {
    if (this.#piscina !== lost) return;
    this.#piscina = this.#spawn();
    // Rejects what is still outstanding on it.
    lost.destroy().catch(() => undefined);
  }
}

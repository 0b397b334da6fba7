/**
 * Requests → tasks → workers → kept frames → settled requests. What arrives in one turn of the event loop, and what has
 * gathered when a worker frees up, travels as one task: the hand-over costs as much as decoding a small body.
 */

import { type ErrorCode, IngestError } from '../errors.ts';
import { dayOf, type Frame } from '../model/frame.ts';
import type { Entry, PoolRequest, Settle } from './entry.ts';
import { type BatchLimits, FairQueue } from './fair-queue.ts';
import { fillsTask, Gathering } from './gathering.ts';
import { Lane, type LaneOptions, TASKS_PER_WORKER, WorkerLost } from './lane.ts';
import { Quarantine } from './quarantine.ts';
import type { RequestResult, TaskAnswer } from './task.ts';
import { TaskSize } from './task-size.ts';

/** Facts of one finished task, for the metrics. */
export interface TaskReport {
  readonly requests: readonly PoolRequest[];
  readonly result: TaskAnswer;
  readonly durationMs: number;
}

export interface PoolOptions {
  readonly workers: number;
  /** Module of the worker, and what it is given. */
  readonly filename: string;
  readonly workerData: unknown;
  readonly limits: BatchLimits;
  /** Longest wait before a worker takes a request. */
  readonly queueMsMax: number;
  /** Tasks handed to workers that have not begun. */
  readonly waitingTasksMax: number;
  readonly taskMsMax?: number;
  /** Keeps frames as the durability setting asks; rejects with `IngestError` when it cannot. */
  readonly keep: (frames: readonly Frame[]) => Promise<void>;
  /** Called when a task is done and kept, before its requests are settled. */
  readonly kept: (report: TaskReport) => void;
  /** A worker went down; `entries` requests run again. */
  readonly lost: (kind: string, requests: number) => void;
}

const TASK_MS_MAX = 30_000;
/** A worker keeps its rows outside the JavaScript heap; one that needs more than this is misled by a body. */
const WORKER_HEAP_MIB_MAX = 512;
/** For so long every request of a tenant whose request took a worker down runs in quarantine. */
const SUSPICION_MS = 60_000;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #queue: FairQueue<Entry>;
  readonly #lanes: readonly Lane[];
  readonly #quarantine: Quarantine;
  readonly #taskSize: TaskSize;
  readonly #gathering = new Gathering();
  readonly #suspectUntilMs = new Map<string, number>();
  readonly #expiry: NodeJS.Timeout;
  readonly #idle: (() => void)[] = [];
  #open = 0;
  #isDispatchDue = false;
  /** A task waits for more requests. */
  #isGathering = false;
  #isStopped = false;

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#queue = new FairQueue(options.queueMsMax);
    this.#taskSize = new TaskSize(options.limits);
    const lane: LaneOptions = {
      filename: options.filename,
      workerData: options.workerData,
      taskMsMax: options.taskMsMax ?? TASK_MS_MAX,
      heapMiBMax: WORKER_HEAP_MIB_MAX,
    };
    this.#lanes = Array.from({ length: options.workers }, () => new Lane(lane));
    this.#quarantine = new Quarantine({
      lane,
      queueMsMax: options.queueMsMax,
      passed: (entry, result) => void this.#finish([entry], result, performance.now()),
      culprit: (entry) => this.#blame(entry),
      unavailable: (entry) => this.#refuse([entry], 'SERVER_FULL'),
    });
    const expiryMs = Math.max(1, Math.min(100, options.queueMsMax / 5));
    this.#expiry = setInterval(() => this.#expire(), expiryMs);
    this.#expiry.unref();
  }

  /** Starts the workers and waits until each can take tasks. Throws when one cannot. */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      await Promise.all(pool.#lanes.map((lane) => lane.loaded()));
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  /** Requests that wait for a worker, and their bytes. */
  get waiting(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#queue.size + this.#quarantine.size, bytes: this.#queue.bytes };
  }

  /** Requests that are submitted and not settled. */
  get open(): number {
    return this.#open;
  }

  /** Whether a request that came now would not be taken in time: better refused before its body is read. */
  wouldTimeOut(tenantId: string, isHook: boolean): boolean {
    return this.#queue.size > 0 && this.#queue.wouldTimeOut(tenantId, isHook, performance.now());
  }

  /** Takes a request; `settle` is called once, in a later turn. */
  submit(request: PoolRequest, settle: Settle): void {
    this.#open += 1;
    const entry: Entry = {
      request,
      settle,
      tenantId: request.tenantId,
      isHook: request.signal === 'hooks',
      bodyBytes: request.body.length,
      enqueuedAtMs: performance.now(),
    };
    if (this.#isSuspect(request.tenantId)) this.#quarantine.add(entry);
    else this.#enqueue(entry);
  }

  /** Resolves when every request is settled. */
  async drained(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends the workers; what is open then is settled as `SERVER_FULL`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#expiry);
    this.#refuse(this.#queue.expire(Number.POSITIVE_INFINITY), 'SERVER_FULL');
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#gathering.arrived(entry.enqueuedAtMs);
    this.#wake();
  }

  /** Sees to it that what waits is dispatched: a full task at once, a part of one when it has gathered. */
  #wake(): void {
    if (this.#isDispatchDue) return;
    if (fillsTask(this.#queue, this.#taskSize.limits)) {
      // After the poll phase: the bodies of every socket that was readable in this turn are then in the queue.
      this.#isDispatchDue = true;
      setImmediate(() => {
        this.#isDispatchDue = false;
        this.#dispatch();
      });
      return;
    }
    if (this.#queue.size === 0 || this.#isGathering || this.#freeLane(false) === undefined) return;
    this.#isGathering = true;
    const gathered = (): void => {
      this.#isGathering = false;
      this.#dispatch();
    };
    const { waitMs } = this.#gathering;
    if (waitMs > 0) setTimeout(gathered, waitMs);
    else setImmediate(gathered);
  }

  /** Hands out what may leave now; the rest is looked at again when a worker frees up or more has come. */
  #dispatch(): void {
    if (this.#isStopped) return;
    // The timer may be late; nobody's work is spent on a request whose time is over.
    this.#expire();
    const { limits } = this.#taskSize;
    for (
      let isFull = fillsTask(this.#queue, limits);
      isFull || !this.#isGathering;
      isFull = fillsTask(this.#queue, limits)
    ) {
      const lane = this.#freeLane(isFull);
      if (lane === undefined) return;
      const entries = this.#queue.take(limits, performance.now());
      if (entries.length === 0) return;
      for (const ofDay of byDay(entries)) void this.#run(lane, ofDay);
    }
  }

  /** The least busy worker that may take a task: a busy one only gets a full one to lie ready, a part goes on gathering. */
  #freeLane(isFull: boolean): Lane | undefined {
    let freest: Lane | undefined;
    let waitingTasks = 0;
    for (const lane of this.#lanes) {
      waitingTasks += Math.max(0, lane.outstanding - 1);
      if (freest === undefined || lane.outstanding < freest.outstanding) freest = lane;
    }
    if (freest === undefined || freest.outstanding === 0) return freest;
    if (!isFull || freest.outstanding >= TASKS_PER_WORKER) return undefined;
    return waitingTasks >= this.#options.waitingTasksMax ? undefined : freest;
  }

  async #run(lane: Lane, entries: readonly Entry[]): Promise<void> {
    const startedAtMs = performance.now();
    let result: TaskAnswer;
    try {
      result = await lane.run(entries);
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error;
      if (this.#isStopped) {
        this.#refuse(entries, 'SERVER_FULL');
        return;
      }
      this.#options.lost(error.message, entries.length);
      for (const entry of entries) this.#quarantine.add(entry);
      return;
    } finally {
      this.#wake();
    }
    this.#taskSize.measured(entries.length, bytesOf(entries), result.busyMs);
    await this.#finish(entries, result, startedAtMs);
  }

  async #finish(entries: readonly Entry[], result: TaskAnswer, startedAtMs: number): Promise<void> {
    try {
      if (result.frames.length > 0) await this.#options.keep(result.frames);
    } catch (error) {
      const code: ErrorCode = error instanceof IngestError ? error.code : 'SPOOL_FAILED';
      this.#refuse(entries, code);
      return;
    }
    const requests = entries.map((entry) => entry.request);
    this.#options.kept({ requests, result, durationMs: performance.now() - startedAtMs });
    for (const [index, entry] of entries.entries()) this.#settle(entry, result.results[index]!);
  }

  /** The culprit is refused like any bad content: a worker writes its raw row, without the body. */
  #blame(entry: Entry): void {
    this.#suspectUntilMs.set(entry.tenantId, performance.now() + SUSPICION_MS);
    const request = { ...entry.request, body: new Uint8Array(0), refusal: { code: 'POISONOUS' as const, detail: '' } };
    this.#enqueue({ ...entry, request, bodyBytes: 0, enqueuedAtMs: performance.now() });
  }

  #isSuspect(tenantId: string): boolean {
    if (this.#suspectUntilMs.size === 0) return false;
    const untilMs = this.#suspectUntilMs.get(tenantId);
    if (untilMs === undefined) return false;
    if (untilMs > performance.now()) return true;
    this.#suspectUntilMs.delete(tenantId);
    return false;
  }

  #expire(): void {
    if (this.#queue.size === 0) return;
    this.#refuse(this.#queue.expire(performance.now()), 'QUEUE_TIMEOUT');
  }

  #refuse(entries: readonly Entry[], code: ErrorCode): void {
    for (const entry of entries) this.#settle(entry, { ok: false, code, detail: '' });
  }

  #settle(entry: Entry, result: RequestResult): void {
    this.#open -= 1;
    entry.settle(result);
    if (this.#open > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/**
 * The requests of each UTC day of receipt. Rows of two days are kept apart, so around midnight a task of both could be kept
 * by half and refused as a whole: what was refused would be sent again and be there twice.
 */
function byDay(entries: readonly Entry[]): (readonly Entry[])[] {
  const days = new Map<number, Entry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.request.receivedAtMs);
    const same = days.get(day);
    if (same === undefined) days.set(day, [entry]);
    else same.push(entry);
  }
  return [...days.values()];
}

function bytesOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.bodyBytes;
  return bytes;
}

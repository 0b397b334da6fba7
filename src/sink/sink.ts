/**
 * Segments → INSERTs. Takes sealed segments from the spool, oldest first and bounded in flight, and sees each table of
 * each one through to the end: in the table exactly once, or among the dead letters.
 */

import type { TableName } from '../model/schema.ts';
import { Ledger } from '../spool/ledger.ts';
import type { Clock, EventLog } from '../spool/ports.ts';
import type { SealedSegment } from '../spool/sealed-segment.ts';
import { TABLE_ORDER } from '../spool/segment-header.ts';
import type { Spool } from '../spool/spool.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Failure, Inserter } from './inserter.ts';
import { Schedule, type Turn } from './schedule.ts';
import { type SinkEvents, type StepTools, work } from './steps.ts';

export interface SinkOptions {
  readonly spool: Spool;
  readonly inserter: Inserter;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  /** In [0, 1): spreads the retries. */
  readonly random: () => number;
  readonly log: EventLog;
  /** Parts of segments that are read, sent or counted at once; each holds one segment in memory. */
  readonly inFlightMax: number;
  readonly events: SinkEvents;
}

export interface SinkStatus {
  /** False while a table's last INSERT failed in a way that concerns the store. */
  readonly isStoreTaking: boolean;
  readonly lastFailure: { readonly table: TableName; readonly failure: Failure; readonly atMs: number } | undefined;
  readonly inFlight: number;
  /** Tables of segments that wait or are in flight. */
  readonly waiting: number;
  readonly deadLetterFiles: number;
  readonly deadLetterBytes: number;
}

export interface Sink {
  status(): SinkStatus;
  /** Rows per tenant that this process brought into the tables. */
  insertedRows(): ReadonlyMap<string, number>;
  /**
   * Rows per tenant that this process has set aside, or that were lost to our own disk. One that is resubmitted comes
   * back through the spool's `recoveredRows`, so it is not taken off here.
   */
  deadLetteredRows(): ReadonlyMap<string, number>;
  /** Seals and inserts until nothing is left or `deadlineMs` have passed; true when nothing is left. */
  drain(deadlineMs: number): Promise<boolean>;
  /** Begins nothing more, aborts what is in flight and waits for it. What is unfinished stays in the spool. */
  stop(): Promise<void>;
}

/** Failures in a row after which segments may grow old: many small batches would slow the recovery. */
const HOLD_AGE_AFTER = 3;

/** Starts to insert what is in the spool and what comes. */
export function startSink(options: SinkOptions): Sink {
  return new RunningSink(options);
}

class RunningSink implements Sink {
  readonly #options: SinkOptions;
  readonly #schedule = new Schedule();
  readonly #abort = new AbortController();
  readonly #tools: StepTools;
  readonly #inserted = new Ledger();
  readonly #buried = new Ledger();
  #lastFailure: SinkStatus['lastFailure'];
  #cancelTimer: (() => void) | undefined;
  #watchers: (() => void)[] = [];
  #isRefreshing = false;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { spool, events, clock } = options;
    this.#tools = {
      ...options,
      schedule: this.#schedule,
      signal: this.#abort.signal,
      successes: { events_raw: 0, coding_agent_events: 0 },
      burialsInRow: 0,
      fitting: new Set(),
      events: {
        ...events,
        inserted: (event) => {
          this.#inserted.add(event.tenantRows);
          events.inserted(event);
        },
        buried: (event) => {
          this.#buried.add(event.tenantRows);
          events.buried(event);
        },
        failed: (event) => {
          this.#lastFailure = { ...event, atMs: clock.nowMs() };
          events.failed(event);
        },
      },
    };
    spool.onSealed(() => this.#onSealed());
    this.#onSealed();
  }

  status(): SinkStatus {
    const { deadLetters } = this.#options;
    return {
      isStoreTaking: TABLE_ORDER.every((table) => this.#schedule.gates[table].failures === 0),
      lastFailure: this.#lastFailure,
      inFlight: this.#schedule.inFlight,
      waiting: this.#schedule.length,
      deadLetterFiles: deadLetters.files,
      deadLetterBytes: deadLetters.bytes,
    };
  }

  insertedRows(): ReadonlyMap<string, number> {
    return this.#inserted.rows;
  }

  deadLetteredRows(): ReadonlyMap<string, number> {
    return this.#buried.rows;
  }

  async drain(deadlineMs: number): Promise<boolean> {
    const { spool, clock } = this.#options;
    const endMs = clock.nowMs() + deadlineMs;
    let isLate = false;
    const cancel = clock.after(deadlineMs, () => {
      isLate = true;
      this.#notify();
    });
    await Promise.race([spool.sealNow(), this.#until(() => isLate)]);
    await this.#until(() => isLate || spool.segments().length === 0 || this.#abort.signal.aborted);
    cancel();
    return spool.segments().length === 0 && clock.nowMs() <= endMs;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#cancelTimer?.();
    this.#notify();
    await this.#until(() => this.#schedule.inFlight === 0);
  }

  #until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (isTrue()) resolve();
        else this.#watchers.push(watch);
      };
      watch();
    });
  }

  #notify(): void {
    for (const watch of this.#watchers.splice(0)) watch();
  }

  #onSealed(): void {
    const ended = this.#schedule.admit(this.#options.spool.segments());
    for (const segment of ended) this.#finish(segment);
    this.#refreshDeadLetters();
    this.#pump();
  }

  /** The command may have resubmitted some; a new segment is the sign that something moved. */
  #refreshDeadLetters(): void {
    const { deadLetters } = this.#options;
    if (this.#isRefreshing || deadLetters.files === 0) return;
    this.#isRefreshing = true;
    deadLetters
      .refresh()
      .catch(() => undefined) // Counts stay as they were until the next segment.
      .finally(() => {
        this.#isRefreshing = false;
      });
  }

  #pump(): void {
    const { clock, inFlightMax } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (!this.#abort.signal.aborted && this.#schedule.inFlight < inFlightMax) {
      const next = this.#schedule.next(clock.nowMs());
      if ('waitUntilMs' in next) {
        if (next.waitUntilMs === Number.POSITIVE_INFINITY) return;
        this.#cancelTimer = clock.after(next.waitUntilMs - clock.nowMs(), () => this.#pump());
        return;
      }
      void this.#run(next);
    }
  }

  async #run(turn: Turn): Promise<void> {
    await work(turn, this.#tools);
    if (this.#schedule.release(turn)) this.#finish(turn.job.segment);
    const failures = TABLE_ORDER.map((table) => this.#schedule.gates[table].failures);
    this.#options.spool.holdAge(Math.max(...failures) >= HOLD_AGE_AFTER);
    this.#notify();
    this.#pump();
  }

  /** Rows that could not be read from our own disk any more are lost; the ledger says so. */
  #finish(segment: SealedSegment): void {
    const { spool, log } = this.#options;
    for (const table of TABLE_ORDER) {
      const left = new Ledger();
      left.add(segment.summary.tenantRows[table].rows);
      const rows = left.total();
      if (rows === 0) continue;
      const reason = 'the segment cannot be read to its end';
      log.error({ table, rows, segment: segment.header.id }, reason);
      spool.settle(segment, table, left.rows);
      this.#tools.events.buried({ table, rows, tenantRows: left.rows, reason, isLost: true });
    }
    spool.finish(segment);
  }
}

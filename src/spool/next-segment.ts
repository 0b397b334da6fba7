/**
 * The next segment, made while the open one is filled. Making one takes several synced writes, two of them of the directory:
 * on a disk that the store writes to as well 5 to 400 ms, which every request of that moment waited for.
 */

import type { InsertFormat } from '../model/frame.ts';
import type { OpenSegment, Reservation } from './open-segment.ts';
import type { Clock } from './ports.ts';

/** A segment is as old as its making; what waited longer than this is given up for a new one. */
const AGE_MS_MAX = 60_000;

/** Room for the next segment, as a multiple of the last one's length. */
const RESERVED_OF_LAST = 1.1;

export interface NextSegmentOptions {
  readonly clock: Clock;
  readonly reservableBytes: () => number;
  readonly open: (day: number, format: InsertFormat, reservation: Reservation) => Promise<OpenSegment>;
  /** Takes a segment that nobody filled. */
  readonly giveUp: (segment: OpenSegment) => void;
}

interface Made {
  readonly day: number;
  readonly format: InsertFormat;
  readonly atMs: number;
  reservedBytes: number;
  /** Undefined when it could not be made: whoever needs one then makes it, and hears of the failure. */
  readonly segment: Promise<OpenSegment | undefined>;
}

export class NextSegment {
  readonly #options: NextSegmentOptions;
  #made: Made | undefined;
  /** Length of the segment that was full last. */
  #lastBytes = 0;
  #isClosed = false;

  constructor(options: NextSegmentOptions) {
    this.#options = options;
  }

  /** Bytes that are reserved, also those that are still being written. */
  get bytes(): number {
    return this.#made?.reservedBytes ?? 0;
  }

  /** Told how long a segment became: the next one probably becomes as long. */
  ended(bytes: number): void {
    this.#lastBytes = bytes;
  }

  /** Begins to make one, unless there is one. */
  prepare(day: number, format: InsertFormat): void {
    if (this.#made !== undefined || this.#isClosed) return;
    const { clock, open, reservableBytes } = this.#options;
    const reservedBytes = Math.max(0, Math.min(Math.ceil(this.#lastBytes * RESERVED_OF_LAST), reservableBytes()));
    // Somebody who takes it before it is filled waits for one write at most.
    const isOver = (): boolean => this.#made !== made;
    const segment = open(day, format, { bytes: reservedBytes, isOver }).catch(() => {
      made.reservedBytes = 0;
      return undefined;
    });
    const made: Made = { day, format, atMs: clock.nowMs(), reservedBytes, segment };
    this.#made = made;
  }

  /** The one that was made for this day and format, if there is one. */
  async take(day: number, format: InsertFormat): Promise<OpenSegment | undefined> {
    const made = this.#made;
    this.#made = undefined;
    const segment = await made?.segment;
    if (made === undefined || segment === undefined) return undefined;
    const isOld = this.#options.clock.nowMs() - made.atMs > AGE_MS_MAX;
    if (made.day === day && made.format === format && !isOld) return segment;
    this.#options.giveUp(segment);
    return undefined;
  }

  /** Gives up what was made: the disk has failed since. */
  async drop(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    const segment = await made?.segment;
    if (segment !== undefined) this.#options.giveUp(segment);
  }

  /** Gives up what was made; none is made from now on. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.drop();
  }
}

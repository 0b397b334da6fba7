/**
 * The next segment, made while the open one is filled. Making one takes several synced writes, two of them of the directory:
 * on a disk that the store writes to as well 5 to 400 ms, which every request of that moment waited for.
 */

import type { InsertFormat } from '../model/frame.ts';
import type { OpenSegment } from './open-segment.ts';
import type { Clock } from './ports.ts';

/** A segment is as old as its making; what waited longer than this is given up for a new one. */
const AGE_MS_MAX = 60_000;

export interface NextSegmentOptions {
  readonly clock: Clock;
  readonly open: (day: number, format: InsertFormat) => Promise<OpenSegment>;
  /** Takes a segment that nobody filled. */
  readonly giveUp: (segment: OpenSegment) => void;
}

interface Made {
  readonly day: number;
  readonly format: InsertFormat;
  readonly atMs: number;
  /** Undefined when it could not be made: whoever needs one then makes it, and hears of the failure. */
  readonly segment: Promise<OpenSegment | undefined>;
}

export class NextSegment {
  readonly #options: NextSegmentOptions;
  #made: Made | undefined;
  #isClosed = false;

  constructor(options: NextSegmentOptions) {
    this.#options = options;
  }

  /** Begins to make one, unless there is one. */
  prepare(day: number, format: InsertFormat): void {
    if (this.#made !== undefined || this.#isClosed) return;
    const { clock, open } = this.#options;
    const segment = open(day, format).catch(() => undefined);
    this.#made = { day, format, atMs: clock.nowMs(), segment };
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

  /** Gives up what was made; none is made from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const segment = await this.#made?.segment;
    this.#made = undefined;
    if (segment !== undefined) this.#options.giveUp(segment);
  }
}

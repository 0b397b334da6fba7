/** Which part goes next: oldest segment first, past those that wait; in an outage the probe changes hands. Without I/O. */

import type { TableName } from '../model/schema.ts';
import type { SealedSegment } from '../spool/sealed-segment.ts';
import { TABLE_ORDER } from '../spool/segment-header.ts';
import { Gate } from './gate.ts';
import { type Part, partFrom } from './part.ts';
import { PROBE_ROTATION } from './retry.ts';

/** One table of one segment. */
export interface TableJob {
  readonly segment: SealedSegment;
  readonly table: TableName;
  /** In order of units; a split replaces a part by two. */
  parts: Part[];
}

export interface Turn {
  readonly job: TableJob;
  readonly part: Part;
}

export class Schedule {
  readonly gates: Readonly<Record<TableName, Gate>> = { events_raw: new Gate(), coding_agent_events: new Gate() };
  readonly #jobs: TableJob[] = [];
  readonly #known = new Set<SealedSegment>();
  readonly #busy = new Set<Part>();

  /** Takes in segments that were not seen before, given oldest first. Returns those that have nothing left to do. */
  admit(segments: readonly SealedSegment[]): SealedSegment[] {
    const ended: SealedSegment[] = [];
    for (const segment of segments) {
      if (this.#known.has(segment)) continue;
      this.#known.add(segment);
      for (const table of TABLE_ORDER) this.#admitTable(segment, table);
      if (!this.has(segment)) ended.push(segment);
    }
    return ended;
  }

  #admitTable(segment: SealedSegment, table: TableName): void {
    const units = segment.summary.units[table];
    const records = segment.parts(table);
    const parts = records.map((record) => partFrom(record, table, units, segment.isOfUnknownFate));
    if (parts.every((part) => part.step === 'ended')) return;
    let index = this.#jobs.length;
    while (index > 0 && this.#jobs[index - 1]!.segment.base > segment.base) index -= 1;
    this.#jobs.splice(index, 0, { segment, table, parts });
  }

  /** Whether a table of the segment is still to be done. */
  has(segment: SealedSegment): boolean {
    return this.#jobs.some((job) => job.segment === segment);
  }

  /** Tables of segments that are not done. */
  get length(): number {
    return this.#jobs.length;
  }

  get inFlight(): number {
    return this.#busy.size;
  }

  /** The next part to work on; it is busy until `release`. Otherwise when to ask again, Infinity for never. */
  next(nowMs: number): Turn | { readonly waitUntilMs: number } {
    let best: Turn | undefined;
    let waitUntilMs = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs) {
      const gate = this.gates[job.table];
      const opensAtMs = gate.opensAtMs();
      for (const part of job.parts) {
        if (part.step === 'ended' || this.#busy.has(part)) continue;
        const readyAtMs = Math.max(part.notBeforeMs, opensAtMs);
        if (readyAtMs > nowMs) {
          waitUntilMs = Math.min(waitUntilMs, readyAtMs);
        } else if (best === undefined || isPreferred(part, best.part, gate)) {
          best = { job, part };
        }
      }
      if (best !== undefined && this.gates[best.job.table].failures === 0) break;
    }
    if (best === undefined) return { waitUntilMs };
    this.#busy.add(best.part);
    this.gates[best.job.table].enter();
    return best;
  }

  /** The turn is over. True when nothing of its segment is left to do: the segment is forgotten and may be finished. */
  release(turn: Turn): boolean {
    const { job, part } = turn;
    this.#busy.delete(part);
    this.gates[job.table].leave();
    if (job.parts.some((one) => one.step !== 'ended')) return false;
    const index = this.#jobs.indexOf(job);
    if (index >= 0) this.#jobs.splice(index, 1);
    if (this.has(job.segment)) return false;
    this.#known.delete(job.segment);
    return true;
  }

  /** Replaces a part by its two halves. */
  split(job: TableJob, part: Part, halves: readonly Part[]): void {
    part.step = 'ended';
    job.parts = job.parts.flatMap((one) => (one === part ? halves : [one]));
  }
}

/** Behind a closed gate the part with fewer failures goes first; parts come here oldest first. */
function isPreferred(part: Part, best: Part, gate: Gate): boolean {
  if (part.table !== best.table || gate.failures === 0) return false;
  return Math.floor(part.failures / PROBE_ROTATION) < Math.floor(best.failures / PROBE_ROTATION);
}

/** Reads a setting off a sweep: the rule, and the sentence that says why. */

import { nameOf } from './sweep-grid.ts';
import type { SweepEntry } from './sweep-store.ts';

/** An exporter's patience is 10 s and an agent waits for its hook; this is what an operator may want to promise. */
const P99_MS_MAX = 25;
/** Rates this close are the same to a measurement of a few seconds. */
const NEAR = 0.95;

export interface Advice {
  readonly entry: SweepEntry;
  readonly why: string;
}

/**
 * Of the settings that lose nothing (durability disk) and acknowledge in time at half load, those within 5 % of the best
 * rate; among them the one that costs least CPU per record. Without any in time, the one with the lowest p99.
 */
export function advise(entries: readonly SweepEntry[]): Advice {
  const durable = entries.filter(({ point }) => point.durability === 'disk');
  const candidates = durable.length > 0 ? durable : entries;
  const inTime = candidates.filter((entry) => p99(entry) <= P99_MS_MAX);
  if (inTime.length === 0) {
    const entry = least(candidates, p99);
    return {
      entry,
      why: `no setting acknowledged within ${P99_MS_MAX} ms at half load; this one comes nearest, ${figures(entry)}`,
    };
  }
  const best = Math.max(...inTime.map(rate));
  const near = inTime.filter((entry) => rate(entry) >= best * NEAR);
  const entry = least(near, cpu);
  const others = near.length === 1 ? 'the only one' : `the least CPU of ${near.length} settings`;
  return {
    entry,
    why: `of those that acknowledge within ${P99_MS_MAX} ms at half load, ${others} within 5 % of their best rate: ${figures(entry)}`,
  };
}

function figures(entry: SweepEntry): string {
  return `${Math.round(rate(entry))} records/s, p99 ${p99(entry).toFixed(1)} ms, ${cpu(entry).toFixed(1)} CPU s per million records`;
}

/** The last line of the sweep. */
export function adviceLine({ entry, why }: Advice): string {
  const { workers, taskRequests, flushRows, durability } = entry.point;
  const settings = `MODA_WORKERS=${workers} MODA_TASK_MAX_REQUESTS=${taskRequests} MODA_FLUSH_ROWS=${flushRows} MODA_DURABILITY=${durability}`;
  return `Recommended: ${settings} (${why})`;
}

/** One row of the sweep's table. */
export function adviceRow(entry: SweepEntry): string[] {
  return [
    nameOf(entry.point),
    rate(entry).toFixed(0),
    cpu(entry).toFixed(1),
    p99(entry).toFixed(1),
    memory(entry).toFixed(0),
  ];
}

export const ADVICE_HEADER = ['', 'records/s', 'CPU s/M rec', 'p99 ms at half load', 'RSS MiB'];

export const rate = ({ result }: SweepEntry): number => result.saturated.recordsPerSecond;
const cpu = ({ result }: SweepEntry): number => result.saturated.cpuSecondsPerMillionRecords;
const p99 = ({ result }: SweepEntry): number => result.halfLoad.load.latency.p99;
const memory = ({ result }: SweepEntry): number =>
  Math.max(result.saturated.residentMiBPeak, result.halfLoad.residentMiBPeak);

function least(entries: readonly SweepEntry[], of: (entry: SweepEntry) => number): SweepEntry {
  return entries.reduce((best, entry) => (of(entry) < of(best) ? entry : best));
}

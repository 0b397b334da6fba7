/** The points of a sweep: every combination of the pool's and the segments' bounds, as settings of the server. */

import { availableParallelism } from 'node:os';

export interface SweepPoint {
  readonly workers: number;
  /** Requests coalesced into one task at most. */
  readonly taskRequests: number;
  /** Rows that seal a segment. */
  readonly flushRows: number;
  readonly durability: 'disk' | 'memory';
}

export interface SweepLists {
  readonly workers: readonly number[];
  readonly taskRequests: readonly number[];
  readonly flushRows: readonly number[];
  readonly durability: readonly SweepPoint['durability'][];
}

/** Powers of two up to the cores, and the cores themselves. */
export function workerCounts(): number[] {
  const cores = availableParallelism();
  const counts: number[] = [];
  for (let count = 1; count < cores; count *= 2) counts.push(count);
  return [...counts, cores];
}

/** All combinations, the default durability first so that a sweep that is cut short has the useful half. */
export function pointsOf({ workers, taskRequests, flushRows, durability }: SweepLists): SweepPoint[] {
  return durability.flatMap((mode) =>
    workers.flatMap((count) =>
      taskRequests.flatMap((requests) =>
        flushRows.map((rows) => ({ workers: count, taskRequests: requests, flushRows: rows, durability: mode })),
      ),
    ),
  );
}

/** The point as environment of the server. */
export function settingsOf(point: SweepPoint): Record<string, string> {
  return {
    MODA_WORKERS: String(point.workers),
    MODA_TASK_MAX_REQUESTS: String(point.taskRequests),
    MODA_FLUSH_ROWS: String(point.flushRows),
    MODA_DURABILITY: point.durability,
  };
}

export function nameOf(point: SweepPoint): string {
  return `workers ${point.workers}, task ${point.taskRequests}, flush ${point.flushRows}, ${point.durability}`;
}

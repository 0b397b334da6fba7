/** What a load generator brings home. */

import type { RecordableHistogram } from 'node:perf_hooks';

export interface LoadCounts {
  requests: number;
  acknowledged: number;
  /** Of acknowledged requests. */
  records: number;
  events: number;
  bodyBytes: number;
  statuses: Record<number, number>;
}

/** Milliseconds until the acknowledgement. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LoadResult extends Readonly<LoadCounts> {
  readonly seconds: number;
  readonly latency: Latency;
  /** The same by slices of time, if these were asked for. */
  readonly slices?: readonly Latency[];
  readonly unanswered: number;
}

/** Percentiles of a histogram of microseconds. */
export function latencyOf(histogram: RecordableHistogram): Latency {
  const at = (percentile: number): number => (histogram.count === 0 ? 0 : histogram.percentile(percentile) / 1000);
  return {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.count === 0 ? 0 : histogram.max / 1000,
  };
}

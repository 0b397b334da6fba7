/**
 * A closed loop whose every request is unique (fleet/stamp.ts) and which waits for its last answers: for scenarios that
 * count rows in tables, where bodies sent twice would collapse and requests broken off could be in or not.
 */

import { createHistogram } from 'node:perf_hooks';
import { stamp } from '../fleet/stamp.ts';
import { Connection } from './connection.ts';
import { type LoadCounts, type LoadResult, latencyOf } from './load-result.ts';
import type { PreparedRequest } from './prepared-request.ts';

export interface StampedLoopOptions {
  readonly port: number;
  readonly requests: readonly PreparedRequest[];
  readonly connections: number;
  readonly durationMs: number;
  /** First counter of the stamps; two runs against one store must not overlap. */
  readonly firstStamp: number;
}

export async function stampedLoop(options: StampedLoopOptions): Promise<LoadResult> {
  const { requests } = options;
  const histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });
  const counts: LoadCounts = { requests: 0, acknowledged: 0, records: 0, events: 0, bodyBytes: 0, statuses: {} };
  const start = performance.now();
  const end = start + options.durationMs;
  let sent = 0;

  const run = async (): Promise<void> => {
    const connection = new Connection(options.port);
    while (performance.now() < end) {
      const request = requests[sent % requests.length]!;
      stamp(request.bytes, request.stamps, options.firstStamp + sent++);
      const sentAt = performance.now();
      const status = await new Promise<number>((resolve) => connection.send(request.bytes, resolve));
      if (countAnswer(counts, request, status))
        histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * 1000)));
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: options.connections }, run));
  return { ...counts, seconds: (performance.now() - start) / 1000, latency: latencyOf(histogram), unanswered: 0 };
}

/** Counts an answer; true when it acknowledges. */
export function countAnswer(counts: LoadCounts, request: PreparedRequest, status: number): boolean {
  counts.requests++;
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  if (status < 200 || status > 299) return false;
  counts.acknowledged++;
  counts.records += request.records;
  counts.events += request.events;
  counts.bodyBytes += request.bodyBytes;
  return true;
}

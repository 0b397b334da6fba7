/** Load as fast as the server takes it: autocannon, each connection sends its next request when the last one is answered. */

import autocannon from 'autocannon';
import type { Body } from '../fleet.ts';
import type { LoadCounts, LoadResult } from './load-result.ts';
import { requestHead } from './prepared-request.ts';

export interface ClosedLoopOptions {
  readonly port: number;
  readonly bodies: readonly Body[];
  readonly connections: number;
  readonly durationMs: number;
  readonly key: string;
}

/** Every connection walks through all bodies in turn. At the end autocannon breaks off up to one request per connection. */
export async function closedLoop(options: ClosedLoopOptions): Promise<LoadResult> {
  const { bodies, key } = options;
  const counts: LoadCounts = { requests: 0, acknowledged: 0, records: 0, events: 0, bodyBytes: 0, statuses: {} };
  const requests = bodies.map((body) => {
    const { path, headers } = requestHead(body, key);
    const onResponse = (status: number): void => count(counts, body, status);
    return { method: 'POST' as const, path, headers, body: body.bytes, onResponse };
  });
  const { latency, timeouts, duration } = await autocannon({
    url: `http://127.0.0.1:${options.port}`,
    connections: options.connections,
    duration: options.durationMs / 1000,
    requests,
  });
  const { p50, p90, p99, p99_9: p999, max } = latency;
  return { ...counts, seconds: duration, latency: { p50, p90, p99, p999, max }, unanswered: timeouts };
}

function count(counts: LoadCounts, body: Body, status: number): void {
  counts.requests++;
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
  if (status < 200 || status > 299) return;
  counts.acknowledged++;
  counts.records += body.records;
  counts.events += body.events;
  counts.bodyBytes += body.bytes.length;
}

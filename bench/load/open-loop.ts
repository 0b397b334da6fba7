/**
 * Load at a fixed rate whatever the server does: requests fall due at random times (Poisson, from a seed), and each wait
 * counts from the due time. A closed loop would slow down with the server and hide its queueing delay.
 */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Random } from '../fleet/random.ts';
import { stamp } from '../fleet/stamp.ts';
import { Connection } from './connection.ts';
import { type LoadCounts, type LoadResult, latencyOf } from './load-result.ts';
import type { PreparedRequest } from './prepared-request.ts';
import { countAnswer } from './stamped-loop.ts';

export interface OpenLoopOptions {
  readonly port: number;
  readonly requests: readonly PreparedRequest[];
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Requests under way at most; what falls due beyond it waits, and its wait counts. */
  readonly connections: number;
  readonly seed: number;
  /** Latencies are told apart by when requests fell due, in spans of this length. */
  readonly sliceMs?: number;
  /** First counter of the stamps; two runs against one store must not overlap. */
  readonly firstStamp?: number;
}

/** Longest wait for answers after the last request fell due. */
const DRAIN_MS = 20_000;
const TICK_MS = 1;

/** Sends for `durationMs`, then waits for the answers. */
export async function openLoop(options: OpenLoopOptions): Promise<LoadResult> {
  const { requests, ratePerSecond, durationMs, sliceMs } = options;
  const random = new Random(options.seed);
  const histogram = newHistogram();
  const slices: RecordableHistogram[] = [];
  const counts: LoadCounts = { requests: 0, acknowledged: 0, records: 0, events: 0, bodyBytes: 0, statuses: {} };
  const idle = Array.from({ length: options.connections }, () => new Connection(options.port));
  const all = [...idle];
  const due: number[] = [];
  let underWay = 0;
  let sent = 0;

  const send = (connection: Connection, dueAt: number): void => {
    const request = requests[sent % requests.length]!;
    stamp(request.bytes, request.stamps, (options.firstStamp ?? 0) + sent++);
    underWay++;
    connection.send(request.bytes, (status) => {
      underWay--;
      if (countAnswer(counts, request, status)) {
        const micros = Math.max(1, Math.round((performance.now() - dueAt) * 1000));
        histogram.record(micros);
        if (sliceMs !== undefined) histogramAt(slices, Math.floor((dueAt - start) / sliceMs)).record(micros);
      }
      const next = due.shift();
      if (next === undefined) idle.push(connection);
      else send(connection, next);
    });
  };

  const start = performance.now();
  let nextDue = start;
  while (performance.now() < start + durationMs) {
    for (
      const now = performance.now();
      nextDue <= now;
      nextDue += (-Math.log(1 - random.next()) / ratePerSecond) * 1000
    ) {
      const connection = idle.pop();
      if (connection === undefined) due.push(nextDue);
      else send(connection, nextDue);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const seconds = (performance.now() - start) / 1000;
  await drained(() => underWay === 0 && due.length === 0);
  for (const connection of all) connection.close();
  return {
    ...counts,
    seconds,
    latency: latencyOf(histogram),
    slices: slices.map(latencyOf),
    unanswered: underWay + due.length,
  };
}

function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });
}

/** The histogram of a slice; those before it are made as well, so that none is missing. */
function histogramAt(slices: RecordableHistogram[], index: number): RecordableHistogram {
  while (slices.length <= index) slices.push(newHistogram());
  return slices[index]!;
}

/** Polls: the answers arrive on sockets, and a load generator may as well look every few milliseconds. */
async function drained(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  while (!isDone() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
}

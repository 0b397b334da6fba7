/** Several times what the server takes: what it answers, how long the accepted wait, what memory it takes, how it is afterwards. */

import { availableParallelism } from 'node:os';
import { findCapacity, orderFor } from './capacity.ts';
import { type FaultStand, openFaultStand } from './stand.ts';
import type { Ending } from './tenant-load-child.ts';

export interface OverloadOptions {
  readonly durationMs: number;
  /** Of capacity. */
  readonly factor: number;
  /** MODA_MAX_QUEUE_MS. */
  readonly queueMsMax: number;
  /** MODA_MAX_INFLIGHT_BYTES. */
  readonly inflightMiB: number;
  readonly rampStepMs: number;
}

export interface OverloadReport {
  /** Requests per second. */
  readonly capacity: number;
  readonly load: Ending;
  /** Half of the capacity, right afterwards. */
  readonly afterwards: Ending;
  readonly residentMiBPeak: number;
  readonly loopDelayP99Ms: number;
}

const RECORDS_PER_REQUEST = 100;
const FLEET = [
  { shape: { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: RECORDS_PER_REQUEST }, count: 20 },
] as const;

const AFTERWARDS_MS = 5000;

const WORKERS = Math.max(1, availableParallelism() - 1);

/**
 * Resident memory of the server beside what is in flight: code, heap, segments that are being inserted and what the
 * allocator keeps; and for each worker a ring (MODA_RING_BYTES), a tape and a heap of its own.
 */
const OWN_MIB_MAX = 250 + 150 * WORKERS;

/** Of half the capacity right afterwards: a machine that others use as well may stall for a moment. */
const AFTERWARDS_SHARE = 0.95;

export async function runOverload(options: OverloadOptions): Promise<OverloadReport> {
  const stand = await openFaultStand({
    settings: {
      MODA_MAX_QUEUE_MS: String(options.queueMsMax),
      MODA_MAX_INFLIGHT_BYTES: `${options.inflightMiB}MiB`,
    },
    tenants: 1,
    fleet: FLEET,
  });
  try {
    return await overload(stand, options);
  } finally {
    await stand.close();
  }
}

async function overload(stand: FaultStand, options: OverloadOptions): Promise<OverloadReport> {
  const { durationMs, factor, queueMsMax, rampStepMs } = options;
  const tenant = stand.tenants[0]!;
  const capacity = await findCapacity(stand, { firstRate: 20, stepMs: rampStepMs });
  await stand.server.stats();
  const [load] = await stand.send([orderFor(tenant, capacity * factor, durationMs, queueMsMax + 1000)]);
  const { residentBytesPeak, loopDelayP99 } = await stand.server.stats();
  const [afterwards] = await stand.send([orderFor(tenant, capacity / 2, Math.min(AFTERWARDS_MS, durationMs))]);
  const residentMiBPeak = residentBytesPeak / 1024 ** 2;
  return { capacity, load: load!, afterwards: afterwards!, residentMiBPeak, loopDelayP99Ms: loopDelayP99 };
}

/** What does not hold whatever else the machine does: only the kinds of answers, memory, and that it recovers. */
export function judgeAnswers(report: OverloadReport, { inflightMiB }: OverloadOptions): string[] {
  const { load, afterwards, residentMiBPeak } = report;
  const foreign = Object.keys(load.statuses).filter((status) => !['200', '429', '503'].includes(status));
  const residentMiBMax = inflightMiB + OWN_MIB_MAX;
  return [
    ...(foreign.length > 0 ? [`answers ${JSON.stringify(load.statuses)}`] : []),
    ...(load.unanswered > 0 ? [`${load.unanswered} requests without an answer`] : []),
    ...(load.acknowledged === 0 ? ['nothing was accepted'] : []),
    ...(residentMiBPeak > residentMiBMax
      ? [`${residentMiBPeak.toFixed(0)} MiB resident, bound ${residentMiBMax} MiB`]
      : []),
    ...(afterwards.acknowledged < afterwards.requests * AFTERWARDS_SHARE || afterwards.unanswered > 0
      ? [`afterwards ${JSON.stringify(afterwards.statuses)}`]
      : []),
  ];
}

/** The waits as well: for a machine that does nothing else. */
export function judgeWaits({ load, afterwards }: OverloadReport, { queueMsMax }: OverloadOptions): string[] {
  const p99MsMax = queueMsMax <= 500 ? 1000 : queueMsMax + 1000;
  return [
    ...(load.latency.p99 > p99MsMax
      ? [`p99 of the accepted is ${load.latency.p99.toFixed(0)} ms, bound ${p99MsMax} ms`]
      : []),
    ...(afterwards.acknowledged < afterwards.requests
      ? [`not all accepted afterwards: ${JSON.stringify(afterwards.statuses)}`]
      : []),
  ];
}

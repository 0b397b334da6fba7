/** Sends load through a stand and reports what it cost. */

import type { LoadResult } from '../load/load-result.ts';
import { readLedger } from './ledger.ts';
import type { LoadOrder } from './load-child.ts';
import { BENCH_KEY, type Stand } from './stand.ts';

export interface Measurement {
  readonly mode: LoadOrder['mode'];
  readonly load: LoadResult;
  readonly requestsPerSecond: number;
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** User and system time of the server process, its threads included, per million records that it acknowledged. */
  readonly cpuSecondsPerMillionRecords: number;
  readonly requestsPerCpuSecond: number;
  readonly residentMiBPeak: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

/** One run of load against the stand; the server's figures are the difference over the run, its flushes included. */
export async function measure(
  stand: Stand,
  order: Omit<LoadOrder, 'port' | 'key'>,
  isBare = false,
): Promise<Measurement> {
  const acknowledgedBefore = isBare ? 0 : (await readLedger(stand.port)).acknowledged;
  const before = await stand.server.stats();
  const timeoutMs = order.durationMs + 120_000;
  const load = (await stand.load.ask('load', { ...order, port: stand.port, key: BENCH_KEY }, timeoutMs)) as LoadResult;
  const ledger = isBare ? undefined : await readLedger(stand.port, ({ spooled }) => spooled === 0);
  const after = await stand.server.stats();
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  // Requests that autocannon broke off at its end cost the server as much as the others.
  const served = ledger === undefined ? load.acknowledged : ledger.acknowledged - acknowledgedBefore;
  const recordsServed = load.records * (served / load.acknowledged);
  return {
    mode: order.mode,
    load,
    requestsPerSecond: load.acknowledged / load.seconds,
    recordsPerSecond: load.records / load.seconds,
    megabytesPerSecond: load.bodyBytes / load.seconds / 1e6,
    cpuSecondsPerMillionRecords: (cpuSeconds / recordsServed) * 1e6,
    requestsPerCpuSecond: served / cpuSeconds,
    residentMiBPeak: after.residentBytesPeak / 1024 ** 2,
    loopDelayP99Ms: after.loopDelayP99,
    loopDelayMaxMs: after.loopDelayMax,
  };
}

/** The whole server against a bare uWebSockets.js handler: CPU per small request, and the wait for an acknowledgement. */

import { measure } from '../scenarios/measure.ts';
import { scenarioByName } from '../scenarios/scenario.ts';
import { openBareStand, openStand, type Stand } from '../scenarios/stand.ts';
import { median } from './ratio.ts';

export interface ServerGuard {
  /** Requests per CPU second of ours over the bare handler's. */
  readonly cpuRatio: number;
  readonly requestsPerCpuSecond: number;
  /** p99 of the bare handler over ours, at the same rate. */
  readonly latencyRatio: number;
  readonly p99Ms: number;
}

const ONE_RECORD = 'logs_1_protobuf_to_blackhole';
/**
 * Load before the first figure. The compiler's threads took 19 % of the server's CPU after 4 s of load, 10 % after 10 s
 * and 5 % after 15 s (perf, busy machine): a shorter warm-up measures the compiler, this one still a part of it.
 */
const WARM_UP_MS = 15_000;
const RUN_MS = 4000;
const ROUNDS = 3;
const OPEN_CONNECTIONS = 64;
/** Of what the server takes when it is saturated: latency is for a server that has time. */
const LOAD_SHARE = 0.3;

/** Runs both servers side by side, measured in turn; medians of three rounds. */
export async function guardServer(): Promise<ServerGuard> {
  const scenario = scenarioByName(ONE_RECORD);
  const ours = await openStand(scenario);
  try {
    const bare = await openBareStand(scenario);
    try {
      return await compare(ours, bare, scenario.connections);
    } finally {
      await bare.close();
    }
  } finally {
    await ours.close();
  }
}

async function compare(ours: Stand, bare: Stand, connections: number): Promise<ServerGuard> {
  const closed = { mode: 'closed', ratePerSecond: 0, connections, durationMs: RUN_MS } as const;
  await measure(ours, { ...closed, durationMs: WARM_UP_MS });
  await measure(bare, { ...closed, durationMs: WARM_UP_MS / 4 }, true);
  const cpu: { ours: number; bare: number; rate: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const a = await measure(ours, closed);
    const b = await measure(bare, closed, true);
    cpu.push({ ours: a.requestsPerCpuSecond, bare: b.requestsPerCpuSecond, rate: a.requestsPerSecond });
  }
  const ratePerSecond = median(cpu.map(({ rate }) => rate)) * LOAD_SHARE;
  const open = { mode: 'open', ratePerSecond, connections: OPEN_CONNECTIONS, durationMs: RUN_MS } as const;
  const waits: { ours: number; bare: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const a = await measure(ours, open);
    const b = await measure(bare, open, true);
    waits.push({ ours: a.load.latency.p99, bare: b.load.latency.p99 });
  }
  return {
    cpuRatio: median(cpu.map((round) => round.ours / round.bare)),
    requestsPerCpuSecond: median(cpu.map((round) => round.ours)),
    latencyRatio: median(waits.map((round) => round.bare / round.ours)),
    p99Ms: median(waits.map((round) => round.ours)),
  };
}

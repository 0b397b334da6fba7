/** Twice what the server takes, most of it from one tenant: what becomes of the others. */

import { findCapacity, orderFor } from './capacity.ts';
import { type FaultStand, openFaultStand } from './stand.ts';
import type { Ending } from './tenant-load-child.ts';

export interface FairnessOptions {
  readonly durationMs: number;
  readonly rampStepMs: number;
}

export interface FairnessReport {
  /** Requests per second. */
  readonly capacity: number;
  /** Each of the others alone with a tenth of its rate: a server with nothing to do. */
  readonly idle: readonly Ending[];
  readonly greedy: Ending;
  readonly others: readonly Ending[];
}

const OTHERS = 9;
/** What the greedy tenant sends, as a multiple of what each other one sends. */
const GREED = 20;
/** Total load, as a multiple of capacity. */
const LOAD = 2;
const IDLE_SHARE = 0.1;
/** MODA_MAX_QUEUE_MS: with the default the flood would need more connections than a process may open. */
const QUEUE_MS_MAX = 1000;

/** Small batches and hooks, as agents send them while somebody waits. */
const FLEET = [
  { shape: { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 10 }, count: 60 },
  { shape: { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 }, count: 20 },
] as const;

export async function runFairness(options: FairnessOptions): Promise<FairnessReport> {
  const stand = await openFaultStand({
    settings: { MODA_MAX_QUEUE_MS: String(QUEUE_MS_MAX) },
    tenants: OTHERS + 1,
    fleet: FLEET,
  });
  try {
    return await starve(stand, options);
  } finally {
    await stand.close();
  }
}

async function starve(stand: FaultStand, { durationMs, rampStepMs }: FairnessOptions): Promise<FairnessReport> {
  const sustained = await findCapacity(stand, { firstRate: 200, stepMs: rampStepMs });
  const [first, ...rest] = stand.tenants;
  // What is taken while it is flooded: the flood itself, and who makes it, share the machine.
  const [flood] = await stand.sendApart([orderFor(first!, sustained * LOAD, rampStepMs * 2, QUEUE_MS_MAX + 800)]);
  const capacity = Math.min(sustained, flood!.acknowledged / flood!.seconds);
  const rate = (capacity * LOAD) / (OTHERS + GREED);
  const idle = await stand.send(rest.map((tenant) => orderFor(tenant, rate * IDLE_SHARE, durationMs)));
  const [[greedy], others] = await Promise.all([
    stand.sendApart([orderFor(first!, rate * GREED, durationMs, QUEUE_MS_MAX + 800)]),
    stand.send(rest.map((tenant) => orderFor(tenant, rate, durationMs))),
  ]);
  return { capacity, idle, greedy: greedy!, others };
}

/** Requests of the tenants that were accepted, the worst of them. */
export function worstShare(endings: readonly Ending[]): number {
  return Math.min(...endings.map(({ acknowledged, requests, unanswered }) => acknowledged / (requests + unanswered)));
}

/** The longest p99 of the tenants. */
export function worstP99(endings: readonly Ending[]): number {
  return Math.max(...endings.map(({ latency }) => latency.p99));
}

/** What does not hold whatever else the machine does. */
export function judgeShares({ greedy, others }: FairnessReport): string[] {
  const problems: string[] = [];
  for (const { statuses, unanswered } of [greedy, ...others]) {
    const foreign = Object.keys(statuses).filter((status) => !['200', '429', '503'].includes(status));
    if (foreign.length > 0 || unanswered > 0)
      problems.push(`answers ${JSON.stringify(statuses)}, ${unanswered} without`);
  }
  const share = worstShare(others);
  if (share < 0.99) problems.push(`one of the others has ${(share * 100).toFixed(2)} % accepted`);
  return problems;
}

/** The waits as well: for a machine that does nothing else. */
export function judgeFairWaits({ idle, others }: FairnessReport): string[] {
  const ratio = worstP99(others) / worstP99(idle);
  return ratio <= 3 ? [] : [`p99 of the others is ${ratio.toFixed(1)} times that of an idle server`];
}

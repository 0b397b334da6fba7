/** Twice what the server takes, most of it from one tenant: what becomes of the others. */

import { REQUEST_COST_BYTES } from '../../src/pool/fair-queue.ts';
import { findCapacity, orderFor } from './capacity.ts';
import { type FaultStand, openFaultStand, type StandOptions } from './stand.ts';
import type { Ending, TenantOrder } from './tenant-load-child.ts';

export interface FairnessOptions {
  readonly durationMs: number;
  readonly rampStepMs: number;
  readonly store: NonNullable<StandOptions['store']>;
}

export interface FairnessReport {
  /** Requests per second. */
  readonly capacity: number;
  /** Each of the others alone with a tenth of its rate: a server with nothing to do. */
  readonly idle: readonly Ending[];
  readonly greedy: Ending;
  readonly others: readonly Ending[];
  /** What was sent during the flood, as a multiple of what was taken. */
  readonly load: number;
}

const OTHERS = 9;
/** What the greedy tenant sends, as a multiple of what each other one sends. */
const GREED = 20;
/** Total load, as a multiple of capacity. */
const LOAD = 2;
const IDLE_SHARE = 0.1;
const LOAD_TOLERANCE = 0.25;
const ATTEMPTS_MAX = 4;
/** Waits are also told by spans of this length: what else the machine does hits some of them, a queue all. */
const SLICE_MS = 5000;
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
    store: options.store,
  });
  try {
    return await starve(stand, options);
  } finally {
    await stand.close();
  }
}

async function starve(stand: FaultStand, { durationMs, rampStepMs }: FairnessOptions): Promise<FairnessReport> {
  const rest = stand.tenants.slice(1);
  let capacity = await findCapacity(stand, { firstRate: 200, stepMs: rampStepMs });
  capacity *= LOAD / (await flood(stand, capacity, rampStepMs * 2)).load;
  const idleRate = rateOf(capacity) * IDLE_SHARE;
  const idle = await stand.send(rest.map((tenant) => sliced(orderFor(tenant, idleRate, durationMs))));
  // What is taken while it is flooded: the flood itself, and who makes it, share the machine, whose speed changes.
  for (let attempt = 1; ; attempt++) {
    const flooded = await flood(stand, capacity, durationMs);
    if (isTwice(flooded.load) || attempt === ATTEMPTS_MAX) return { capacity, idle, ...flooded };
    capacity *= LOAD / flooded.load;
  }
}

function sliced(order: TenantOrder): TenantOrder {
  return { ...order, sliceMs: SLICE_MS };
}

/** Of one of the others. */
function rateOf(capacity: number): number {
  return (capacity * LOAD) / (OTHERS + GREED);
}

async function flood(stand: FaultStand, capacity: number, durationMs: number) {
  const rate = rateOf(capacity);
  const [first, ...rest] = stand.tenants;
  const [[greedy], others] = await Promise.all([
    stand.sendApart([orderFor(first!, rate * GREED, durationMs, QUEUE_MS_MAX + 800)]),
    stand.send(rest.map((tenant) => sliced(orderFor(tenant, rate, durationMs)))),
  ]);
  const all = [greedy!, ...others];
  const sent = all.reduce((sum, { requests, seconds }) => sum + requests / seconds, 0);
  return { greedy: greedy!, others, load: sent / taken(all, stand.bodyBytes) };
}

/**
 * Requests per second that were taken, as whole ones of the fleet's mean size: of a flood the small ones, hooks, are taken
 * first, and would make the machine look faster than it is.
 */
function taken(endings: readonly Ending[], bodyBytes: number): number {
  const cost = ({ acknowledged, bodyBytes: bytes }: Ending): number => bytes + acknowledged * REQUEST_COST_BYTES;
  return endings.reduce((sum, ending) => sum + cost(ending) / (bodyBytes + REQUEST_COST_BYTES) / ending.seconds, 0);
}

/** Whether a load was as large as it was meant to be. */
function isTwice(load: number): boolean {
  return Math.abs(load - LOAD) < LOAD_TOLERANCE;
}

/** Requests of the tenants that were accepted, the worst of them. */
export function worstShare(endings: readonly Ending[]): number {
  return Math.min(...endings.map(({ acknowledged, requests, unanswered }) => acknowledged / (requests + unanswered)));
}

/** The longest p99 of the tenants. */
export function worstP99(endings: readonly Ending[]): number {
  return Math.max(...endings.map(({ latency }) => latency.p99));
}

/** The longest p99 of the tenants in each slice. */
export function slicesOf(endings: readonly Ending[]): number[] {
  const count = Math.min(...endings.map(({ slices = [] }) => slices.length));
  return Array.from({ length: count }, (_, index) => Math.max(...endings.map(({ slices = [] }) => slices[index]!.p99)));
}

/** What does not hold whatever else the machine does. */
export function judgeShares({ greedy, others, load }: FairnessReport): string[] {
  const problems = isTwice(load) ? [] : [`the load was ${load.toFixed(2)} times what was taken, not ${LOAD}`];
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

/**
 * What the server takes on this machine at this moment, found by an open loop whose rate rises: a closed loop would share
 * the cores in another way than the overload that follows.
 */

import type { FaultStand } from './stand.ts';
import { keyOf } from './stand.ts';
import type { Ending, TenantOrder } from './tenant-load-child.ts';

export interface RampOptions {
  readonly firstRate: number;
  readonly stepMs: number;
}

/** A rate is sustained when nearly everything is taken and waits are those of service, not of a queue. */
const ACCEPTED_SHARE = 0.99;
const WAIT_P90_MS = 250;
const DOUBLINGS_MAX = 12;
const HALVINGS = 2;

/** Requests per second that one tenant's steady load sustains. */
export async function findCapacity(stand: FaultStand, { firstRate, stepMs }: RampOptions): Promise<number> {
  const sustains = async (ratePerSecond: number): Promise<boolean> => {
    const [ending] = await stand.send([orderFor(stand.tenants[0]!, ratePerSecond, stepMs)]);
    return isSustained(ending!, ratePerSecond);
  };
  // The first run warms compiled code up.
  await stand.send([orderFor(stand.tenants[0]!, firstRate, stepMs)]);
  let low = firstRate / 2;
  let high = firstRate;
  for (let step = 0; step < DOUBLINGS_MAX && (await sustains(high)); step++) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (await sustains(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function isSustained({ requests, acknowledged, unanswered, latency, seconds }: Ending, rate: number): boolean {
  const isSent = requests / seconds > rate * 0.9;
  return isSent && unanswered === 0 && acknowledged / requests > ACCEPTED_SHARE && latency.p90 < WAIT_P90_MS;
}

/** Steady load of one tenant, with connections for every request that can be under way. */
export function orderFor(tenant: string, ratePerSecond: number, durationMs: number, waitMsMax = 2000): TenantOrder {
  const connections = Math.min(CONNECTIONS_MAX, Math.ceil(16 + ratePerSecond * (waitMsMax / 1000)));
  return { key: keyOf(tenant), ratePerSecond, durationMs, connections };
}

/** Each takes a file descriptor in both processes. */
const CONNECTIONS_MAX = 6000;

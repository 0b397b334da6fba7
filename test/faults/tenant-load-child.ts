/** The load generator of the fault stand: open loops for several tenants at once, each with a key and a rate of its own. */

import { Random } from '../../bench/fleet/random.ts';
import { type Body, Fleet } from '../../bench/fleet.ts';
import type { LoadResult } from '../../bench/load/load-result.ts';
import { openLoop } from '../../bench/load/open-loop.ts';
import { prepareRequest } from '../../bench/load/prepared-request.ts';
import type { FleetOrder } from '../../bench/scenarios/load-child.ts';
import { serveParent } from '../../bench/scenarios/serve-parent.ts';

export interface TenantOrder {
  readonly key: string;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Requests under way at most. */
  readonly connections: number;
  readonly sliceMs?: number;
}

export type Ending = LoadResult;

interface SendOrder {
  readonly port: number;
  readonly orders: readonly TenantOrder[];
}

/** More than any tenant sends in one run; all runs together stay below the eight digits of a stamp. */
const STAMPS_PER_ORDER = 400_000;
let stampsGiven = 0;
let bodies: Body[] = [];

async function answer(name: string, content: unknown): Promise<unknown> {
  return name === 'fleet' ? makeFleet(content as FleetOrder) : send(content as SendOrder);
}

/** Makes the bodies, kinds mixed as a fleet sends them, and answers with their mean length in bytes. */
function makeFleet({ seed, parts }: FleetOrder): number {
  const fleet = new Fleet(seed);
  const random = new Random(seed);
  bodies = parts
    .flatMap(({ shape, count }) => fleet.bodies(shape, count))
    .map((body) => ({ body, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ body }) => body);
  return bodies.reduce((bytes, body) => bytes + body.bytes.length, 0) / bodies.length;
}

function send({ port, orders }: SendOrder): Promise<Ending[]> {
  return Promise.all(
    orders.map(({ key, ...order }, index) => {
      // Buffers of its own: the stamps are written into them.
      const requests = bodies.map((body) => prepareRequest(body, `127.0.0.1:${port}`, key));
      const firstStamp = stampsGiven;
      stampsGiven += STAMPS_PER_ORDER;
      return openLoop({ ...order, port, requests, seed: index + 1, firstStamp });
    }),
  );
}

serveParent({ port: 0 }, { answer, stop: async () => undefined });

/** The load generator's process: makes its fleet when asked, then sends. */

import { type Body, type BodyShape, Fleet } from '../fleet.ts';
import { closedLoop } from '../load/closed-loop.ts';
import type { LoadResult } from '../load/load-result.ts';
import { openLoop } from '../load/open-loop.ts';
import { type Paths, prepareRequest } from '../load/prepared-request.ts';
import { stampedLoop } from '../load/stamped-loop.ts';
import { serveParent } from './serve-parent.ts';

export interface LoadOrder {
  readonly port: number;
  readonly key: string;
  /** `closed` is autocannon, `stamped` a closed loop of requests that are all different. */
  readonly mode: 'open' | 'closed' | 'stamped';
  /** Open loop only. */
  readonly ratePerSecond: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly paths?: Paths;
}

export interface FleetOrder {
  readonly seed: number;
  /** Shapes and how many bodies of each; they are sent mixed. */
  readonly parts: readonly { readonly shape: BodyShape; readonly count: number }[];
}

/** More than any run sends. */
const STAMPS_PER_RUN = 1_000_000;
let stampsGiven = 0;
let bodies: Body[] = [];

async function answer(name: string, content: unknown): Promise<unknown> {
  return name === 'fleet' ? makeFleet(content as FleetOrder) : load(content as LoadOrder);
}

function makeFleet({ seed, parts }: FleetOrder): number {
  const fleet = new Fleet(seed);
  const lists = parts.map(({ shape, count }) => fleet.bodies(shape, count));
  bodies = [];
  // Turn by turn, so that every stretch of the run has the whole mix.
  const longest = Math.max(...lists.map((list) => list.length));
  for (let turn = 0; turn < longest; turn++) {
    for (const list of lists) {
      const body = list[turn];
      if (body !== undefined) bodies.push(body);
    }
  }
  return bodies.length;
}

function load(order: LoadOrder): Promise<LoadResult> {
  const { port, key, connections, durationMs } = order;
  if (order.mode === 'closed') return closedLoop({ port, bodies, connections, durationMs, key });
  const requests = bodies.map((body) => prepareRequest(body, `127.0.0.1:${port}`, key, order.paths));
  const firstStamp = stampsGiven;
  stampsGiven += STAMPS_PER_RUN;
  if (order.mode === 'stamped') return stampedLoop({ port, requests, connections, durationMs, firstStamp });
  return openLoop({ port, requests, ratePerSecond: order.ratePerSecond, durationMs, connections, seed: 5, firstStamp });
}

serveParent({ port: 0 }, { answer, stop: async () => undefined });

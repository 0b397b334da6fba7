/**
 * Fairness in virtual time: the real queue and task size, two workers of fixed speed with two tasks outstanding each,
 * arrivals at twice their capacity. Nothing here depends on how fast the machine is.
 */

import { describe, expect, it } from 'vitest';
import { FairQueue, REQUEST_COST_BYTES, type Waiting } from '../../../src/pool/fair-queue.ts';
import { TaskSize } from '../../../src/pool/task-size.ts';

const WORKERS = 2;
const TASKS_PER_WORKER = 2;
/** One worker: about 100 MB/s and 40 µs for each hand-over. */
const BYTES_PER_MS = 100_000;
const HAND_OVER_MS = 0.04;
const QUEUE_MS_MAX = 5000;
const BODY_BYTES = 10_000;

interface Arrival extends Waiting {
  readonly atMs: number;
}

interface Outcome {
  readonly accepted: number;
  /** After it had waited. */
  readonly refused: number;
  /** On arrival. */
  readonly turnedAway: number;
  /** From arrival to the end of its task, 99 of 100. */
  readonly p99Ms: number;
}

/** Evenly spaced arrivals of one tenant, shifted so that tenants do not march in step. */
function arrivalsOf(tenantId: string, perMs: number, untilMs: number, isHook = false): Arrival[] {
  const shift = tenantId.length / 7 + tenantId.charCodeAt(tenantId.length - 1) / 13;
  return Array.from({ length: Math.floor(perMs * untilMs) }, (_, index) => {
    const atMs = index / perMs + shift;
    return { tenantId, isHook, bodyBytes: BODY_BYTES, enqueuedAtMs: atMs, atMs };
  });
}

function simulate(arrivals: readonly Arrival[], queueMsMax = QUEUE_MS_MAX): Map<string, Outcome> {
  const queue = new FairQueue<Arrival>(queueMsMax);
  const size = new TaskSize({ requestsMax: 64, bytesMax: 1024 * 1024 });
  const sorted = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const workers = Array.from({ length: WORKERS }, () => ({ freeAtMs: 0, endsMs: [] as number[] }));
  const waits = new Map<string, number[]>();
  const refused = new Map<string, number>();
  const turnedAway = new Map<string, number>();
  const waitsOf = (tenantId: string): number[] => {
    const own = waits.get(tenantId) ?? [];
    waits.set(tenantId, own);
    return own;
  };
  let next = 0;
  let nowMs = 0;
  const hasRoom = (worker: (typeof workers)[number]): boolean => worker.endsMs.length < TASKS_PER_WORKER;
  while (next < sorted.length || queue.size > 0) {
    const wakeMs = Math.min(sorted[next]?.atMs ?? Infinity, ...workers.flatMap((worker) => worker.endsMs));
    nowMs = Math.max(nowMs, wakeMs);
    for (; next < sorted.length && sorted[next]!.atMs <= nowMs; next += 1) {
      const arrival = sorted[next]!;
      const { tenantId } = arrival;
      if (!queue.wouldTimeOut(tenantId, arrival.isHook, nowMs)) queue.push(arrival);
      else turnedAway.set(tenantId, (turnedAway.get(tenantId) ?? 0) + 1);
    }
    for (const worker of workers) worker.endsMs = worker.endsMs.filter((endMs) => endMs > nowMs);
    for (const late of queue.expire(nowMs)) {
      refused.set(late.tenantId, (refused.get(late.tenantId) ?? 0) + 1);
    }
    for (const worker of [...workers].sort((a, b) => a.endsMs.length - b.endsMs.length)) {
      while (hasRoom(worker)) {
        const batch = queue.take(size.limits, nowMs);
        if (batch.length === 0) break;
        const bytes = batch.length * BODY_BYTES;
        const busyMs = HAND_OVER_MS + (bytes + batch.length * REQUEST_COST_BYTES) / BYTES_PER_MS;
        const endMs = Math.max(nowMs, worker.freeAtMs) + busyMs;
        worker.freeAtMs = endMs;
        worker.endsMs.push(endMs);
        size.measured(batch.length, bytes, busyMs);
        for (const { tenantId, atMs } of batch) waitsOf(tenantId).push(endMs - atMs);
      }
    }
  }
  return new Map(
    [...new Set(arrivals.map(({ tenantId }) => tenantId))].map((tenantId) => {
      const own = (waits.get(tenantId) ?? []).sort((a, b) => a - b);
      const p99Ms = own[Math.floor(own.length * 0.99)] ?? Infinity;
      const counts = { refused: refused.get(tenantId) ?? 0, turnedAway: turnedAway.get(tenantId) ?? 0 };
      return [tenantId, { accepted: own.length, ...counts, p99Ms }];
    }),
  );
}

const CAPACITY_PER_MS = (WORKERS * BYTES_PER_MS) / (BODY_BYTES + REQUEST_COST_BYTES);

const others = Array.from({ length: 9 }, (_, index) => `tenant-${index}`);

describe('one tenant that sends 20 times what each of nine others sends, at twice the capacity', () => {
  const perMs = (2 * CAPACITY_PER_MS) / 29;
  const quiet = others.flatMap((tenantId) => arrivalsOf(tenantId, perMs, 500));

  it('leaves each of the nine all of its requests and a p99 near that of an idle server', () => {
    const idle = simulate(quiet);
    const busy = simulate([...quiet, ...arrivalsOf('flood', 20 * perMs, 500)]);
    for (const tenantId of others) {
      const { accepted, refused, p99Ms } = busy.get(tenantId)!;
      expect(refused).toBe(0);
      expect(accepted).toBe(idle.get(tenantId)?.accepted);
      // Two tasks of about 4 ms are before it, and its own.
      expect(p99Ms).toBeLessThan(14);
    }
    expect(busy.get('flood')?.p99Ms).toBeGreaterThan(100);
  });

  it('keeps their p99 also when the flood is of hooks', () => {
    const busy = simulate([...quiet, ...arrivalsOf('flood', 20 * perMs, 500, true)]);
    for (const tenantId of others) {
      expect(busy.get(tenantId)?.refused).toBe(0);
      expect(busy.get(tenantId)?.p99Ms).toBeLessThan(12);
    }
  });

  it('uses the whole capacity for the flood when nobody else is there', () => {
    const perMsAlone = 0.95 * CAPACITY_PER_MS;
    const alone = simulate(arrivalsOf('flood', perMsAlone, 500)).get('flood')!;
    expect(alone.refused).toBe(0);
    expect(alone.p99Ms).toBeLessThan(20);
  });
});

describe('a flood that lasts longer than a request may wait', () => {
  const queueMsMax = 100;

  it('is turned away on arrival, and what is let in is taken in time', () => {
    const flood = arrivalsOf('flood', 3 * CAPACITY_PER_MS, 1000);
    const { accepted, refused, turnedAway, p99Ms } = simulate(flood, queueMsMax).get('flood')!;
    expect(accepted + refused + turnedAway).toBe(flood.length);
    // All that the workers can do is done.
    expect(accepted).toBeGreaterThan(0.95 * CAPACITY_PER_MS * 1000);
    expect(turnedAway).toBeGreaterThan(0.9 * (flood.length - accepted));
    expect(p99Ms).toBeLessThan(queueMsMax + 10);
  });

  it('is let in again as soon as there is room', () => {
    const flood = arrivalsOf('flood', 3 * CAPACITY_PER_MS, 500);
    const after = arrivalsOf('flood', 0.5 * CAPACITY_PER_MS, 500).map((arrival) => {
      return { ...arrival, atMs: arrival.atMs + 700, enqueuedAtMs: arrival.enqueuedAtMs + 700 };
    });
    const alone = simulate(flood, queueMsMax).get('flood')!;
    const both = simulate([...flood, ...after], queueMsMax).get('flood')!;
    expect(both.accepted - alone.accepted).toBe(after.length);
  });

  it('does not turn a burst away that is worked off in time', () => {
    const burst = Array.from({ length: Math.floor(0.7 * queueMsMax * CAPACITY_PER_MS) }, () => 0);
    const arrivals = burst.map(() => ({ ...arrivalsOf('burst', 1, 1)[0]!, atMs: 5, enqueuedAtMs: 5 }));
    const { accepted } = simulate(arrivals, queueMsMax).get('burst')!;
    expect(accepted).toBe(arrivals.length);
  });

  it('shares equally among floods', () => {
    const floods = ['flood-a', 'flood-b', 'flood-c'];
    const arrivals = floods.flatMap((tenantId, index) => arrivalsOf(tenantId, (index + 1) * CAPACITY_PER_MS, 2000));
    const result = simulate(arrivals, queueMsMax);
    const accepted = floods.map((tenantId) => result.get(tenantId)!.accepted);
    expect(Math.min(...accepted)).toBeGreaterThan(0.9 * Math.max(...accepted));
  });

  it('treats tenants alike that all send a little more than their share, also when one began with a burst', () => {
    const perMs = 0.21 * CAPACITY_PER_MS;
    const five = others.slice(0, 5);
    const burst = Array.from({ length: 300 }, () => arrivalsOf(five[0]!, 1, 1)[0]!);
    const result = simulate([...burst, ...five.flatMap((tenantId) => arrivalsOf(tenantId, perMs, 4000))], queueMsMax);
    const accepted = five.map((tenantId) => result.get(tenantId)!.accepted);
    expect(Math.min(...accepted)).toBeGreaterThan(0.95 * Math.max(...accepted));
  });

  it('is turned away on arrival also where its share is what others leave', () => {
    const quiet = others.flatMap((tenantId) => arrivalsOf(tenantId, 0.09 * CAPACITY_PER_MS, 2000));
    const result = simulate([...quiet, ...arrivalsOf('flood', 2 * CAPACITY_PER_MS, 2000)], queueMsMax);
    const { accepted, refused, turnedAway } = result.get('flood')!;
    expect(turnedAway).toBeGreaterThan(5 * refused);
    expect(accepted).toBeGreaterThan(0.15 * CAPACITY_PER_MS * 2000);
  });

  it('takes nothing from a tenant beside it', () => {
    const quiet = arrivalsOf('quiet', 0.2 * CAPACITY_PER_MS, 1000);
    const result = simulate([...quiet, ...arrivalsOf('flood', 3 * CAPACITY_PER_MS, 1000)], queueMsMax);
    expect(result.get('quiet')).toMatchObject({ accepted: quiet.length, refused: 0, turnedAway: 0 });
  });
});

describe('a line of which little is known', () => {
  const item = (enqueuedAtMs: number) => ({ tenantId: 'one', isHook: false, bodyBytes: 100_000, enqueuedAtMs });
  const limits = { requestsMax: 1, bytesMax: 1 };

  it('is joined while nothing is taken from any line: a stall is nobody’s fault', () => {
    const queue = new FairQueue<Waiting>(1000);
    for (let index = 0; index < 10; index++) queue.push(item(0));
    expect(queue.wouldTimeOut('one', false, 900)).toBe(false);
    // 300 ms for two of ten: the next would wait for over a second.
    for (const takenAtMs of [300, 310]) queue.take(limits, takenAtMs);
    expect(queue.wouldTimeOut('one', false, 311)).toBe(true);
    expect(queue.wouldTimeOut('one', true, 311)).toBe(false);
    expect(queue.wouldTimeOut('another', false, 311)).toBe(false);
  });

  it('is joined when it is short', () => {
    const queue = new FairQueue<Waiting>(1000);
    for (let index = 0; index < 3; index++) queue.push(item(0));
    for (const takenAtMs of [800, 801]) queue.take(limits, takenAtMs);
    expect(queue.wouldTimeOut('one', false, 802)).toBe(false);
  });

  it('has not come forward by what ran out of time', () => {
    const queue = new FairQueue<Waiting>(1000);
    for (let index = 0; index < 50; index++) queue.push(item(0));
    for (let index = 0; index < 4; index++) queue.push(item(500));
    queue.take(limits, 900);
    expect(queue.expire(1001)).toHaveLength(49);
    // One of fifty went in 500 ms: four more wait for two seconds.
    expect(queue.wouldTimeOut('one', false, 1001)).toBe(true);
  });
});

describe('TaskSize', () => {
  const settings = { requestsMax: 64, bytesMax: 1024 * 1024 };

  it('starts with the settings and comes down to what a worker does in about 4 ms', () => {
    const size = new TaskSize(settings);
    expect(size.limits).toEqual(settings);
    for (let index = 0; index < 100; index += 1) size.measured(10, 90_000, 1);
    expect(size.limits.bytesMax / 4).toBeCloseTo(90_000 + 10 * REQUEST_COST_BYTES, -2);
  });

  it('stays between a few ordinary bodies and the settings', () => {
    const slow = new TaskSize(settings);
    slow.measured(1, 10, 1000);
    expect(slow.limits.bytesMax).toBe(128 * 1024);
    const fast = new TaskSize(settings);
    fast.measured(64, 1_000_000, 0.01);
    expect(fast.limits.bytesMax).toBe(settings.bytesMax);
  });
});

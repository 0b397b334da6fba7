import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALONE_BYTES, FairQueue, type Waiting } from '../../../src/pool/fair-queue.ts';

interface Item extends Waiting {
  readonly id: number;
}

let nextId = 0;
function item(tenantId: string, bodyBytes: number, isHook = false, enqueuedAtMs = 0): Item {
  nextId += 1;
  return { tenantId, bodyBytes, isHook, enqueuedAtMs, id: nextId };
}

const WAIT_MS_MAX = 1000;
const ONE_BY_ONE = { requestsMax: 1, bytesMax: 1 };

function takeTenants(queue: FairQueue<Item>, count: number): string[] {
  return Array.from({ length: count }, () => queue.take(ONE_BY_ONE, 0)[0]?.tenantId ?? 'none');
}

describe('FairQueue', () => {
  it('serves a small tenant within one share of a flood, however long the flood has waited', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    for (let index = 0; index < 1000; index += 1) queue.push(item('flood', 10_000));
    queue.take(ONE_BY_ONE, 0);
    queue.push(item('small', 10_000));
    // A share is 16 kB: two more bodies of the flood at most come before.
    expect(takeTenants(queue, 7)).toContain('small');
  });

  it('gives two flooding tenants equal bytes although one sends bodies twenty times as large', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    for (let index = 0; index < 4000; index += 1) queue.push(item('crumbs', 5_000));
    for (let index = 0; index < 200; index += 1) queue.push(item('chunks', 100_000));
    const served = new Map<string, number>();
    for (let index = 0; index < 500; index += 1) {
      const [taken] = queue.take(ONE_BY_ONE, 0);
      served.set(taken!.tenantId, (served.get(taken!.tenantId) ?? 0) + taken!.bodyBytes);
    }
    const ratio = served.get('crumbs')! / served.get('chunks')!;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  it('serves hooks before telemetry of the same round', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    queue.push(item('a', 1000));
    queue.push(item('b', 1000));
    queue.push(item('b', 1000, true));
    queue.push(item('c', 1000, true));
    const hooks = queue.take({ requestsMax: 2, bytesMax: 1e6 }, 0);
    expect(hooks.map((taken) => taken.isHook)).toEqual([true, true]);
  });

  it('does not let a flood of hooks starve telemetry of another tenant', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    for (let index = 0; index < 1000; index += 1) queue.push(item('hooks', 10_000, true));
    queue.push(item('logs', 10_000));
    expect(takeTenants(queue, 8)).toContain('logs');
  });

  it('earns a tenant no second share of a round by leaving and coming back', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    for (let index = 0; index < 1000; index += 1) queue.push(item('steady', 10_000));
    let pingPong = 0;
    let steady = 0;
    queue.push(item('ping-pong', 10_000, true));
    for (let index = 0; index < 200; index += 1) {
      const [taken] = queue.take(ONE_BY_ONE, 0);
      if (taken!.tenantId === 'steady') steady += 1;
      else {
        pingPong += 1;
        queue.push(item('ping-pong', 10_000, true));
      }
    }
    expect(pingPong).toBeLessThanOrEqual(steady + 12);
  });

  it('gives a tenant with hooks and others one share, not two', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    for (let index = 0; index < 400; index++) {
      queue.push(item('both', 20_000, index % 2 === 0));
      queue.push(item('one', 20_000));
    }
    const served = { both: 0, one: 0 };
    for (let index = 0; index < 400; index++) {
      for (const { tenantId, bodyBytes } of queue.take(ONE_BY_ONE, 0)) served[tenantId as 'both' | 'one'] += bodyBytes;
      // A share is 16 KiB; a body of 20 kB is paid from two of them.
      expect(Math.abs(served.both - served.one)).toBeLessThanOrEqual(40_000);
    }
  });

  it('sends a body over 256 kB alone and those around it together', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    queue.push(item('a', 100));
    queue.push(item('a', ALONE_BYTES + 1));
    queue.push(item('a', 100));
    const limits = { requestsMax: 64, bytesMax: 1024 * 1024 };
    expect(queue.take(limits, 0).map((taken) => taken.bodyBytes)).toEqual([100]);
    expect(queue.take(limits, 0).map((taken) => taken.bodyBytes)).toEqual([ALONE_BYTES + 1]);
    expect(queue.take(limits, 0).map((taken) => taken.bodyBytes)).toEqual([100]);
    expect(queue.take(limits, 0)).toEqual([]);
  });

  it('takes a body that is larger than the limit of a task', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    queue.push(item('a', 20 * 1024 * 1024));
    expect(queue.take({ requestsMax: 64, bytesMax: 1024 }, 0)).toHaveLength(1);
  });

  it('expires the oldest of every tenant and lane, and only those', () => {
    const queue = new FairQueue<Item>(WAIT_MS_MAX);
    queue.push(item('a', 10, false, 0));
    queue.push(item('a', 10, true, 5));
    queue.push(item('b', 10, false, 9));
    queue.push(item('b', 10, false, 10));
    expect(queue.expire(10 + WAIT_MS_MAX).map((taken) => taken.enqueuedAtMs)).toEqual([5, 0, 9]);
    expect(queue.size).toBe(1);
    expect(queue.take({ requestsMax: 9, bytesMax: 1e6 }, 0).map((taken) => taken.enqueuedAtMs)).toEqual([10]);
  });
});

const arrival = fc.record({
  tenant: fc.integer({ min: 0, max: 5 }),
  bytes: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 2_000_000 })),
  isHook: fc.boolean(),
});
const step = fc.oneof(
  { weight: 3, arbitrary: arrival.map((value) => ({ kind: 'push' as const, ...value })) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('take' as const), requestsMax: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), age: fc.integer({ min: 0, max: 50 }) }) },
);

describe('FairQueue, any order of arrivals, tasks and expiry', () => {
  it('hands out every request exactly once, in the order of its tenant and lane, within the limits of a task', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new FairQueue<Item>(WAIT_MS_MAX);
        const waiting = new Map<string, Item[]>();
        const laneOf = (entry: Item): string => `${entry.tenantId}/${entry.isHook}`;
        const leave = (entry: Item): void => {
          expect(waiting.get(laneOf(entry))?.shift()).toBe(entry);
        };
        let now = 0;
        for (const action of steps) {
          now += 1;
          if (action.kind === 'push') {
            const entry = item(`t${action.tenant}`, action.bytes, action.isHook, now);
            queue.push(entry);
            waiting.set(laneOf(entry), [...(waiting.get(laneOf(entry)) ?? []), entry]);
          } else if (action.kind === 'take') {
            const before = queue.size;
            const batch = queue.take({ requestsMax: action.requestsMax, bytesMax: 100_000 }, 0);
            expect(batch.length).toBeLessThanOrEqual(action.requestsMax);
            if (before > 0) expect(batch.length).toBeGreaterThan(0);
            const cost = batch.reduce((sum, entry) => sum + entry.bodyBytes + 1024, 0);
            if (batch.length > 1) expect(cost).toBeLessThanOrEqual(100_000);
            batch.forEach(leave);
          } else {
            queue.expire(now - action.age + WAIT_MS_MAX).forEach(leave);
          }
          const left = [...waiting.values()].flat();
          expect(queue.size).toBe(left.length);
          expect(queue.bytes).toBe(left.reduce((sum, entry) => sum + entry.bodyBytes, 0));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what two ever-waiting tenants have been served within one share and one body of each other', () => {
    const size = fc.integer({ min: 1, max: 400_000 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 20, maxLength: 60 }),
        fc.array(size, { minLength: 20, maxLength: 60 }),
        (a, b) => {
          const queue = new FairQueue<Item>(WAIT_MS_MAX);
          for (const bytes of a) queue.push(item('a', bytes));
          for (const bytes of b) queue.push(item('b', bytes));
          const left = { a: a.length, b: b.length };
          const served = { a: 0, b: 0 };
          while (left.a > 0 && left.b > 0) {
            const [taken] = queue.take(ONE_BY_ONE, 0);
            const tenant = taken!.tenantId as 'a' | 'b';
            left[tenant] -= 1;
            served[tenant] += taken!.bodyBytes + 1024;
            // Deficits lie between 0 and a share plus the largest head; rounds give both the same.
            expect(Math.abs(served.a - served.b)).toBeLessThanOrEqual(2 * 64 * 1024 + 2 * 402_000);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget, REQUEST_OVERHEAD_BYTES } from '../../../src/admission/byte-budget.ts';
import { bodyEncodingOf, bodyTypeOf } from '../../../src/admission/content.ts';
import type { Identity } from '../../../src/admission/keyring.ts';
import { RateLimits } from '../../../src/admission/rate-limits.ts';

function identity(tenantId: string, own: Partial<Identity> = {}): Identity {
  return {
    tenantId,
    keyName: 'n',
    expiresAtMs: undefined,
    requestsPerSecond: undefined,
    bytesPerSecond: undefined,
    ...own,
  };
}

describe('ByteBudget', () => {
  it('takes the largest body although that is all of it, and no byte more', () => {
    const budget = new ByteBudget(1000, 1000);
    const all = 1000 + REQUEST_OVERHEAD_BYTES;
    expect(budget.acquire('a', all)).toBeUndefined();
    expect(budget.acquire('a', 1)).toBe('SERVER_FULL');
    budget.release('a', all);
    expect(budget.bytes).toBe(0);
  });

  it('beyond half holds each of several tenants to an equal share', () => {
    const budget = new ByteBudget(100_000 - REQUEST_OVERHEAD_BYTES, 50_000);
    expect(budget.acquire('a', 49_000)).toBeUndefined();
    expect(budget.acquire('b', 1_000)).toBeUndefined();
    expect(budget.acquire('a', 2_000)).toBe('TENANT_OVER_SHARE');
    expect(budget.acquire('b', 40_000)).toBeUndefined();
    expect(budget.acquire('c', 20_000)).toBe('SERVER_FULL');
  });

  it('lets one tenant alone use all but a sixteenth, which is for those that hold little', () => {
    const budget = new ByteBudget(160_000 - REQUEST_OVERHEAD_BYTES, 50_000);
    expect(budget.acquire('a', 150_000)).toBeUndefined();
    expect(budget.acquire('a', 1)).toBe('SERVER_FULL');
    expect(budget.acquire('b', 4000)).toBeUndefined();
    expect(budget.acquire('a', 1)).toBe('TENANT_OVER_SHARE');
    // What it would hold is more than what it would leave.
    expect(budget.acquire('b', 2000)).toBe('SERVER_FULL');
    expect(budget.acquire('c', 3000)).toBeUndefined();
    budget.release('a', 150_000);
    expect(budget.acquire('b', 50_000)).toBeUndefined();
  });

  it('takes a largest body that comes in pieces, beside the reserve', () => {
    for (const bytesMax of [50_000, 51_000, 160_000]) {
      const budget = new ByteBudget(bytesMax, 50_000);
      expect(budget.acquire('a', REQUEST_OVERHEAD_BYTES)).toBeUndefined();
      for (let piece = 0; piece < 50; piece += 1) expect(budget.acquire('a', 1000)).toBeUndefined();
    }
  });

  it('is free for all up to half of it, and counts a tenant no longer that gave all back', () => {
    const bytesMax = 100_000 - REQUEST_OVERHEAD_BYTES;
    // A body may take all of it: nothing is left to reserve.
    const budget = new ByteBudget(bytesMax, bytesMax);
    for (const tenant of ['a', 'b', 'c', 'd']) expect(budget.acquire(tenant, 1)).toBeUndefined();
    expect(budget.acquire('a', 49_996)).toBeUndefined();
    expect(budget.bytes).toBe(50_000);
    expect(budget.acquire('a', 1)).toBe('TENANT_OVER_SHARE');
    for (const tenant of ['b', 'c', 'd']) budget.release(tenant, 1);
    expect(budget.acquire('a', 50_003)).toBeUndefined();
    expect(budget.bytes).toBe(100_000);
  });

  it('never exceeds its bound and ends at 0 when all is given back', () => {
    const operations = fc.array(
      fc.record({
        tenant: fc.integer({ min: 0, max: 4 }),
        bytes: fc.integer({ min: 1, max: 400 }),
        isBack: fc.boolean(),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(operations, (steps) => {
        const budget = new ByteBudget(1000, 400);
        const held: [string, number][] = [];
        for (const { tenant, bytes, isBack } of steps) {
          if (isBack && held.length > 0) budget.release(...held.shift()!);
          else if (budget.acquire(`t${tenant}`, bytes) === undefined) held.push([`t${tenant}`, bytes]);
          expect(budget.bytes).toBe(held.reduce((sum, [, count]) => sum + count, 0));
          expect(budget.bytes).toBeLessThanOrEqual(1000 + REQUEST_OVERHEAD_BYTES);
        }
        for (const taken of held) budget.release(...taken);
        expect(budget.bytes).toBe(0);
      }),
    );
  });
});

describe('RateLimits', () => {
  it('is off without limits', () => {
    const rates = new RateLimits({ requestsPerSecond: undefined, bytesPerSecond: undefined });
    for (let index = 0; index < 1000; index += 1) expect(rates.admit(identity('a'))).toBe(0);
  });

  it('lets in the requests of a second at once and then one by one', () => {
    let now = 0;
    const rates = new RateLimits({ requestsPerSecond: 4, bytesPerSecond: undefined, now: () => now });
    const admitted = (): number =>
      Array.from({ length: 10 }, () => rates.admit(identity('a'))).filter((wait) => wait === 0).length;
    expect(admitted()).toBe(4);
    now = 250;
    expect(admitted()).toBe(1);
    now = 10_000;
    expect(admitted()).toBe(4);
    expect(rates.admit(identity('b'))).toBe(0);
  });

  it('says after how many seconds a debt of bytes is paid', () => {
    let now = 0;
    const rates = new RateLimits({ requestsPerSecond: undefined, bytesPerSecond: 100, now: () => now });
    expect(rates.admit(identity('a'))).toBe(0);
    rates.charge(identity('a'), 1100);
    expect(rates.admit(identity('a'))).toBe(10);
    now = 10_100;
    expect(rates.admit(identity('a'))).toBe(0);
  });

  it('saves up no more than a second’s worth of bytes', () => {
    let now = 0;
    const rates = new RateLimits({ requestsPerSecond: undefined, bytesPerSecond: 100, now: () => now });
    expect(rates.admit(identity('a'))).toBe(0);
    now = 60_000;
    rates.charge(identity('a'), 300);
    expect(rates.admit(identity('a'))).toBe(2);
    now += 1999;
    expect(rates.admit(identity('a'))).toBe(1);
    now += 2;
    expect(rates.admit(identity('a'))).toBe(0);
    expect(rates.admit(identity('b'))).toBe(0);
  });

  it('keeps the keys of one tenant apart only where they have limits of their own', () => {
    const rates = new RateLimits({ requestsPerSecond: 1, bytesPerSecond: undefined, now: () => 0 });
    const ofKey = (keyName: string, own: Partial<Identity> = {}): number =>
      rates.admit(identity('a', { keyName, ...own }));
    expect([ofKey('x'), ofKey('y')]).toEqual([0, 1]);
    const own = { bytesPerSecond: 10 };
    expect([ofKey('x', own), ofKey('y', own), ofKey('y', own)]).toEqual([0, 0, 1]);
  });

  it('does not go back when the clock does', () => {
    let now = 10_000;
    const rates = new RateLimits({ requestsPerSecond: 1, bytesPerSecond: undefined, now: () => now });
    expect(rates.admit(identity('a'))).toBe(0);
    now = 0;
    expect(rates.admit(identity('a'))).toBe(1);
    now = 1000;
    expect(rates.admit(identity('a'))).toBe(0);
  });

  it('holds a key with limits of its own to those', () => {
    const rates = new RateLimits({ requestsPerSecond: 1, bytesPerSecond: undefined, now: () => 0 });
    const own = identity('a', { requestsPerSecond: 3 });
    expect([1, 2, 3, 4].map(() => rates.admit(own) === 0)).toEqual([true, true, true, false]);
    expect(rates.admit(identity('a'))).toBe(0);
  });

  it('holds nothing that was sent before against a key that gains a limit', () => {
    const rates = new RateLimits({ requestsPerSecond: undefined, bytesPerSecond: undefined, now: () => 0 });
    for (let index = 0; index < 10_000; index += 1) rates.admit(identity('a', { bytesPerSecond: 1000 }));
    const limited = identity('a', { bytesPerSecond: 1000, requestsPerSecond: 10 });
    expect([rates.admit(limited), rates.admit(limited)]).toEqual([0, 1]);
  });

  it('lets a rate below one request per second through now and then', () => {
    let now = 0;
    const rates = new RateLimits({ requestsPerSecond: 0.5, bytesPerSecond: undefined, now: () => now });
    expect(rates.admit(identity('a'))).toBe(0);
    expect(rates.admit(identity('a'))).toBe(2);
    now = 2000;
    expect(rates.admit(identity('a'))).toBe(0);
  });
});

describe('content', () => {
  it.each([
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/x-protobuf', 'protobuf'],
    ['application/x-protobuf;messageType="x"', 'protobuf'],
    ['application/jsonl', undefined],
    ['text/plain', undefined],
    ['', undefined],
  ])('reads the type %j as %s', (text, type) => {
    expect(bodyTypeOf(text)).toBe(type);
  });

  it.each([
    ['', 'identity'],
    ['identity', 'identity'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['zstd', 'zstd'],
    ['br', undefined],
    ['gzip, gzip', undefined],
  ])('reads the coding %j as %s', (text, encoding) => {
    expect(bodyEncodingOf(text)).toBe(encoding);
  });
});

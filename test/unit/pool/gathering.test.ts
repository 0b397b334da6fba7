import { describe, expect, it } from 'vitest';
import { fillsTask, Gathering } from '../../../src/pool/gathering.ts';

/** Requests at a fixed rate; returns the clock at the last one. */
function arrive(gathering: Gathering, fromMs: number, perSecond: number, count: number): number {
  let nowMs = fromMs;
  for (let index = 0; index < count; index++) {
    nowMs += 1000 / perSecond;
    gathering.arrived(nowMs);
  }
  return nowMs;
}

describe('Gathering', () => {
  it('sends on at once what comes alone, also in a short burst', () => {
    const gathering = new Gathering();
    expect(gathering.waitMs).toBe(0);
    const nowMs = arrive(gathering, 1000, 100, 500);
    expect(gathering.waitMs).toBe(0);
    arrive(gathering, nowMs, 100_000, 5);
    expect(gathering.waitMs).toBe(0);
  });

  it('waits for company under load, and no longer when the load has gone', () => {
    const gathering = new Gathering();
    const nowMs = arrive(gathering, 1000, 5000, 500);
    expect(gathering.waitMs).toBeGreaterThan(0);
    expect(gathering.waitMs).toBeLessThanOrEqual(2);
    arrive(gathering, nowMs, 50, 3);
    expect(gathering.waitMs).toBe(0);
  });

  it('counts a task as full at either bound', () => {
    const limits = { requestsMax: 4, bytesMax: 100_000 };
    expect(fillsTask({ size: 0, bytes: 0 }, limits)).toBe(false);
    expect(fillsTask({ size: 3, bytes: 3000 }, limits)).toBe(false);
    expect(fillsTask({ size: 4, bytes: 0 }, limits)).toBe(true);
    expect(fillsTask({ size: 1, bytes: 100_000 }, limits)).toBe(true);
    // Each request costs 1024 bytes beside its body.
    expect(fillsTask({ size: 3, bytes: 100_000 - 3 * 1024 }, limits)).toBe(true);
    expect(fillsTask({ size: 3, bytes: 100_000 - 3 * 1024 - 1 }, limits)).toBe(false);
  });
});

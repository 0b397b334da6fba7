/** What the sweep recommends, from made-up measurements. */

import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../../bench/scenario-suite.ts';
import { adviceLine, advise } from '../../../bench/sweep-advice.ts';
import { pointsOf, settingsOf, workerCounts } from '../../../bench/sweep-grid.ts';
import type { SweepEntry } from '../../../bench/sweep-store.ts';

function entry(
  workers: number,
  rate: number,
  p99: number,
  cpu: number,
  durability: 'disk' | 'memory' = 'disk',
): SweepEntry {
  const result = {
    saturated: { recordsPerSecond: rate, cpuSecondsPerMillionRecords: cpu },
    halfLoad: { load: { latency: { p99 } } },
  };
  return {
    point: { workers, taskRequests: 64, flushRows: 50_000, durability },
    result: result as unknown as ScenarioResult,
  };
}

describe('advise', () => {
  it('takes the cheapest of the settings that are as fast as the best', () => {
    const advice = advise([entry(1, 50_000, 5, 10), entry(2, 100_000, 8, 14), entry(3, 97_000, 8, 11)]);
    expect(advice.entry.point.workers).toBe(3);
    expect(adviceLine(advice)).toMatch(/^Recommended: MODA_WORKERS=3 .*97000 records\/s/);
  });

  it('leaves out what acknowledges late, however fast it is', () => {
    expect(advise([entry(1, 50_000, 5, 10), entry(2, 200_000, 40, 5)]).entry.point.workers).toBe(1);
  });

  it('prefers what loses nothing over what is faster in memory', () => {
    expect(advise([entry(1, 50_000, 5, 10), entry(2, 90_000, 2, 5, 'memory')]).entry.point.workers).toBe(1);
  });

  it('takes the earliest where none is in time, and says so', () => {
    const advice = advise([entry(1, 50_000, 90, 10), entry(2, 60_000, 70, 10)]);
    expect(advice.entry.point.workers).toBe(2);
    expect(advice.why).toContain('no setting');
  });
});

it('sweeps every combination, disk first', () => {
  const points = pointsOf({
    workers: [1, 2],
    taskRequests: [8, 64],
    flushRows: [10_000],
    durability: ['disk', 'memory'],
  });
  expect(points.length).toBe(8);
  expect(points.slice(0, 4).every(({ durability }) => durability === 'disk')).toBe(true);
  expect(settingsOf(points[0]!)).toEqual({
    MODA_WORKERS: '1',
    MODA_TASK_MAX_REQUESTS: '8',
    MODA_FLUSH_ROWS: '10000',
    MODA_DURABILITY: 'disk',
  });
  expect(workerCounts()[0]).toBe(1);
});

/** Spool and sink in simulated worlds. SIMULATION_SEEDS and SIMULATION_FROM choose how many and which. */

import { describe, expect, it } from 'vitest';
import { type Canary, type Report, simulate } from './world.ts';

const FROM = Number(process.env['SIMULATION_FROM'] ?? 1);
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 300);

describe('spool and sink in a world of faults', () => {
  it(`every acknowledged row is stored or set aside exactly once, seeds ${FROM} to ${FROM + SEEDS - 1}`, async () => {
    const bad: Report[] = [];
    let acknowledged = 0;
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const report = await simulate(seed);
      acknowledged += report.acknowledged;
      if (report.problems.length > 0) bad.push(report);
    }
    expect(bad, 'node test/simulation/run.ts --seeds 1 --from SEED shows one').toEqual([]);
    expect(acknowledged).toBeGreaterThan(SEEDS * 100);
  }, 3_600_000);

  it('the same seed gives the same world', async () => {
    expect(await simulate(7)).toEqual(await simulate(7));
  });

  const canaries: readonly (readonly [Canary, RegExp])[] = [
    ['seal-not-synced', /lost/],
    ['frames-not-synced', /lost/],
    ['count-not-asked', /lost/],
    ['token-not-kept', /more than once/],
  ];
  for (const [canary, problem] of canaries) {
    it(`notices the deliberate fault ${canary} within 60 seeds`, async () => {
      const problems: string[] = [];
      for (let seed = 1; seed <= 60 && !problems.some((one) => problem.test(one)); seed++) {
        problems.push(...(await simulate(seed, canary)).problems);
      }
      expect(problems.some((one) => problem.test(one))).toBe(true);
    }, 120_000);
  }
});

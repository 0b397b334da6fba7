/** Short forms of overload and fairness, without their waits: `run-overload.ts` and `run-fairness.ts` judge those. */

import { expect, it } from 'vitest';
import { judgeShares, runFairness } from './fairness.ts';
import { judgeAnswers, runOverload } from './overload.ts';

it('answers 200, 429 or 503 at several times its capacity, in bounded memory, and is well afterwards', async () => {
  const options = { durationMs: 4000, factor: 6, queueMsMax: 1000, inflightMiB: 64, rampStepMs: 700 };
  const report = await runOverload(options);
  expect(judgeAnswers(report, options)).toEqual([]);
}, 240_000);

it('takes what nine tenants send while a tenth sends twenty times as much', async () => {
  const report = await runFairness({ durationMs: 4000, rampStepMs: 700 });
  expect(judgeShares(report)).toEqual([]);
}, 240_000);

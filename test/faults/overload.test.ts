/**
 * The short form of overload, without its waits: `run-overload.ts` judges those. Fairness has no short form here: what the
 * others get while a tenant floods the server depends on who else has the two cores. `run-fairness.ts` judges it on an idle
 * machine, test/unit/pool its order in virtual time.
 */

import { expect, it } from 'vitest';
import { judgeAnswers, runOverload } from './overload.ts';

it('answers 200, 429 or 503 at several times its capacity, in bounded memory, and is well afterwards', async () => {
  const options = { durationMs: 4000, factor: 6, queueMsMax: 1000, inflightMiB: 64, rampStepMs: 700 };
  const report = await runOverload(options);
  expect(judgeAnswers(report, options)).toEqual([]);
}, 240_000);

/** The short form of the fuzzer over HTTP; `node test/faults/run-http-fuzz.ts` is the long one. HTTP_FUZZ_SEED chooses the run. */

import { expect, it } from 'vitest';
import { judgeFuzz, runHttpFuzz } from './http-fuzz.ts';

const SEED = Number(process.env['HTTP_FUZZ_SEED'] ?? Date.now() % 1_000_000);

/** The heap has not reached its size after a few seconds; the long form is stricter. */
const GROWTH_MIB_MAX = 200;

it(`answers mutated requests, loses no worker, and stores what it took (seed ${SEED})`, async () => {
  const report = await runHttpFuzz({ requests: 4000, seed: SEED });
  expect(judgeFuzz(report, GROWTH_MIB_MAX)).toEqual([]);
  expect(report.statuses[200]).toBeGreaterThan(0);
  expect(report.statuses[400]).toBeGreaterThan(report.sent / 4);
}, 240_000);

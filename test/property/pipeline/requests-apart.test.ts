/**
 * What a worker keeps from request to request (dictionary, caches, prefixes, buffers) must not be seen in the rows: each
 * request gives, in any order, what it gives alone.
 */

import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Random } from '../../../bench/fleet/random.ts';
import { drawRequests, type Input, outcomeOf, startPipeline } from './requests.ts';

const REQUESTS = 36;
const RUNS = 700;
const SEED = 11;
const ALONE = new URL('fresh-pipeline.ts', import.meta.url);

function alone(input: Input): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(ALONE, { workerData: input });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

it('[C27] a request has the same rows whatever the worker served before', { timeout: 120_000 }, async () => {
  const random = new Random(SEED);
  const requests = drawRequests(random, REQUESTS);
  const expected: string[] = [];
  for (const request of requests) expected.push(await alone(request));
  const pipeline = startPipeline();
  for (let run = 0; run < RUNS; run++) {
    const index = random.below(REQUESTS);
    const isSame = outcomeOf(pipeline, requests[index]!) === expected[index];
    expect(isSame, `run ${run} of seed ${SEED}: ${requests[index]!.name}`).toBe(true);
  }
});

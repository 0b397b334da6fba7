/** The pipeline against the naive pipeline, on the same fleet bodies. */

import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { Fleet } from '../fleet.ts';
import { checkRows } from '../micro/pipeline-check.ts';
import { runNaive } from '../naive.ts';
import { PIPELINE_OPTIONS, tasksOf } from '../pipeline-tasks.ts';
import { type Ratio, ratioOf } from './ratio.ts';

/** Enough that what the pipeline remembers of one body is gone when it comes again, as in a fleet. */
const BODIES = 120;
const RECORDS = 50;
/** Ten tasks, so that a canary of 1.2 is two more in every call. */
const REQUESTS_PER_TASK = 2;

/**
 * Measures one body type. `canary` is how many times slower the pipeline is made on purpose (1: not at all): it proves
 * that the guard sees a slower pipeline.
 */
export async function guardPipeline(bodyType: 'json' | 'protobuf', rounds: number, canary = 1): Promise<Ratio> {
  const shape = { provider: 'claude_code', signal: 'logs', bodyType, records: RECORDS } as const;
  const bodies = new Fleet(31).bodies(shape, BODIES);
  const tasks = tasksOf(bodies, 1024 * 1024, REQUESTS_PER_TASK);
  const pipeline = new Pipeline(PIPELINE_OPTIONS);
  await checkRows(pipeline, tasks, bodies);
  let owed = 0;
  const ours = (): void => {
    for (const task of tasks) for (owed += canary; owed >= 1; owed--) pipeline.run(task);
  };
  const naive = (): void => {
    for (const body of bodies) runNaive(body);
  };
  return ratioOf(ours, naive, rounds);
}

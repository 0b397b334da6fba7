/** `node test/faults/run-http-fuzz.ts [--requests 1000000] [--seed 1]`: exits 1 when something does not hold. */

import { parseArgs } from 'node:util';
import { judgeFuzz, runHttpFuzz } from './http-fuzz.ts';
import { memoryOf } from './outage.ts';

/** Between the second and the last quarter of the run. */
const GROWTH_MIB_MAX = 64;

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const report = await runHttpFuzz({ requests: Number(values.requests), seed: Number(values.seed) });
const { second, last, growthMiB } = memoryOf(report.residentMiB);
const problems = judgeFuzz(report, GROWTH_MIB_MAX);
const lines = [
  `${report.sent} mutated requests in ${report.seconds.toFixed(0)} s (seed ${values.seed})`,
  `answers ${JSON.stringify(report.statuses)} (0: ended without one, after a changed head)`,
  `workers lost ${report.workersLost}, rows ${JSON.stringify(report.rows)}`,
  `resident memory: second quarter ${second.toFixed(0)} MiB, last quarter ${last.toFixed(0)} MiB, growth ${growthMiB.toFixed(0)} MiB`,
  ...problems.map((problem) => `FAILS: ${problem}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

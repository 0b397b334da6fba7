/** `node test/simulation/run.ts [--seeds 10000] [--from 1] [--canary NAME]`: many worlds; exits 1 and names each bad seed. */

import { parseArgs } from 'node:util';
import { type Canary, simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    canary: { type: 'string', default: 'none' },
  },
});
const from = Number(values.from);
const started = performance.now();
const sum = { acknowledged: 0, refused: 0, inserted: 0, buried: 0, kills: 0 };
let bad = 0;
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const report = await simulate(seed, values.canary as Canary);
  for (const key of ['acknowledged', 'refused', 'inserted', 'buried', 'kills'] as const) sum[key] += report[key];
  if (report.problems.length === 0) continue;
  bad += 1;
  console.log(`seed ${seed}: ${report.problems.join('; ')}`);
}
const seconds = (performance.now() - started) / 1000;
console.log(`${values.seeds} worlds in ${seconds.toFixed(1)} s, ${bad} bad; ${JSON.stringify(sum)}`);
if (bad > 0) process.exitCode = 1;

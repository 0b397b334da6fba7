/**
 * Why the listener is uWebSockets.js: requests per CPU second of a bare handler against the same on node:http, small
 * bodies, in turn. Run: `node bench/scenarios/listeners.ts [--seconds=4]`.
 */

import { median } from '../guard/ratio.ts';
import { positive, readOptions } from '../options.ts';
import { measure } from './measure.ts';
import { scenarioByName } from './scenario.ts';
import { openBareStand } from './stand.ts';

const ROUNDS = 5;

const options = readOptions('node bench/scenarios/listeners.ts', {
  seconds: { help: 'length of each run', default: '4' },
});
const durationMs = positive('seconds', options.seconds) * 1000;
const scenario = scenarioByName('logs_1_protobuf_to_blackhole');
const order = { mode: 'closed', ratePerSecond: 0, connections: scenario.connections, durationMs } as const;

const ours = await openBareStand(scenario);
const theirs = await openBareStand(scenario, 'node-http-child.ts');
try {
  const rounds: { ours: number; theirs: number }[] = [];
  // The first round warms the compilers up.
  for (let round = 0; round <= ROUNDS; round++) {
    const a = await measure(ours, order, true);
    const b = await measure(theirs, order, true);
    if (round > 0) rounds.push({ ours: a.requestsPerCpuSecond, theirs: b.requestsPerCpuSecond });
  }
  const ratio = median(rounds.map((round) => round.ours / round.theirs));
  const thousands = (rates: readonly number[]): string => `${(median(rates) / 1000).toFixed(0)} k`;
  console.log(
    `requests per CPU second: uWebSockets.js ${thousands(rounds.map((round) => round.ours))}, node:http ${thousands(rounds.map((round) => round.theirs))}; ${ratio.toFixed(2)} × in the median of ${ROUNDS} rounds`,
  );
} finally {
  await theirs.close();
  await ours.close();
}

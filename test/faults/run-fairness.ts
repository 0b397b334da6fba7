/**
 * `node test/faults/run-fairness.ts [--seconds 30] [--store elsewhere]`: exits 1 when something does not hold. With a store
 * elsewhere the machine makes the load and serves it, and does not write the tables besides.
 */

import { parseArgs } from 'node:util';
import { median } from '../../bench/guard/ratio.ts';
import {
  type FairnessReport,
  judgeFairWaits,
  judgeShares,
  runFairness,
  slicesOf,
  worstP99,
  worstShare,
} from './fairness.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, store: { type: 'string', default: 'embedded' } },
});
const { store } = values;
if (store !== 'embedded' && store !== 'elsewhere') throw new Error(`--store is embedded or elsewhere, not ${store}`);
const report = await runFairness({ durationMs: Number(values.seconds) * 1000, rampStepMs: 3000, store });
const { capacity, idle, greedy, others, load } = report;
const problems = [...judgeShares(report), ...judgeFairWaits(report)];
const p50 = Math.max(...others.map(({ latency }) => latency.p50));
const lines = [
  `capacity ${capacity.toFixed(0)} requests/s; sent: ${load.toFixed(2)} times what was taken`,
  `greedy tenant: ${(greedy.requests / greedy.seconds).toFixed(0)} requests/s, answers ${JSON.stringify(greedy.statuses)}, p99 ${greedy.latency.p99.toFixed(0)} ms`,
  `nine others: ${(others[0]!.requests / others[0]!.seconds).toFixed(0)} requests/s each, worst share accepted ${(worstShare(others) * 100).toFixed(2)} %`,
  `their worst p99 ${worstP99(others).toFixed(1)} ms (p50 ${p50.toFixed(1)} ms), with a tenth of their own load alone ${worstP99(idle).toFixed(1)} ms`,
  `the same by slices of 5 s: ${listed(others)}; alone ${listed(idle)}`,
  ...problems.map((problem) => `FAILS: ${problem}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function listed(endings: FairnessReport['others']): string {
  const p99s = slicesOf(endings);
  return `${p99s.map((p99) => p99.toFixed(0)).join(', ')} (median ${median(p99s).toFixed(1)})`;
}

/** `node test/faults/run-outage.ts [--fault refuse|hang|reset|dropAnswer] [--seconds 120] [--records 5000]`: exits 1 when something does not hold. */

import { parseArgs } from 'node:util';
import { judgeOutage, memoryOf, type OutageOptions, runOutage } from './outage.ts';

/** Between the second and the last quarter of an outage; a segment that is being read is 16 MiB. */
const GROWTH_MIB_MAX = 48;

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'refuse' },
    seconds: { type: 'string', default: '120' },
    records: { type: 'string', default: '5000' },
  },
});
const report = await runOutage({
  fault: values.fault as OutageOptions['fault'],
  outageMs: Number(values.seconds) * 1000,
  recordsPerSecond: Number(values.records),
});
const { load, rows, storedAfterMs, spoolMiBPeak, residentMiB } = report;
const { second, last, growthMiB } = memoryOf(residentMiB);
const mib = (value: number): string => `${value.toFixed(0)} MiB`;
const lines = [
  `${values.fault} for ${values.seconds} s at ${values.records} records/s`,
  `answers ${JSON.stringify(load.statuses)}, unanswered ${load.unanswered}, ${(load.records / load.seconds).toFixed(0)} records/s`,
  `wait for the acknowledgement: p50 ${load.latency.p50.toFixed(1)} ms, p99 ${load.latency.p99.toFixed(1)} ms`,
  `stored ${(storedAfterMs / 1000).toFixed(1)} s after the end: ${JSON.stringify(rows)}, spool at most ${mib(spoolMiBPeak)}`,
  `resident memory: second quarter ${mib(second)}, last quarter ${mib(last)}, growth ${mib(growthMiB)}`,
];
const problems = judgeOutage(report, GROWTH_MIB_MAX);
process.stdout.write(`${[...lines, ...problems.map((problem) => `FAILS: ${problem}`)].join('\n')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

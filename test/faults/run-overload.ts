/** `node test/faults/run-overload.ts [--seconds 60] [--factor 4] [--queue-ms 500] [--inflight-mib 256]`: exits 1 when something does not hold. */

import { parseArgs } from 'node:util';
import { judgeAnswers, judgeWaits, runOverload } from './overload.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    factor: { type: 'string', default: '4' },
    'queue-ms': { type: 'string', default: '500' },
    'inflight-mib': { type: 'string', default: '256' },
  },
});
const options = {
  durationMs: Number(values.seconds) * 1000,
  factor: Number(values.factor),
  queueMsMax: Number(values['queue-ms']),
  inflightMiB: Number(values['inflight-mib']),
  rampStepMs: 3000,
};
const report = await runOverload(options);
const { capacity, load, afterwards, residentMiBPeak, loopDelayP99Ms } = report;
const problems = [...judgeAnswers(report, options), ...judgeWaits(report, options)];
const lines = [
  `capacity ${capacity.toFixed(0)} requests/s of 100 records, sent ${(load.requests / load.seconds).toFixed(0)}/s for ${values.seconds} s`,
  `answers ${JSON.stringify(load.statuses)}, unanswered ${load.unanswered}, accepted ${(load.acknowledged / load.seconds).toFixed(0)}/s`,
  `accepted: p50 ${load.latency.p50.toFixed(0)} ms, p99 ${load.latency.p99.toFixed(0)} ms, longest ${load.latency.max.toFixed(0)} ms (MODA_MAX_QUEUE_MS ${values['queue-ms']})`,
  `resident at most ${residentMiBPeak.toFixed(0)} MiB (MODA_MAX_INFLIGHT_BYTES ${values['inflight-mib']} MiB), event loop p99 ${loopDelayP99Ms.toFixed(0)} ms`,
  `right afterwards, at half capacity: ${JSON.stringify(afterwards.statuses)}, p99 ${afterwards.latency.p99.toFixed(0)} ms`,
  ...problems.map((problem) => `FAILS: ${problem}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

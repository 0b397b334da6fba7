/** The short form of the outage under load; `node test/faults/run-outage.ts` is the long one. */

import { expect, it } from 'vitest';
import { judgeOutage, runOutage } from './outage.ts';

/** The heap has not reached its size after a few seconds; the long form is stricter. */
const GROWTH_MIB_MAX = 150;

for (const fault of ['refuse', 'hang'] as const) {
  it(`accepts everything while ClickHouse is away (${fault}), and stores each row once when it is back`, async () => {
    const outageMs = fault === 'refuse' ? 10_000 : 4000;
    // What a busy machine makes wait is no refusal of the outage.
    const settings = { MODA_MAX_QUEUE_MS: '60000' };
    const report = await runOutage({ fault, outageMs, recordsPerSecond: 2000, settings });
    expect(judgeOutage(report, GROWTH_MIB_MAX)).toEqual([]);
    expect(report.spoolMiBPeak).toBeGreaterThan(0);
  }, 240_000);
}

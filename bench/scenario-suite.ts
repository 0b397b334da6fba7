/** Runs scenarios: warm-up, closed loop for what the server can take, open loop at half of it for latency, then the count. */

import { type Measurement, measure } from './scenarios/measure.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { openStand, type Stand } from './scenarios/stand.ts';
import { checkStored } from './scenarios/stored-rows.ts';

export interface ScenarioResult {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  /** As much as the server takes. */
  readonly saturated: Measurement;
  /** At half of that rate, waits counted from the due time: of three runs the one with the middle p99. */
  readonly halfLoad: Measurement;
  readonly rowsSent: number;
  readonly rowsStored: number;
}

/** The compiler's threads still take a tenth of the server's CPU after this (bench/guard/server-guard.ts), a fifth after 4 s. */
const WARM_UP_MS = 10_000;
const OPEN_LOOP_CONNECTIONS = 128;
const HALF_LOAD_ROUNDS = 3;

/** One scenario on a stand of its own. */
export async function runScenario(
  scenario: Scenario,
  seconds: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<ScenarioResult> {
  const stand = await openStand(scenario, settings);
  try {
    return await runOn(stand, scenario, seconds, settings);
  } finally {
    await stand.close();
  }
}

async function runOn(
  stand: Stand,
  scenario: Scenario,
  seconds: number,
  settings: Readonly<Record<string, string>>,
): Promise<ScenarioResult> {
  const { connections } = scenario;
  // Tables are counted to the row, so what fills them must be unique; autocannon sends the same bodies again.
  const mode = scenario.sink === 'clickhouse' ? 'stamped' : 'closed';
  const closed = { mode, ratePerSecond: 0, connections, durationMs: seconds * 1000 } as const;
  const warmUp = await measure(stand, { ...closed, durationMs: WARM_UP_MS });
  const saturated = await measure(stand, closed);
  const ratePerSecond = saturated.requestsPerSecond / 2;
  const open = { mode: 'open', ratePerSecond, connections: OPEN_LOOP_CONNECTIONS, durationMs: seconds * 1000 } as const;
  const halfLoads: Measurement[] = [];
  for (let round = 0; round < HALF_LOAD_ROUNDS; round++) halfLoads.push(await measure(stand, open));
  const runs = [warmUp, saturated, ...halfLoads];
  const halfLoad = halfLoads.sort((a, b) => a.load.latency.p99 - b.load.latency.p99)[HALF_LOAD_ROUNDS >> 1]!;
  const sum = (of: (run: Measurement) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const sent = { acknowledged: sum((run) => run.load.acknowledged), events: sum((run) => run.load.events) };
  const { sent: rowsSent, stored: rowsStored } = await checkStored(
    stand,
    sent,
    mode === 'closed' ? connections * 2 : 0,
  );
  return {
    name: scenario.name,
    settings: { ...scenario.settings, ...settings },
    saturated,
    halfLoad,
    rowsSent,
    rowsStored,
  };
}

/** Column heads of scenarioRow. */
export const SCENARIO_HEADER = [
  '',
  'requests/s',
  'records/s',
  'MB/s',
  'CPU s/M rec',
  'p50 ms',
  'p90 ms',
  'p99 ms',
  'p99.9 ms',
  'RSS MiB',
  'loop p99 ms',
  'rows stored',
];

/** Rows of acknowledged requests that are stored, of how many; behind the plus those of requests that autocannon broke off. */
export function rowsText({ rowsSent, rowsStored }: Pick<ScenarioResult, 'rowsSent' | 'rowsStored'>): string {
  const brokenOff = Math.max(0, rowsStored - rowsSent);
  return `${rowsStored - brokenOff} of ${rowsSent}${brokenOff === 0 ? '' : ` + ${brokenOff}`}`;
}

/** One line of the scenario table: rates and CPU at saturation, latency at half load. */
export function scenarioRow(result: ScenarioResult): string[] {
  const { name, saturated, halfLoad } = result;
  const { latency } = halfLoad.load;
  return [
    name,
    saturated.requestsPerSecond.toFixed(0),
    saturated.recordsPerSecond.toFixed(0),
    saturated.megabytesPerSecond.toFixed(1),
    saturated.cpuSecondsPerMillionRecords.toFixed(1),
    latency.p50.toFixed(1),
    latency.p90.toFixed(1),
    latency.p99.toFixed(1),
    latency.p999.toFixed(1),
    Math.max(saturated.residentMiBPeak, halfLoad.residentMiBPeak).toFixed(0),
    saturated.loopDelayP99Ms.toFixed(1),
    rowsText(result),
  ];
}

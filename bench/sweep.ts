/**
 * `npm run bench:sweep`: pool sizes × coalescing bounds × flush sizes × durability over one scenario. Goes on where an
 * earlier sweep of the same commit stopped; prints a table and a recommended setting, writes sweep.json and sweep.html.
 */

import { describeMachine } from './machine.ts';
import { oneOf, positive, readOptions } from './options.ts';
import { heatMap, lineChart, page, table } from './plot.ts';
import { writePage } from './results.ts';
import { runScenario } from './scenario-suite.ts';
import { measure } from './scenarios/measure.ts';
import { SCENARIO_NAMES, type Scenario, scenarioByName } from './scenarios/scenario.ts';
import { openStand } from './scenarios/stand.ts';
import { ADVICE_HEADER, adviceLine, adviceRow, advise, rate } from './sweep-advice.ts';
import { nameOf, pointsOf, type SweepPoint, settingsOf, workerCounts } from './sweep-grid.ts';
import { type CurvePoint, loadSweep, type SweepEntry, saveSweep } from './sweep-store.ts';
import { printTable } from './table.ts';

const CURVE_SHARES = [0.1, 0.25, 0.5, 0.7, 0.85, 0.95];

const options = readOptions('npm run bench:sweep --', {
  scenario: { help: 'what is sent, see bench/scenarios/scenario.ts', default: 'fleet_mix_to_blackhole' },
  seconds: { help: 'length of each load run', default: '5' },
  workers: { help: 'worker threads, a comma-separated list', default: workerCounts().join(',') },
  'task-requests': { help: 'requests coalesced into one task', default: '8,64,256' },
  'flush-rows': { help: 'rows that seal a segment', default: '10000,50000' },
  durability: { help: 'disk, memory or both', default: 'disk,memory' },
  fresh: { help: 'forget what an earlier sweep measured', default: 'false' },
});
const seconds = positive('seconds', options.seconds);
const scenario = scenarioByName(oneOf('scenario', options.scenario, SCENARIO_NAMES));
const numbers = (name: 'workers' | 'task-requests' | 'flush-rows'): number[] =>
  options[name].split(',').map((text) => positive(name, text));
const points = pointsOf({
  workers: numbers('workers'),
  taskRequests: numbers('task-requests'),
  flushRows: numbers('flush-rows'),
  durability: options.durability.split(',').filter((mode) => mode === 'disk' || mode === 'memory'),
});

const entries: SweepEntry[] = options.fresh === 'true' ? [] : [...loadSweep(scenario.name, seconds).entries];
const isMeasured = (point: SweepPoint): boolean => entries.some((entry) => nameOf(entry.point) === nameOf(point));
for (const [index, point] of points.entries()) {
  const progress = `[${index + 1}/${points.length}] ${nameOf(point)}`;
  if (isMeasured(point)) {
    process.stderr.write(`${progress}: measured before\n`);
    continue;
  }
  const entry = { point, result: await runScenario(scenario, seconds, settingsOf(point)) };
  entries.push(entry);
  saveSweep({ scenario: scenario.name, seconds, entries, curve: [] });
  process.stderr.write(`${progress}: ${Math.round(rate(entry))} records/s\n`);
}

const swept = entries.filter(({ point }) => points.some((wanted) => nameOf(wanted) === nameOf(point)));
const advice = advise(swept);
const curve = await curveOf(scenario, advice.entry);
saveSweep({ scenario: scenario.name, seconds, entries, curve });
const tableTitle = `${scenario.name}, ${seconds} s a run`;
printTable(tableTitle, ADVICE_HEADER, swept.map(adviceRow));
process.stdout.write(`${writePage('sweep.html', sweepPage())}\n${adviceLine(advice)}\n`);

/** Latency at rising shares of the saturation rate, at the recommended setting. */
async function curveOf(load: Scenario, { point, result }: SweepEntry): Promise<CurvePoint[]> {
  const stand = await openStand(load, settingsOf(point));
  const found: CurvePoint[] = [];
  try {
    const { connections } = load;
    await measure(stand, { mode: 'closed', ratePerSecond: 0, connections, durationMs: 2000 });
    for (const share of CURVE_SHARES) {
      const ratePerSecond = result.saturated.requestsPerSecond * share;
      const run = await measure(stand, { mode: 'open', ratePerSecond, connections: 256, durationMs: seconds * 1000 });
      const { p50, p99 } = run.load.latency;
      found.push({ share, recordsPerSecond: run.recordsPerSecond, p50, p99 });
    }
  } finally {
    await stand.close();
  }
  return found;
}

function sweepPage(): string {
  const maps = [...new Set(swept.map(({ point }) => point.durability))].map((durability) => heatOf(durability));
  const chart = lineChart(
    `latency over throughput at ${nameOf(advice.entry.point)}`,
    'records/s',
    'ms until the acknowledgement (logarithmic)',
    [
      { label: 'p50', points: curve.map(({ recordsPerSecond, p50 }) => [recordsPerSecond, p50] as const) },
      { label: 'p99', points: curve.map(({ recordsPerSecond, p99 }) => [recordsPerSecond, p99] as const) },
    ],
  );
  const note = `<p><strong>${adviceLine(advice)}</strong></p>`;
  return page(`Moda ingest: sweep over ${scenario.name}`, describeMachine(), [
    note,
    ...maps,
    chart,
    table(tableTitle, ADVICE_HEADER, swept.map(adviceRow)),
  ]);
}

/** Thousand records/s by workers and coalescing bound; each cell the best of its flush sizes. */
function heatOf(durability: SweepPoint['durability']): string {
  const workers = [...new Set(points.map((point) => point.workers))];
  const requests = [...new Set(points.map((point) => point.taskRequests))];
  const cell = (row: number, column: number): number | undefined => {
    const found = swept.filter(
      ({ point }) =>
        point.durability === durability && point.workers === workers[row] && point.taskRequests === requests[column],
    );
    return found.length === 0 ? undefined : Math.max(...found.map(rate));
  };
  return heatMap(
    `thousand records/s, durability ${durability}: worker threads (down) × requests in one task (across)`,
    requests.map((count) => `task ${count}`),
    workers.map((count) => `${count} worker${count === 1 ? '' : 's'}`),
    cell,
    (value) => (value / 1000).toFixed(1),
  );
}

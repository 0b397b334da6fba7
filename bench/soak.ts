/**
 * `npm run bench:soak`: the fleet mix at a steady rate for minutes. Shows that the cost per record and the resident memory
 * do not grow and that no row is lost; exits 1 when one of them does not hold. Writes bench/results/soak.json.
 */

import { oneOf, positive, readOptions } from './options.ts';
import { writeResults } from './results.ts';
import { measure } from './scenarios/measure.ts';
import { SCENARIO_NAMES, scenarioByName } from './scenarios/scenario.ts';
import { openStand } from './scenarios/stand.ts';
import { checkStored } from './scenarios/stored-rows.ts';
import { printTable } from './table.ts';

const options = readOptions('npm run bench:soak --', {
  scenario: { help: 'what is sent, see bench/scenarios/scenario.ts', default: 'fleet_mix_to_clickhouse' },
  minutes: { help: 'length of the run', default: '10' },
  share: { help: 'rate as a share of what the server takes', default: '0.5' },
});
const minutes = positive('minutes', options.minutes);
const share = positive('share', options.share);

/** One line of the table. */
const WINDOW_SECONDS = 15;
/** Caches, compiled code and the heap have their size by then. */
const SETTLED_SHARE = 0.2;
const MEMORY_GROWTH_MAX = 0.1;
const MEMORY_MIB_MAX = 500;
const COST_GROWTH_MAX = 0.1;

interface Window {
  readonly records: number;
  readonly cpuSecondsPerMillionRecords: number;
  readonly residentMiB: number;
  readonly p99Ms: number;
}

const scenario = scenarioByName(oneOf('scenario', options.scenario, SCENARIO_NAMES));
const stand = await openStand(scenario);
const windows: Window[] = [];
const sent = { acknowledged: 0, events: 0 };
try {
  const stamped = { mode: 'stamped', ratePerSecond: 0, connections: scenario.connections, durationMs: 5000 } as const;
  const warmUps = [await measure(stand, stamped), await measure(stand, stamped)];
  for (const { load } of warmUps) add(load);
  const ratePerSecond = warmUps[1]!.requestsPerSecond * share;
  for (let index = 0; index < Math.ceil((minutes * 60) / WINDOW_SECONDS); index++) {
    const durationMs = WINDOW_SECONDS * 1000;
    const run = await measure(stand, { mode: 'open', ratePerSecond, connections: 128, durationMs });
    add(run.load);
    windows.push({
      records: run.load.records,
      cpuSecondsPerMillionRecords: run.cpuSecondsPerMillionRecords,
      residentMiB: run.residentMiBPeak,
      p99Ms: run.load.latency.p99,
    });
  }
  await report();
} finally {
  await stand.close();
}

function add(load: { acknowledged: number; events: number }): void {
  sent.acknowledged += load.acknowledged;
  sent.events += load.events;
}

async function report(): Promise<void> {
  const { sent: rowsSent, stored: rowsStored } = await checkStored(stand, sent, 0);
  printTable(
    `${scenario.name}: ${minutes} minutes at ${share} of saturation`,
    ['second', 'records', 'CPU s/M rec', 'RSS MiB', 'p99 ms'],
    windows.map(({ records, cpuSecondsPerMillionRecords, residentMiB, p99Ms }, index) => [
      String((index + 1) * WINDOW_SECONDS),
      String(records),
      cpuSecondsPerMillionRecords.toFixed(1),
      residentMiB.toFixed(0),
      p99Ms.toFixed(1),
    ]),
  );
  const settled = windows.slice(Math.floor(windows.length * SETTLED_SHARE));
  const quarter = Math.max(1, settled.length >> 2);
  const growth = (of: (window: Window) => number): number =>
    mean(settled.slice(-quarter).map(of)) / mean(settled.slice(0, quarter).map(of)) - 1;
  const memoryGrowth = growth((window) => window.residentMiB);
  const costGrowth = growth((window) => window.cpuSecondsPerMillionRecords);
  const memoryPeak = Math.max(...windows.map((window) => window.residentMiB));
  judge(`resident memory grew by ${percent(memoryGrowth)}`, memoryGrowth <= MEMORY_GROWTH_MAX);
  judge(`resident memory reached ${memoryPeak.toFixed(0)} MiB`, memoryPeak <= MEMORY_MIB_MAX);
  judge(`cost per record grew by ${percent(costGrowth)}`, costGrowth <= COST_GROWTH_MAX);
  judge(`${rowsStored} of ${rowsSent} rows are stored`, rowsStored === rowsSent);
  const results = { scenario: scenario.name, minutes, share, windows, rowsSent, rowsStored, memoryGrowth, costGrowth };
  process.stdout.write(`${writeResults('soak.json', results)}\n`);
}

function judge(sentence: string, holds: boolean): void {
  process.stdout.write(`${holds ? 'holds' : 'FAILS'}: ${sentence}\n`);
  if (!holds) process.exitCode = 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

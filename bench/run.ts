/**
 * `npm run bench`: micro benches and scenarios; prints tables, writes bench/results/latest.json and latest.html. A part of
 * them writes partial.json and partial.html: the README is made of whole runs.
 */

import { describeMachine } from './machine.ts';
import { compact, type MicroResult } from './micro-bench.ts';
import { microNames, runMicro } from './micro-suite.ts';
import { namesWith, positive, readOptions } from './options.ts';
import { type Bar, barChart, page } from './plot.ts';
import { writePage, writeResults } from './results.ts';
import { runScenario, SCENARIO_HEADER, type ScenarioResult, scenarioRow } from './scenario-suite.ts';
import { SCENARIO_NAMES, scenarioByName } from './scenarios/scenario.ts';
import { printTable } from './table.ts';

const options = readOptions('npm run bench --', {
  micro: { help: 'micro benches whose name contains this; "none" for none', default: '' },
  scenario: { help: 'scenarios whose name contains this; "none" for none', default: '' },
  seconds: { help: 'length of each load run', default: '5' },
});
const seconds = positive('seconds', options.seconds);

const microWanted = namesWith('micro', options.micro, microNames());
const scenariosWanted = namesWith('scenario', options.scenario, SCENARIO_NAMES).map(scenarioByName);

const micro: MicroResult[] = [];
for (const name of microWanted) micro.push(...(await runMicro(name)));

const scenarios: ScenarioResult[] = [];
for (const scenario of scenariosWanted) {
  process.stderr.write(`${scenario.name} …\n`);
  scenarios.push(await runScenario(scenario, seconds));
}
if (scenarios.length > 0) {
  printTable(
    'scenarios, after 10 s of load: rates and CPU at saturation, latency at half of it',
    SCENARIO_HEADER,
    scenarios.map(scenarioRow),
  );
}

const name = options.micro === '' && options.scenario === '' ? 'latest' : 'partial';
const json = writeResults(`${name}.json`, { micro, scenarios });
const html = writePage(
  `${name}.html`,
  page('Moda ingest: benchmarks', describeMachine(), [...microFigures(), ...scenarioFigures()]),
);
process.stdout.write(`${json}\n${html}\n`);

function microFigures(): string[] {
  return micro.map(({ title, unit, cases }) =>
    barChart(
      `${title} (${unit}/s)`,
      cases.map(({ name, rate }, index) => ({ label: name, value: rate, text: compact(rate), isReference: index > 0 })),
    ),
  );
}

function scenarioFigures(): string[] {
  const bars = (of: (result: ScenarioResult) => number, text: (value: number) => string): Bar[] =>
    scenarios.map((result) => ({ label: result.name, value: of(result), text: text(of(result)) }));
  if (scenarios.length === 0) return [];
  return [
    barChart(
      'records/s at saturation',
      bars((result) => result.saturated.recordsPerSecond, compact),
    ),
    barChart(
      'CPU seconds of the server per million records',
      bars(
        (result) => result.saturated.cpuSecondsPerMillionRecords,
        (value) => value.toFixed(1),
      ),
    ),
    barChart(
      'acknowledgement p99 at half load, ms',
      bars(
        (result) => result.halfLoad.load.latency.p99,
        (value) => value.toFixed(1),
      ),
    ),
  ];
}

/**
 * `node bench/report.ts`: the README's performance section from bench/results; `--write` puts it between the two markers
 * of README.md, so that no figure there is typed by hand.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import type { FloorId } from './floors.ts';
import { compact, type MicroResult } from './micro-bench.ts';
import { readOptions } from './options.ts';
import { type ResultFile, resultPath } from './results.ts';
import { rowsText, type ScenarioResult } from './scenario-suite.ts';
import { judgeTargets, type SoakFigures } from './targets.ts';

const README = new URL('../README.md', import.meta.url);
const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';

/** What `bench:peers` writes. */
interface PeerResults {
  readonly ratePerSecond: number;
  readonly runs: Readonly<Record<'moda' | 'otelcol', readonly { cpuSecondsPerMillionRecords: number; p99: number }[]>>;
}

const options = readOptions('node bench/report.ts', { write: { help: 'put it into README.md', default: 'false' } });

const latest = read<{ micro: MicroResult[]; scenarios: ScenarioResult[] }>('latest.json');
if (latest === undefined) {
  process.stderr.write('no results yet: npm run bench\n');
  process.exit(1);
}
const check = read<{ id: FloorId; ratio: number }[]>('check.json');
const soak = read<SoakFigures>('soak.json')?.results;
const peers = read<PeerResults>('peers.json')?.results;
const text = section();
if (options.write === 'true') put(text);
else process.stdout.write(`${text}\n`);

function section(): string {
  const { machine, results } = latest!;
  const ratios = new Map((check?.results ?? []).map(({ id, ratio }) => [id as string, ratio]));
  const targets = judgeTargets({ ...results, ratios, soak });
  return [
    `Measured on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, commit ${machine.commit}, with generator, server and store on the same machine.`,
    '',
    '| target | | measured | met | command |',
    '|---|---|---|---|---|',
    ...targets.map(
      ({ what, target, measured, isMet, command }) =>
        `| ${what} | ${target} | ${measured} | ${isMet === undefined ? (measured === '–' ? 'not measured' : 'too short') : isMet ? 'yes' : 'no'} | \`${command}\` |`,
    ),
    ...(peers === undefined ? [] : ['', peersLine(peers)]),
    '',
    '| scenario | requests/s | records/s | MB/s | CPU s per million records | p50 / p90 / p99 / p99.9 ms at half load | loop delay p99 ms | RSS MiB | rows stored |',
    '|---|---|---|---|---|---|---|---|---|',
    ...results.scenarios.map(scenarioLine),
    '',
    '| function | ours | rate | against |',
    '|---|---|---|---|',
    ...results.micro.map(microLine),
  ].join('\n');
}

function peersLine({ ratePerSecond, runs }: PeerResults): string {
  const best = (side: keyof PeerResults['runs']): string => {
    const [least] = runs[side].toSorted((a, b) => a.cpuSecondsPerMillionRecords - b.cpuSecondsPerMillionRecords);
    return `${least?.cpuSecondsPerMillionRecords.toFixed(1)} CPU seconds per million records, p99 ${least?.p99.toFixed(1)} ms`;
  };
  return (
    `Beside an OpenTelemetry Collector, in turn, ${ratePerSecond} requests/s of 100 log records into the same ClickHouse ` +
    `(\`npm run bench:peers\`, the best run of each): ${best('moda')}, answered when rows are on disk; the Collector ` +
    `${best('otelcol')}, answered when records are in memory. Ours also redacts, fills typed columns and keeps the raw request.`
  );
}

function scenarioLine(result: ScenarioResult): string {
  const { name, saturated, halfLoad } = result;
  const { p50, p90, p99, p999 } = halfLoad.load.latency;
  const waits = [p50, p90, p99, p999].map((wait) => wait.toFixed(1)).join(' / ');
  const memory = Math.max(saturated.residentMiBPeak, halfLoad.residentMiBPeak).toFixed(0);
  const rates = `${compact(saturated.requestsPerSecond)} | ${compact(saturated.recordsPerSecond)}`;
  return `| ${name} | ${rates} | ${saturated.megabytesPerSecond.toFixed(1)} | ${saturated.cpuSecondsPerMillionRecords.toFixed(1)} | ${waits} | ${saturated.loopDelayP99Ms.toFixed(1)} | ${memory} | ${rowsText(result)} |`;
}

function microLine({ title, unit, cases }: MicroResult): string {
  const [ours, ...others] = cases;
  const against = others.map(({ name, oursTimes }) => `${oursTimes.toFixed(2)} × ${name}`).join(', ');
  return `| ${title} | ${ours?.name} | ${compact(ours?.rate ?? 0)} ${unit}/s | ${against} |`;
}

function put(content: string): void {
  const readme = readFileSync(README, 'utf8');
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) {
    process.stderr.write(`README.md lacks the lines ${START} and ${END}\n`);
    process.exit(1);
  }
  writeFileSync(README, `${readme.slice(0, start + START.length)}\n${content}\n${readme.slice(end)}`);
}

function read<T>(name: string): ResultFile<T> | undefined {
  try {
    return JSON.parse(readFileSync(resultPath(name), 'utf8')) as ResultFile<T>;
  } catch {
    return undefined; // not measured yet
  }
}

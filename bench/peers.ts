/**
 * `npm run bench:peers -- --otelcol PATH`: the same log bodies, in turn, through this server and through an OpenTelemetry
 * Collector, both into the same embedded ClickHouse on the same cores; prints the CPU seconds per million records of each.
 */

import { existsSync } from 'node:fs';
import type { LoadResult } from './load/load-result.ts';
import { positive, readOptions } from './options.ts';
import { type Collector, startCollector } from './peers/collector.ts';
import { queryStore } from './peers/store-query.ts';
import { writeResults } from './results.ts';
import { measure } from './scenarios/measure.ts';
import { scenarioByName } from './scenarios/scenario.ts';
import { openStand, type Stand } from './scenarios/stand.ts';
import { printTable } from './table.ts';

const FLUSHED_MS = 120_000;
const ROUNDS = 3;
const SCENARIO = 'logs_100_protobuf_to_clickhouse';
const HOW_TO_GET_ONE =
  'take otelcol-contrib from https://github.com/open-telemetry/opentelemetry-collector-releases/releases (or build one with ocb: otlpreceiver, batchprocessor, clickhouseexporter) and pass --otelcol PATH';

const options = readOptions('npm run bench:peers --', {
  otelcol: { help: 'path of a Collector binary with the otlp receiver and the clickhouse exporter', default: '' },
  seconds: { help: 'length of each run', default: '5' },
  rate: { help: 'requests of 100 records per second; the same for both', default: '100' },
});
const seconds = positive('seconds', options.seconds);
const ratePerSecond = positive('rate', options.rate);

interface PeerRun {
  readonly records: number;
  readonly cpuSecondsPerMillionRecords: number;
  readonly p50: number;
  readonly p99: number;
}

if (!existsSync(options.otelcol)) {
  const isGiven = options.otelcol !== '';
  process.stdout.write(`${isGiven ? `${options.otelcol} is not there` : 'No collector given'}: ${HOW_TO_GET_ONE}\n`);
  process.exit(isGiven ? 2 : 0);
}

const scenario = scenarioByName(SCENARIO);
const stand = await openStand(scenario);
try {
  const collector = await startCollector(options.otelcol, stand.storeUrl);
  try {
    await compare(stand, collector);
  } finally {
    await collector.stop();
  }
} finally {
  await stand.close();
}

async function compare(ours: Stand, collector: Collector): Promise<void> {
  const runs: Record<'moda' | 'otelcol', PeerRun[]> = { moda: [], otelcol: [] };
  // The first round warms both up.
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { moda: await runOurs(ours), otelcol: await runCollector(ours, collector) };
    if (round === 0) continue;
    runs.moda.push(pair.moda);
    runs.otelcol.push(pair.otelcol);
  }
  printTable(
    `${seconds} s at ${ratePerSecond} requests/s of 100 Claude Code log records; best of ${ROUNDS} runs in turn`,
    ['', 'CPU s/M records', 'p50 ms', 'p99 ms', 'an answer means'],
    [
      row('moda ingest', runs.moda, 'rows are on disk'),
      row('OpenTelemetry Collector', runs.otelcol, 'records are in memory'),
    ],
  );
  process.stdout.write(
    'Ours also redacts secrets, fills typed columns and keeps the raw request; the Collector writes attributes as they come.\n',
  );
  process.stdout.write(`${writeResults('peers.json', { scenario: SCENARIO, seconds, ratePerSecond, runs })}\n`);
}

function row(name: string, runs: readonly PeerRun[], meaning: string): string[] {
  const best = runs.reduce((least, run) =>
    run.cpuSecondsPerMillionRecords < least.cpuSecondsPerMillionRecords ? run : least,
  );
  return [name, best.cpuSecondsPerMillionRecords.toFixed(1), best.p50.toFixed(1), best.p99.toFixed(1), meaning];
}

async function runOurs(target: Stand): Promise<PeerRun> {
  const run = await measure(target, { mode: 'open', ratePerSecond, connections: 64, durationMs: seconds * 1000 });
  return peerRun(run.load, (run.cpuSecondsPerMillionRecords * run.load.records) / 1e6);
}

async function runCollector(target: Stand, collector: Collector): Promise<PeerRun> {
  const rowsBefore = await collectorRows(target.storeUrl);
  const cpuBefore = collector.cpuSeconds();
  const order = { mode: 'open', ratePerSecond, connections: 64, durationMs: seconds * 1000, paths: 'otlp' } as const;
  const content = { ...order, port: collector.port, key: 'none' };
  const load = (await target.load.ask('load', content, seconds * 1000 + 60_000)) as LoadResult;
  await flushed(target.storeUrl, rowsBefore + load.records);
  return peerRun(load, collector.cpuSeconds() - cpuBefore);
}

function peerRun(load: LoadResult, cpuSeconds: number): PeerRun {
  if (load.acknowledged !== load.requests || load.records === 0)
    throw new Error(`not all was taken: ${JSON.stringify(load.statuses)}`);
  const { p50, p99 } = load.latency;
  return { records: load.records, cpuSecondsPerMillionRecords: (cpuSeconds / load.records) * 1e6, p50, p99 };
}

async function collectorRows(storeUrl: string): Promise<number> {
  const isThere = await queryStore(storeUrl, 'EXISTS TABLE otel.otel_logs');
  return isThere === '1' ? Number(await queryStore(storeUrl, 'SELECT count() FROM otel.otel_logs')) : 0;
}

/** Its work is done when its rows are in the table. */
async function flushed(storeUrl: string, rows: number): Promise<void> {
  const deadline = performance.now() + FLUSHED_MS;
  while ((await collectorRows(storeUrl)) < rows) {
    if (performance.now() > deadline) throw new Error(`the Collector has not written ${rows} rows`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The targets of performance, each against what the last runs measured. */

import type { MicroResult } from './micro-bench.ts';
import type { ScenarioResult } from './scenario-suite.ts';

export interface Measured {
  readonly micro: readonly MicroResult[];
  readonly scenarios: readonly ScenarioResult[];
  /** Ratios of `bench:check` by id. */
  readonly ratios: ReadonlyMap<string, number>;
  /** Undefined when there was no long run. */
  readonly soak: SoakFigures | undefined;
}

/** What `bench:soak` writes, as far as a target hangs on it. */
export interface SoakFigures {
  /** Last quarter of the settled run against its first, 0.1 = 10 % more. */
  readonly costGrowth: number;
  readonly windows: readonly { readonly records: number; readonly residentMiB: number }[];
}

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  /** Undefined when it was not measured. */
  readonly isMet: boolean | undefined;
  readonly command: string;
}

const PIPELINES = [
  { title: 'Claude Code logs, protobuf, 100 records', ratio: 5, rate: 150_000 },
  { title: 'Claude Code logs, JSON, 100 records', ratio: 2.5, rate: 90_000 },
] as const;

const COST_GROWTH_MAX = 0.1;
const RESIDENT_MIB_MAX = 500;
const SOAK_RECORDS = 10_000_000;

/** All targets in the order of the README. */
export function judgeTargets(measured: Measured): Target[] {
  return [
    ...PIPELINES.map((pipeline) => pipelineTarget(measured, pipeline)),
    cpuTarget(measured),
    frontDoorTarget(measured),
    latencyTarget(measured, 'fleet_mix_to_blackhole', 'disk', 25),
    latencyTarget(measured, 'fleet_mix_memory_to_blackhole', 'memory', 10),
    soakTarget(measured),
  ];
}

function pipelineTarget({ micro }: Measured, { title, ratio, rate }: (typeof PIPELINES)[number]): Target {
  const found = micro.find((result) => result.title.includes(title));
  const ours = found?.cases[0];
  const naive = found?.cases[1];
  return {
    what: `worker pipeline on one core, ${title}`,
    target: `≥ ${ratio} × naive, ≥ ${rate / 1000} k records/s`,
    measured: ours && naive ? `${naive.oursTimes.toFixed(2)} ×, ${(ours.rate / 1000).toFixed(0)} k records/s` : '–',
    isMet: ours && naive ? naive.oursTimes >= ratio && ours.rate >= rate : undefined,
    command: 'npx node bench/micro/pipeline.bench.ts',
  };
}

function cpuTarget({ scenarios }: Measured): Target {
  const name = 'logs_100_protobuf_to_blackhole';
  const cost = scenarios.find((result) => result.name === name)?.saturated.cpuSecondsPerMillionRecords;
  return {
    what: 'whole server, requests of 100 records, disk durability',
    target: '≤ 10 CPU seconds per million records',
    measured: cost === undefined ? '–' : cost.toFixed(1),
    isMet: cost === undefined ? undefined : cost <= 10,
    command: `npm run bench -- --micro=none --scenario=${name}`,
  };
}

function frontDoorTarget({ ratios }: Measured): Target {
  const share = ratios.get('server-cpu');
  return {
    what: 'whole server, requests of one record per CPU second',
    target: '≥ 35 % of a bare uWebSockets.js handler',
    measured: share === undefined ? '–' : `${(share * 100).toFixed(0)} %`,
    isMet: share === undefined ? undefined : share >= 0.35,
    command: 'npm run bench:check',
  };
}

/** A run too short to show that the target holds can still show that it does not. */
function soakTarget({ soak }: Measured): Target {
  const records = soak?.windows.reduce((sum, window) => sum + window.records, 0) ?? 0;
  const residentMiB = Math.max(0, ...(soak?.windows.map((window) => window.residentMiB) ?? []));
  const growth = soak?.costGrowth ?? 0;
  const isKept = growth <= COST_GROWTH_MAX && residentMiB <= RESIDENT_MIB_MAX;
  const change = `${growth < 0 ? '−' : '+'}${Math.abs(growth * 100).toFixed(1)} %`;
  return {
    what: 'a long run: cost per record at its end against its beginning, resident memory',
    target: `10 M records: ≤ +${COST_GROWTH_MAX * 100} %, ≤ ${RESIDENT_MIB_MAX} MiB`,
    measured:
      soak === undefined ? '–' : `${(records / 1e6).toFixed(1)} M records: ${change}, ${residentMiB.toFixed(0)} MiB`,
    isMet: soak === undefined || (isKept && records < SOAK_RECORDS) ? undefined : isKept,
    command: 'npm run bench:soak -- --minutes=30',
  };
}

function latencyTarget({ scenarios }: Measured, name: string, durability: string, p99Max: number): Target {
  const latency = scenarios.find((result) => result.name === name)?.halfLoad.load.latency;
  return {
    what: `acknowledgement at half of saturation, durability ${durability}`,
    target: `p99 ≤ ${p99Max} ms, p99.9 ≤ 4 × p99`,
    measured: latency === undefined ? '–' : `p99 ${latency.p99.toFixed(1)} ms, p99.9 ${latency.p999.toFixed(1)} ms`,
    isMet: latency === undefined ? undefined : latency.p99 <= p99Max && latency.p999 <= 4 * latency.p99,
    command: `npm run bench -- --micro=none --scenario=${name}`,
  };
}

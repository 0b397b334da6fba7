/** The scenarios: what is sent and where the rows end. Results are named after them. */

import type { BodyShape } from '../fleet.ts';
import type { FleetOrder } from './load-child.ts';

export interface Scenario {
  readonly name: string;
  readonly sink: 'blackhole' | 'clickhouse';
  readonly fleet: FleetOrder;
  readonly connections: number;
  /** Settings of the server that belong to the scenario. */
  readonly settings: Readonly<Record<string, string>>;
}

const SEED = 2026;
const CONNECTIONS = 32;
const logs = (records: number, extra: Partial<BodyShape> = {}): BodyShape => ({
  provider: 'claude_code',
  signal: 'logs',
  bodyType: 'protobuf',
  records,
  ...extra,
});

const scenario = (
  name: string,
  parts: FleetOrder['parts'],
  sink: Scenario['sink'] = 'blackhole',
  settings: Scenario['settings'] = {},
): Scenario => ({ name: `${name}_to_${sink}`, sink, fleet: { seed: SEED, parts }, connections: CONNECTIONS, settings });

/** What a fleet's exporters and hooks send in a few seconds: small log batches, spans as JSON, hooks, now and then metrics. */
const MIX: FleetOrder['parts'] = [
  { shape: logs(8), count: 200 },
  { shape: logs(30), count: 60 },
  { shape: logs(12, { provider: 'codex' }), count: 100 },
  { shape: logs(5, { provider: 'cursor', bodyType: 'json' }), count: 20 },
  { shape: { provider: 'claude_code', signal: 'traces', bodyType: 'json', records: 15 }, count: 80 },
  { shape: { provider: 'claude_code', signal: 'metrics', bodyType: 'protobuf', records: 6 }, count: 20 },
  { shape: { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 }, count: 250 },
  { shape: { provider: 'codex', signal: 'hooks', bodyType: 'json', records: 1 }, count: 60 },
  { shape: { provider: 'cursor', signal: 'hooks', bodyType: 'json', records: 1 }, count: 60 },
];

const SCENARIOS: readonly Scenario[] = [
  scenario('logs_1_protobuf', [{ shape: logs(1), count: 1000 }]),
  scenario('logs_10_protobuf', [{ shape: logs(10), count: 300 }]),
  scenario('logs_100_protobuf', [{ shape: logs(100), count: 100 }]),
  scenario('logs_100_json', [{ shape: logs(100, { bodyType: 'json' }), count: 100 }]),
  scenario('logs_100_gzip', [{ shape: logs(100, { encoding: 'gzip' }), count: 100 }]),
  scenario('logs_500_protobuf', [{ shape: logs(500), count: 30 }]),
  scenario('traces_50_json', [
    { shape: { provider: 'claude_code', signal: 'traces', bodyType: 'json', records: 50 }, count: 100 },
  ]),
  scenario('traces_50_protobuf', [
    { shape: { provider: 'claude_code', signal: 'traces', bodyType: 'protobuf', records: 50 }, count: 100 },
  ]),
  scenario('metrics_protobuf', [
    { shape: { provider: 'claude_code', signal: 'metrics', bodyType: 'protobuf', records: 10 }, count: 200 },
  ]),
  scenario('hooks', [
    { shape: { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 }, count: 1000 },
  ]),
  scenario('fleet_mix', MIX),
  scenario('fleet_mix_memory', MIX, 'blackhole', { MODA_DURABILITY: 'memory' }),
  scenario('logs_100_protobuf', [{ shape: logs(100), count: 100 }], 'clickhouse'),
  scenario('fleet_mix', MIX, 'clickhouse'),
];

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);

/** A scenario by its name; throws for another. */
export function scenarioByName(name: string): Scenario {
  const found = SCENARIOS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

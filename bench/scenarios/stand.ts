/** One scenario's processes, standing: a sink, the server (or a bare handler in its place) and the load generator. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScenarioProcess } from './child-process.ts';
import type { Scenario } from './scenario.ts';

export const BENCH_KEY = 'moda_sk_bench_0123456789abcdef0123456789abcdef';
export const BENCH_TENANT = 'bench';

export interface Stand {
  readonly port: number;
  readonly storeUrl: string;
  readonly server: ScenarioProcess;
  readonly load: ScenarioProcess;
  readonly sink: ScenarioProcess | undefined;
  close(): Promise<void>;
}

/** Starts sink, server and generator and lets the generator make its fleet. `settings` are MODA_ variables. */
export async function openStand(scenario: Scenario, settings: Readonly<Record<string, string>> = {}): Promise<Stand> {
  const directory = mkdtempSync(join(tmpdir(), 'moda-bench-'));
  const sink = scenario.sink === 'blackhole' ? await ScenarioProcess.start('blackhole-child.ts') : undefined;
  const server = await ScenarioProcess.start('server-child.ts', {
    MODA_PORT: '0',
    MODA_DATA_DIR: directory,
    MODA_API_KEYS: `${BENCH_KEY}:${BENCH_TENANT}`,
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DRAIN_MS: '0',
    MODA_LOG_LEVEL: 'warn',
    ...(sink === undefined ? {} : { MODA_CLICKHOUSE_URL: `http://default:x@127.0.0.1:${sink.ready.port}` }),
    ...scenario.settings,
    ...settings,
  });
  const load = await ScenarioProcess.start('load-child.ts');
  await load.process.ask('fleet', scenario.fleet, 120_000);
  return {
    port: server.ready.port,
    storeUrl: server.ready.storeUrl ?? '',
    server: server.process,
    load: load.process,
    sink: sink?.process,
    close: async () => {
      await load.process.stop();
      await server.process.stop();
      await sink?.process.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The same with a bare handler for a server: `file` is its process. */
export async function openBareStand(scenario: Scenario, file = 'bare-child.ts'): Promise<Stand> {
  const server = await ScenarioProcess.start(file);
  const load = await ScenarioProcess.start('load-child.ts');
  await load.process.ask('fleet', scenario.fleet, 120_000);
  return {
    port: server.ready.port,
    storeUrl: '',
    server: server.process,
    load: load.process,
    sink: undefined,
    close: async () => {
      await load.process.stop();
      await server.process.stop();
    },
  };
}

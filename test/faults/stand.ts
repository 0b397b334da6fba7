/** A whole server in a process of its own, with load from another one: what outage, overload and fairness run on. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScenarioProcess } from '../../bench/scenarios/child-process.ts';
import type { FleetOrder } from '../../bench/scenarios/load-child.ts';
import type { Ending, TenantOrder } from './tenant-load-child.ts';

export interface FaultStand {
  readonly port: number;
  /** ClickHouse address with user and password. */
  readonly storeUrl: string;
  readonly server: ScenarioProcess;
  readonly tenants: readonly string[];
  /** Mean length of the fleet's bodies. */
  readonly bodyBytes: number;
  /** Sends for all tenants of the order at once; resolves with their results in the same order. */
  send(orders: readonly TenantOrder[]): Promise<Ending[]>;
  /** The same from a second generator: a flood that is made there does not make the first one late. */
  sendApart(orders: readonly TenantOrder[]): Promise<Ending[]>;
  close(): Promise<void>;
}

export interface StandOptions {
  /** MODA_ variables. */
  readonly settings: Readonly<Record<string, string>>;
  readonly tenants: number;
  readonly fleet: FleetOrder['parts'];
  /** `elsewhere`: what INSERTs cost is another machine's; here they are read to their end and thrown away. */
  readonly store?: 'embedded' | 'elsewhere';
}

const FLEET_MS_MAX = 120_000;
/** Beyond the load itself: answers that are still awaited when it ends. */
const ENDING_MS_MAX = 120_000;

export const keyOf = (tenant: string): string => `moda_sk_fault_${tenant}_0123456789abcdef`;

/** Starts a server whose store is ready, and a generator that has made its bodies. */
export async function openFaultStand(options: StandOptions): Promise<FaultStand> {
  const directory = mkdtempSync(join(tmpdir(), 'moda-fault-'));
  const tenants = Array.from({ length: options.tenants }, (_, index) => `tenant${index}`);
  const sink = options.store === 'elsewhere' ? await ScenarioProcess.start('blackhole-child.ts') : undefined;
  const server = await ScenarioProcess.start('server-child.ts', {
    MODA_PORT: '0',
    MODA_DATA_DIR: directory,
    MODA_API_KEYS: tenants.map((tenant) => `${keyOf(tenant)}:${tenant}`).join(','),
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DRAIN_MS: '0',
    MODA_LOG_LEVEL: 'silent',
    ...(sink === undefined ? {} : { MODA_CLICKHOUSE_URL: `http://default:x@127.0.0.1:${sink.ready.port}` }),
    ...options.settings,
  });
  const { port } = server.ready;
  const { generator: load, bodyBytes } = await startGenerator(options.fleet);
  let apart: ScenarioProcess | undefined;
  const sendFrom = async (generator: ScenarioProcess, orders: readonly TenantOrder[]): Promise<Ending[]> => {
    const longestMs = Math.max(...orders.map((order) => order.durationMs));
    return (await generator.ask('send', { port, orders }, longestMs + ENDING_MS_MAX)) as Ending[];
  };
  return {
    port,
    storeUrl: server.ready.storeUrl ?? '',
    server: server.process,
    tenants,
    bodyBytes,
    send: (orders) => sendFrom(load, orders),
    async sendApart(orders) {
      apart ??= (await startGenerator(options.fleet)).generator;
      return sendFrom(apart, orders);
    },
    async close() {
      await load.stop();
      await apart?.stop();
      await server.process.stop();
      await sink?.process.stop();
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

interface Generator {
  readonly generator: ScenarioProcess;
  readonly bodyBytes: number;
}

async function startGenerator(parts: FleetOrder['parts']): Promise<Generator> {
  const { process } = await ScenarioProcess.start('../../test/faults/tenant-load-child.ts');
  const bodyBytes = (await process.ask('fleet', { seed: 4, parts }, FLEET_MS_MAX)) as number;
  return { generator: process, bodyBytes };
}

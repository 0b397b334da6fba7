/**
 * The store goes away under steady load and comes back: the whole server, with the engine behind the fault proxy. What is
 * asked: every request is accepted, memory stays flat, and all rows are stored soon after, each exactly once.
 */

import { readLedger } from '../../bench/scenarios/ledger.ts';
import { createStoreClient, type StoreClient } from '../../src/clickhouse/client.ts';
import { openEngine, PASSWORD } from '../integration/clickhouse/open-engine.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { type FaultStand, keyOf, openFaultStand } from './stand.ts';
import type { Ending } from './tenant-load-child.ts';

export interface OutageOptions {
  readonly fault: 'refuse' | 'hang' | 'reset' | 'dropAnswer';
  readonly outageMs: number;
  readonly recordsPerSecond: number;
  /** MODA_ variables besides those of the stand. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface OutageReport {
  readonly load: Ending;
  /** From the end of the outage until every acknowledged row was in its table. */
  readonly storedAfterMs: number;
  readonly spoolMiBPeak: number;
  /** Resident memory of the server through the outage, one value a second. */
  readonly residentMiB: readonly number[];
  readonly rows: StoredCounts;
  readonly deadLettered: number;
}

interface StoredCounts {
  readonly raw: number;
  readonly rawRequests: number;
  readonly events: number;
  readonly eventIds: number;
}

export const RECORDS_PER_REQUEST = 100;
const LEAD_MS = 5000;
const TAIL_MS = 3000;
const SAMPLE_MS = 1000;
const MIB = 1024 * 1024;

const FLEET = [
  { shape: { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: RECORDS_PER_REQUEST }, count: 60 },
] as const;

/** Runs one outage. Everything it starts has ended when it returns. */
export async function runOutage(options: OutageOptions): Promise<OutageReport> {
  const engine = await openEngine();
  const proxy = await startFaultProxy({ port: engine.engine.port });
  const stand = await openFaultStand({
    settings: {
      ...options.settings,
      MODA_CLICKHOUSE_URL: `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`,
    },
    tenants: 1,
    fleet: FLEET,
  });
  const client = createStoreClient({ url: engine.engine.url, database: 'moda' });
  try {
    // Merges would collapse a row that was stored twice.
    await client.command('SYSTEM STOP MERGES moda.coding_agent_events');
    const order = {
      key: keyOf(stand.tenants[0]!),
      ratePerSecond: options.recordsPerSecond / RECORDS_PER_REQUEST,
      durationMs: LEAD_MS + options.outageMs + TAIL_MS,
      connections: 256,
    };
    const sending = stand.send([order]);
    await pause(LEAD_MS);
    const samples = await breakOff(stand, (fault) => proxy.set(fault), options);
    const restoredAtMs = performance.now();
    const [load] = await sending;
    const ledger = await readLedger(stand.port, ({ spooled }) => spooled === 0);
    const storedAfterMs = performance.now() - restoredAtMs;
    const rows = await countStored(client);
    return { load: load!, storedAfterMs, ...samples, rows, deadLettered: ledger.deadLettered };
  } finally {
    await client.close();
    await stand.close();
    await proxy.close();
    await engine.close();
  }
}

async function breakOff(
  stand: FaultStand,
  set: (fault: Fault) => Promise<void>,
  { fault, outageMs }: OutageOptions,
): Promise<Pick<OutageReport, 'residentMiB' | 'spoolMiBPeak'>> {
  const residentMiB: number[] = [];
  let spoolMiBPeak = 0;
  await set({ kind: fault });
  const endMs = performance.now() + outageMs;
  while (performance.now() < endMs) {
    await pause(Math.min(SAMPLE_MS, Math.max(0, endMs - performance.now())));
    residentMiB.push((await stand.server.stats()).residentBytes / MIB);
    spoolMiBPeak = Math.max(spoolMiBPeak, (await spoolBytes(stand.port)) / MIB);
  }
  await set({ kind: 'pass' });
  return { residentMiB, spoolMiBPeak };
}

async function spoolBytes(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^moda_spool_bytes (\S+)$/m.exec(text)?.[1] ?? 0);
}

async function countStored(client: StoreClient): Promise<StoredCounts> {
  const one = async (table: string, id: string): Promise<{ n: number; ids: number }> => {
    const [row] = await client.rows<{ n: string; ids: string }>(
      `SELECT count() AS n, uniqExact(${id}) AS ids FROM ${table}`,
    );
    return { n: Number(row?.n), ids: Number(row?.ids) };
  };
  const raw = await one('events_raw', 'request_id');
  const events = await one('coding_agent_events', 'event_id');
  return { raw: raw.n, rawRequests: raw.ids, events: events.n, eventIds: events.ids };
}

/** What does not hold of the report, as sentences. */
export function judgeOutage(report: OutageReport, growthMiBMax: number): string[] {
  const { load, rows, residentMiB } = report;
  const problems: string[] = [];
  const expect = (holds: boolean, sentence: string): void => void (holds || problems.push(sentence));
  expect(load.acknowledged === load.requests && load.unanswered === 0, `answers ${JSON.stringify(load.statuses)}`);
  expect(rows.raw === load.acknowledged, `${rows.raw} raw rows of ${load.acknowledged} requests`);
  expect(rows.rawRequests === rows.raw, `${rows.raw} raw rows, ${rows.rawRequests} request ids`);
  expect(rows.events === load.events, `${rows.events} event rows of ${load.events} events`);
  expect(rows.eventIds === rows.events, `${rows.events} event rows, ${rows.eventIds} event ids`);
  expect(report.deadLettered === 0, `${report.deadLettered} rows set aside`);
  expect(report.storedAfterMs < STORED_MS_MAX, `stored after ${Math.round(report.storedAfterMs)} ms`);
  const { growthMiB } = memoryOf(residentMiB);
  expect(growthMiB < growthMiBMax, `resident memory grew by ${growthMiB.toFixed(0)} MiB`);
  return problems;
}

const STORED_MS_MAX = 60_000;
/** Means of the second and the last quarter, and what lies between them. */
export function memoryOf(residentMiB: readonly number[]): { second: number; last: number; growthMiB: number } {
  const quarter = Math.max(1, Math.floor(residentMiB.length / 4));
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const second = mean(residentMiB.slice(quarter, quarter * 2));
  const last = mean(residentMiB.slice(-quarter));
  return { second, last, growthMiB: last - second };
}

/** The length of an outage, and the pause between two looks at the server. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/**
 * A skill run over a million events of 5 000 sessions, through a whole server: how long it takes, what memory it needs, and
 * what ingest feels of it at 5 000 records/s. Run: `node bench/scenarios/skills-million.ts`.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createStoreClient, type StoreClient } from '../../src/clickhouse/client.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createServer, type Server } from '../../src/server.ts';
import { Fleet } from '../fleet.ts';
import { openLoop } from '../load/open-loop.ts';
import { prepareRequest } from '../load/prepared-request.ts';
import { describeMachine } from '../machine.ts';
import { insertFleet, PLANTED } from './skills-fleet-sql.ts';

const SESSIONS = 5_000;
const EVENTS_PER_SESSION = 200;
const RECORDS_PER_BODY = 20;
const RECORDS_PER_SECOND = 5_000;
const LOAD_MS = 20_000;
const FLEET_KEY = 'moda_sk_bench_fleet_0123456789abcdef';
const LOAD_KEY = 'moda_sk_bench_load_0123456789abcdef0';

interface RunFigures {
  readonly seconds: number;
  readonly approved: number;
  readonly found: number;
  readonly serverPeakMiB: number;
  readonly storePeakMiB: number;
}

export interface SkillsMillionResult {
  readonly machine: ReturnType<typeof describeMachine>;
  readonly events: number;
  readonly sessions: number;
  readonly alone: RunFigures;
  readonly beside: RunFigures;
  /** A second run over handled sessions. */
  readonly again: { readonly seconds: number; readonly found: number };
  /** Milliseconds until the acknowledgement, without and during a run. */
  readonly p99Without: number;
  readonly p99During: number;
}

/** Runs the scenario on a server of its own in a temporary directory. */
export async function skillsMillion(): Promise<SkillsMillionResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'moda-bench-skills-'));
  const config = loadConfig({
    MODA_PORT: '0',
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DATA_DIR: dataDir,
    MODA_API_KEYS: `${FLEET_KEY}:fleet,${LOAD_KEY}:load`,
    MODA_LOG_LEVEL: 'error',
    MODA_DRAIN_MS: '0',
  });
  const server = await createServer(config);
  await server.storeReady;
  const client = createStoreClient({ url: server.storeUrl, database: config.clickhouseDatabase });
  try {
    return await measure(server, client);
  } finally {
    await client.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(server: Server, client: StoreClient): Promise<SkillsMillionResult> {
  const size = { sessions: SESSIONS, eventsPerSession: EVENTS_PER_SESSION, endsAtMs: Date.now() - 3_600_000 };
  await client.command(insertFleet('fleet', size));
  const alone = await run(server);
  check(alone);
  const again = await run(server);
  if (again.found !== 0) throw new Error(`a second run found ${again.found} new skills`);
  await load(server, 3_000); // The first bodies compile the path; they are no baseline.
  const p99Without = await load(server, LOAD_MS);
  for (const table of ['skills', 'skill_versions', 'skill_sessions', 'skill_evidence']) {
    await client.command(`TRUNCATE TABLE ${table}`);
  }
  // As long as the run is expected to take, so that the percentile is of the run and not of its end.
  const loadMs = Math.max(LOAD_MS, alone.seconds * 1000);
  const [beside, p99During] = await Promise.all([run(server), load(server, loadMs)]);
  check(beside);
  return {
    machine: describeMachine(),
    events: SESSIONS * EVENTS_PER_SESSION,
    sessions: SESSIONS,
    alone,
    beside,
    again: { seconds: again.seconds, found: again.found },
    p99Without,
    p99During,
  };
}

function check(figures: RunFigures): void {
  if (figures.approved !== PLANTED) throw new Error(`${figures.approved} skills approved, ${PLANTED} were planted`);
}

/** Starts a run over HTTP and follows it to its end. */
async function run(server: Server): Promise<RunFigures> {
  const startedAt = performance.now();
  const peaks = { server: 0, store: 0 };
  const started = (await call(server, 'POST', '/v1/skills/generate')) as { run_id: string };
  for (;;) {
    const state = (await call(server, 'GET', `/v1/skills/runs/${started.run_id}`)) as RunState;
    peaks.server = Math.max(peaks.server, residentMiB(process.pid));
    for (const child of childrenOf(process.pid)) peaks.store = Math.max(peaks.store, residentMiB(child));
    if (state.status === 'failed') throw new Error(`the run failed: ${state.error}`);
    if (state.status === 'done') {
      const { approved, found } = state.summary;
      const seconds = (performance.now() - startedAt) / 1000;
      return { seconds, approved, found, serverPeakMiB: peaks.server, storePeakMiB: peaks.store };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface RunState {
  readonly status: 'running' | 'done' | 'failed';
  readonly error: string;
  readonly summary: { readonly approved: number; readonly found: number };
}

async function call(server: Server, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${FLEET_KEY}` };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** Sends logs at the fixed rate; returns the p99 in milliseconds. */
async function load(server: Server, durationMs: number): Promise<number> {
  const fleet = new Fleet(7);
  const shape = { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: RECORDS_PER_BODY } as const;
  const host = `127.0.0.1:${server.port}`;
  const requests = fleet.bodies(shape, 64).map((body) => prepareRequest(body, host, LOAD_KEY));
  const ratePerSecond = RECORDS_PER_SECOND / RECORDS_PER_BODY;
  const options = { port: server.port, requests, ratePerSecond, durationMs, connections: 64, seed: 3 };
  const result = await openLoop(options);
  if (result.acknowledged !== result.requests) throw new Error('a request was refused');
  return result.latency.p99;
}

/** Resident memory of a process; 0 where /proc does not tell. */
function residentMiB(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    // Not Linux.
    return [];
  }
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await skillsMillion(), undefined, 2)}\n`);

/**
 * A skill run over a million events of 5 000 sessions, through a whole server: how long it takes, what memory it needs, and
 * what ingest feels of it at 5 000 records/s. Run: `node bench/scenarios/skills-million.ts`.
 */

import { readdirSync, readFileSync } from 'node:fs';

import { createStoreClient, type StoreClient } from '../../src/clickhouse/client.ts';
import type { Latency, LoadResult } from '../load/load-result.ts';
import { describeMachine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { insertFleet, PLANTED } from './skills-fleet-sql.ts';
import { BENCH_KEY, BENCH_TENANT, openStand, type Stand } from './stand.ts';

const SESSIONS = 5_000;
const EVENTS_PER_SESSION = 200;
const RECORDS_PER_BODY = 20;
const RECORDS_PER_SECOND = 5_000;
const LOAD_MS = 20_000;
const WARM_UP_MS = 5_000;
const FLEET_KEY = 'moda_sk_bench_fleet_0123456789abcdef';

const SCENARIO: Scenario = {
  name: 'skills_million',
  sink: 'clickhouse',
  fleet: {
    seed: 7,
    parts: [
      {
        shape: { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: RECORDS_PER_BODY },
        count: 200,
      },
    ],
  },
  connections: 64,
  settings: { MODA_API_KEYS: `${BENCH_KEY}:${BENCH_TENANT},${FLEET_KEY}:fleet`, MODA_LOG_LEVEL: 'error' },
};

interface RunFigures {
  readonly seconds: number;
  readonly approved: number;
  readonly found: number;
}

export interface SkillsMillionResult {
  readonly machine: ReturnType<typeof describeMachine>;
  readonly events: number;
  readonly sessions: number;
  readonly alone: RunFigures;
  readonly beside: RunFigures;
  /** A second run over handled sessions. */
  readonly again: RunFigures;
  /** Milliseconds until the acknowledgement, without and during a run. */
  readonly latencyWithout: Latency;
  readonly latencyDuring: Latency;
  readonly serverPeakMiB: number;
  readonly storePeakMiB: number;
}

/** Runs the scenario on a server of its own in a temporary directory. */
async function skillsMillion(): Promise<SkillsMillionResult> {
  const stand = await openStand(SCENARIO);
  const client = createStoreClient({ url: stand.storeUrl, database: 'moda' });
  try {
    return await measureRuns(stand, client);
  } finally {
    await client.close();
    await stand.close();
  }
}

async function measureRuns(stand: Stand, client: StoreClient): Promise<SkillsMillionResult> {
  const size = { sessions: SESSIONS, eventsPerSession: EVENTS_PER_SESSION, endsAtMs: Date.now() - 3_600_000 };
  await client.command(insertFleet('fleet', size));
  // Merges of the insert would weigh on the baseline alone.
  await client.command('OPTIMIZE TABLE coding_agent_events FINAL');
  const alone = await run(stand);
  check(alone);
  const again = await run(stand);
  if (again.found !== 0) throw new Error(`a second run found ${again.found} new skills`);
  await load(stand, WARM_UP_MS);
  const latencyWithout = await load(stand, LOAD_MS);
  for (const table of ['skills', 'skill_versions', 'skill_sessions', 'skill_evidence']) {
    await client.command(`TRUNCATE TABLE ${table}`);
  }
  // As long as the run is expected to take, so that the percentile is of the run and not of its end.
  const loadMs = Math.max(LOAD_MS, alone.seconds * 1000);
  const [beside, latencyDuring] = await Promise.all([run(stand), load(stand, loadMs)]);
  check(beside);
  const { residentBytesPeak } = await stand.server.stats();
  return {
    machine: describeMachine(),
    events: SESSIONS * EVENTS_PER_SESSION,
    sessions: SESSIONS,
    ...{ alone, beside, again, latencyWithout, latencyDuring },
    serverPeakMiB: Math.round(residentBytesPeak / 1024 ** 2),
    storePeakMiB: enginePeakMiB(),
  };
}

function check(figures: RunFigures): void {
  if (figures.approved !== PLANTED) throw new Error(`${figures.approved} skills approved, ${PLANTED} were planted`);
}

interface RunState {
  readonly status: 'running' | 'done' | 'failed';
  readonly error: string;
  readonly summary: { readonly approved: number; readonly found: number };
}

/** Starts a run over HTTP and follows it to its end. */
async function run(stand: Stand): Promise<RunFigures> {
  const startedAt = performance.now();
  const started = (await call(stand, 'POST', '/v1/skills/generate')) as { run_id: string };
  for (;;) {
    const state = (await call(stand, 'GET', `/v1/skills/runs/${started.run_id}`)) as RunState;
    if (state.status === 'failed') throw new Error(`the run failed: ${state.error}`);
    if (state.status === 'done') {
      const { approved, found } = state.summary;
      return { seconds: (performance.now() - startedAt) / 1000, approved, found };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function call(stand: Stand, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${FLEET_KEY}` };
  const response = await fetch(`http://127.0.0.1:${stand.port}${path}`, { method, headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** Sends logs at the fixed rate. */
async function load(stand: Stand, durationMs: number): Promise<Latency> {
  const ratePerSecond = RECORDS_PER_SECOND / RECORDS_PER_BODY;
  const order = { mode: 'open', ratePerSecond, connections: SCENARIO.connections, durationMs } as const;
  const content = { ...order, port: stand.port, key: BENCH_KEY };
  const result = (await stand.load.ask('load', content, durationMs + 120_000)) as LoadResult;
  if (result.acknowledged !== result.requests) throw new Error('a request was refused');
  return result.latency;
}

/** Highest resident memory of the embedded engine's process, a grandchild of this one; 0 where /proc does not tell. */
function enginePeakMiB(): number {
  try {
    const engines = childrenOf(process.pid).flatMap(childrenOf);
    const peaks = engines.map((pid) => /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Math.round(Math.max(0, ...peaks.map((kib) => Number(kib ?? 0))) / 1024);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await skillsMillion(), undefined, 2)}\n`);

/**
 * Rounds of load and SIGKILL on real processes: the server's half (spool and sink), the engine's, or both, at random
 * moments and at chosen calls. Afterwards every acknowledged row must be in its table exactly once.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StoreClient } from '../../src/clickhouse/client.ts';
import { Chance } from '../simulation/virtual-time.ts';
import { KILL_OPERATIONS, type KillPoint } from './kill-points.ts';
import { storedRows } from './small-tables.ts';
import type { VictimOptions } from './victim.ts';

const VICTIM = fileURLToPath(new URL('./victim.ts', import.meta.url));

/** Requests of one round have numbers of their own. */
const REQUESTS_PER_ROUND_MAX = 1_000_000;

/** Rounds are short and leave many small segments: a spool of thousands would make each start a long one. */
const ROUNDS_BETWEEN_DRAINS = 50;

/** A chosen call that never comes (no `count` without a fault) must not hold up the round. */
const ROUND_MS_MAX = 1500;

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly directory: string;
  readonly url: string;
  readonly client: StoreClient;
  /** Kills the engine's process and starts another. */
  readonly killEngine: () => Promise<void>;
  readonly kills: Kills;
}

/** What a round kills: the server's half, the engine, the one after the other, or mostly the first and now and then both. */
export type Kills = 'server' | 'engine' | 'both' | 'mixed';

const ENGINE_KILL_CHANCE: Readonly<Record<Kills, number>> = { server: 0, engine: 1, both: 1, mixed: 0.1 };

/** Kills of the engine under one server that lives through them. */
const ENGINE_KILLS_PER_LIFE = 25;

export interface KillReport {
  readonly acknowledged: number;
  readonly lost: readonly number[];
  readonly doubled: readonly number[];
  readonly kills: Readonly<Record<string, number>>;
}

export async function runKillRounds(options: KillOptions): Promise<KillReport> {
  const chance = new Chance(options.seed);
  const { acknowledged, kills } =
    options.kills === 'engine' ? await killEngines(options, chance) : await killServers(options, chance);
  await drain(options);
  return { acknowledged: acknowledged.length, kills, ...(await compare(options.client, acknowledged)) };
}

interface Rounds {
  readonly acknowledged: readonly number[];
  readonly kills: Readonly<Record<string, number>>;
}

async function killServers(options: KillOptions, chance: Chance): Promise<Rounds> {
  const acknowledged: number[] = [];
  const kills: Record<string, number> = {};
  for (let round = 0; round < options.rounds; round++) {
    const killPoint = chance.chance(0.5) ? randomPoint(chance) : undefined;
    const victim = startVictim({ ...victimOptions(options), firstRequest: round * REQUESTS_PER_ROUND_MAX, killPoint });
    const acks = collect(victim);
    const cause = await killInRound(options, chance, victim, killPoint);
    for (const request of await acks) acknowledged.push(request);
    for (const one of cause) kills[one] = (kills[one] ?? 0) + 1;
    if ((round + 1) % ROUNDS_BETWEEN_DRAINS === 0) await drain(options);
  }
  return { acknowledged, kills };
}

/** The engine is killed again and again under a server that goes on, and ends orderly. */
async function killEngines(options: KillOptions, chance: Chance): Promise<Rounds> {
  const acknowledged: number[] = [];
  for (let round = 0; round < options.rounds; ) {
    const victim = startVictim({ ...victimOptions(options), firstRequest: round * REQUESTS_PER_ROUND_MAX });
    const acks = collect(victim);
    await once(victim.stdout!, 'data');
    const last = Math.min(options.rounds, round + ENGINE_KILLS_PER_LIFE);
    for (; round < last; round++) {
      await untilUp(options.client);
      await pause(chance.next() * 400);
      await options.killEngine();
    }
    await untilUp(options.client);
    const exited = once(victim, 'exit');
    victim.kill('SIGTERM');
    await exited;
    if (victim.exitCode !== 0) throw new Error(`the victim ended with ${victim.exitCode}`);
    for (const request of await acks) acknowledged.push(request);
  }
  return { acknowledged, kills: { engine: options.rounds } };
}

async function untilUp(client: StoreClient): Promise<void> {
  while (!(await client.ping())) await pause(20);
}

function victimOptions({ directory, url, client }: KillOptions): VictimOptions {
  return { directory, url, database: client.database };
}

function randomPoint(chance: Chance): KillPoint {
  const operation = chance.pick(KILL_OPERATIONS);
  const call = operation === 'write-frames' ? chance.between(1, 60) : chance.between(1, 8);
  return { operation, moment: chance.pick(['before', 'after'] as const), call };
}

function startVictim(options: VictimOptions): ChildProcess {
  return spawn(process.execPath, [VICTIM, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Numbers that the victim wrote, until its end; a last line without an end is no acknowledgement. */
async function collect(victim: ChildProcess): Promise<number[]> {
  let text = '';
  victim.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(victim, 'close');
  return text.split('\n').slice(0, -1).map(Number);
}

async function killInRound(
  options: KillOptions,
  chance: Chance,
  victim: ChildProcess,
  killPoint: KillPoint | undefined,
): Promise<string[]> {
  const causes: string[] = [];
  const exited = once(victim, 'exit');
  await Promise.race([once(victim.stdout!, 'data'), exited]);
  if (chance.chance(ENGINE_KILL_CHANCE[options.kills])) {
    if (options.kills === 'both') await untilUp(options.client);
    await pause(chance.next() * 150);
    await options.killEngine();
    causes.push('engine');
  }
  const endMs = killPoint === undefined ? chance.next() * 500 : ROUND_MS_MAX;
  const isOver = await Promise.race([exited.then(() => true), pause(endMs).then(() => false)]);
  if (!isOver) {
    victim.kill('SIGKILL');
    await exited;
  }
  causes.push(isOver && killPoint !== undefined ? `${killPoint.moment} ${killPoint.operation}` : 'random');
  if (victim.signalCode !== 'SIGKILL') throw new Error(`the victim ended by itself: ${victim.exitCode}`);
  return causes;
}

async function drain(options: KillOptions): Promise<void> {
  const last = startVictim(victimOptions(options));
  await once(last, 'exit');
  if (last.exitCode !== 0) throw new Error('the spool was not emptied, or rows were set aside');
}

async function compare(
  client: StoreClient,
  acknowledged: readonly number[],
): Promise<{ lost: number[]; doubled: number[] }> {
  const raw = await storedRows(client, 'events_raw');
  const events = await storedRows(client, 'coding_agent_events');
  const isStored = (request: number): boolean =>
    raw.has(request) && events.has(request * 2) && events.has(request * 2 + 1);
  const doubled = [...raw, ...events].filter(([, times]) => times !== 1).map(([row]) => row);
  return { lost: acknowledged.filter((request) => !isStored(request)), doubled };
}

/** The moment of a random kill, not a wait for anything. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

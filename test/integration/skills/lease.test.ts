/** One run at a time per tenant among several server processes, over a real table, in many interleavings. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import { beat, claimLease, isDead } from '../../../src/skills/lease.ts';
import { EMPTY_SUMMARY, readOpenRuns, readRun, writeRun } from '../../../src/skills/run-record.ts';
import type { Runner } from '../../../src/skills/runner.ts';
import { createSkillService, type SkillService } from '../../../src/skills/service.ts';
import { DEFAULT_HARNESS_SETTINGS } from '../../../src/skills/settings.ts';
import type { StorePort } from '../../../src/skills/store.ts';
import { SeededRandom } from '../../random.ts';
import { openTestStore, type TestStore } from './chdb-store.ts';

const LEASE_MS = 30_000;
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => store.truncate());

/** Each call waits a drawn time before and after, so that claims interleave in every order. */
function jittered(random: SeededRandom): StorePort {
  const wait = () => delay(Math.floor(random.next() * 12));
  return {
    async query<T>(sql: string, parameters: Readonly<Record<string, string | number>>): Promise<T[]> {
      await wait();
      const rows = await store.query<T>(sql, parameters);
      await wait();
      return rows;
    },
    async insert(table, rows) {
      await wait();
      await store.insert(table, rows);
      await wait();
    },
    command: (sql) => store.command(sql),
  };
}

describe('claiming the lease', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'of several claims at once exactly one holds it and the others join it (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const options = { tenantId: 'acme', leaseMs: LEASE_MS, now: Date.now };
      const claims = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          await delay(Math.floor(random.next() * 60));
          return claimLease(`run-${index}`, { ...options, store: jittered(random) });
        }),
      );
      const held = claims.filter((claim) => claim.held);
      expect(held).toHaveLength(1);
      const holder = held[0]!.held ? held[0]!.record.runId : '';
      for (const claim of claims) if (!claim.held) expect(claim.runId).toBe(holder);
      expect((await readOpenRuns(store, 'acme')).map((run) => run.runId)).toEqual([holder]);
    },
  );

  it('is per tenant', async () => {
    const options = { store, leaseMs: LEASE_MS, now: Date.now };
    expect(await claimLease('run-a', { ...options, tenantId: 'a' })).toMatchObject({ held: true });
    expect(await claimLease('run-b', { ...options, tenantId: 'b' })).toMatchObject({ held: true });
  });

  it('joins a run under way and gets the lease after it ended', async () => {
    const options = { store, tenantId: 'acme', leaseMs: LEASE_MS, now: Date.now };
    const first = await claimLease('first', options);
    expect(await claimLease('second', options)).toEqual({ held: false, runId: 'first' });
    if (!first.held) throw new Error('the first claim must hold');
    await writeRun(store, 'acme', { ...first.record, status: 'done', revision: first.record.revision + 1 });
    expect(await claimLease('third', options)).toMatchObject({ held: true, record: { runId: 'third' } });
  });

  it('takes over from a run whose heartbeat is older than the lease, and its owner learns so', async () => {
    let nowMs = 1_800_000_000_000;
    const options = { store, tenantId: 'acme', leaseMs: LEASE_MS, now: () => nowMs };
    const first = await claimLease('first', options);
    if (!first.held) throw new Error('the first claim must hold');
    nowMs += LEASE_MS;
    expect(await claimLease('second', options)).toEqual({ held: false, runId: 'first' });
    nowMs += 1;
    expect(await claimLease('third', options)).toMatchObject({ held: true });
    expect(await readRun(store, 'acme', 'first')).toMatchObject({ status: 'failed' });
    const late = { ...first.record, heartbeatAtMs: nowMs, revision: first.record.revision + 1 };
    expect(await beat(late, store, 'acme')).toBe(false);
    expect(await readRun(store, 'acme', 'first')).toMatchObject({ status: 'failed' });
  });

  it('takes over from a run that died before the clock was set back', async () => {
    let nowMs = 1_800_000_000_000;
    const options = { store, tenantId: 'acme', leaseMs: LEASE_MS, now: () => nowMs };
    expect(await claimLease('first', options)).toMatchObject({ held: true });
    nowMs -= LEASE_MS;
    expect(await claimLease('second', options)).toEqual({ held: false, runId: 'first' });
    nowMs -= 86_400_000;
    expect(await claimLease('third', options)).toMatchObject({ held: true });
    expect(await readRun(store, 'acme', 'first')).toMatchObject({ status: 'failed' });
  });

  it('a claim that died while choosing is closed and does not hold others up', async () => {
    const nowMs = 1_800_000_000_000;
    const dead = { runId: 'dead', status: 'choosing', ticket: 0, joinedRunId: '', error: '' } as const;
    const progress = { stage: 'waiting', done: 0, total: 0 };
    const times = { startedAtMs: nowMs - LEASE_MS - 1, heartbeatAtMs: nowMs - LEASE_MS - 1, revision: 1 };
    await writeRun(store, 'acme', { ...dead, ...times, progress, summary: EMPTY_SUMMARY });
    const claim = await claimLease('next', { store, tenantId: 'acme', leaseMs: LEASE_MS, now: () => nowMs });
    expect(claim).toMatchObject({ held: true });
    const record = await readRun(store, 'acme', 'dead');
    expect(record).toMatchObject({ status: 'failed' });
    expect(isDead(record!, LEASE_MS, nowMs)).toBe(false);
  });
});

describe('runs of a service', () => {
  const settings = { ...DEFAULT_HARNESS_SETTINGS, heartbeatMs: 20 };
  const failures: string[] = [];
  const serviceWith = (runner: Runner): SkillService =>
    createSkillService({
      ...{ store, runner, settings, rules: NO_CUSTOM_RULES, model: undefined, now: Date.now },
      onFailure: (_tenant, _run, reason) => failures.push(reason),
    });

  /** A runner that ends when told. */
  function held(): { runner: Runner; started: Promise<void>; starts: string[]; finish: (error?: Error) => void } {
    const starts: string[] = [];
    let begin = () => {};
    let finish: (error?: Error) => void = () => {};
    const started = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const runner: Runner = (job, report, signal) =>
      new Promise((resolve, reject) => {
        starts.push(job.tenantId);
        report({ stage: 'reading', done: 3, total: 7 });
        finish = (error) =>
          error === undefined ? resolve({ ...EMPTY_SUMMARY, found: 2, notes: ['seen'] }) : reject(error);
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        begin();
      });
    return { runner, started, starts, finish: (error) => finish(error) };
  }

  async function ended(service: SkillService, runId: string, tenantId = 'acme') {
    for (;;) {
      const run = await service.run(tenantId, runId);
      if (run?.status !== 'running') return run;
      await delay(10);
    }
  }

  it('two processes asked at the same time run once, and both show its progress and its end', async () => {
    const one = held();
    const two = held();
    const first = serviceWith(one.runner);
    const second = serviceWith(two.runner);
    const [left, right] = await Promise.all([first.generate('acme'), second.generate('acme')]);
    expect(left.run_id).toBe(right.run_id);
    await Promise.race([one.started, two.started]);
    expect(one.starts.length + two.starts.length).toBe(1);
    expect((await first.generate('acme')).run_id).toBe(left.run_id);
    for (;;) {
      const seen = await Promise.all([first.run('acme', left.run_id), second.run('acme', left.run_id)]);
      if (seen.every((run) => run?.progress.done === 3)) break;
      await delay(10);
    }
    one.finish();
    two.finish();
    expect(await ended(second, left.run_id)).toMatchObject({ status: 'done', summary: { found: 2, notes: ['seen'] } });
    await Promise.all([first.close(), second.close()]);
  });

  it('says why a run failed, and the next one starts afresh', async () => {
    const broken = held();
    const service = serviceWith(broken.runner);
    const { run_id } = await service.generate('acme');
    await broken.started;
    broken.finish(new Error('ClickHouse error 241 (MEMORY_LIMIT_EXCEEDED)'));
    expect(await ended(service, run_id)).toMatchObject({ status: 'failed', error: expect.stringContaining('241') });
    expect((await service.generate('acme')).run_id).not.toBe(run_id);
    await service.close();
  });

  it('stops runs under way when the process stops, waiting ones too, and says so', async () => {
    const slow = held();
    const service = serviceWith(slow.runner);
    const running = await service.generate('a');
    const waiting = await service.generate('b');
    await slow.started;
    expect(slow.starts).toEqual(['a']);
    await service.close();
    expect(await service.run('a', running.run_id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('stopped'),
    });
    expect(await service.run('b', waiting.run_id)).toMatchObject({ status: 'failed' });
    await expect(service.generate('c')).rejects.toMatchObject({ code: 'DRAINING' });
  });

  it('shows a run to its own tenant only', async () => {
    const one = held();
    const service = serviceWith(one.runner);
    const { run_id } = await service.generate('acme');
    expect(await service.run('other', run_id)).toBeUndefined();
    await one.started;
    one.finish();
    await ended(service, run_id);
    await service.close();
  });
});

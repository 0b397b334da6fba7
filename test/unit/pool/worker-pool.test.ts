import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/errors.ts';
import type { PoolRequest } from '../../../src/pool/entry.ts';
import type { RequestResult } from '../../../src/pool/task.ts';
import { type PoolOptions, type TaskReport, WorkerPool } from '../../../src/pool/worker-pool.ts';
import { poolRequest } from './pool-request.ts';

const SCRIPTED = fileURLToPath(new URL('./fixtures/scripted-worker.ts', import.meta.url));

let pool: WorkerPool | undefined;
const reports: TaskReport[] = [];

async function start(options: Partial<PoolOptions> = {}): Promise<WorkerPool> {
  reports.length = 0;
  pool = await WorkerPool.start({
    workers: 2,
    filename: SCRIPTED,
    workerData: {},
    limits: { requestsMax: 64, bytesMax: 1024 * 1024 },
    queueMsMax: 10_000,
    waitingTasksMax: 4,
    keep: async () => undefined,
    kept: (report) => reports.push(report),
    lost: () => undefined,
    ...options,
  });
  return pool;
}

afterEach(async () => {
  await pool?.stop();
  pool = undefined;
});

function request(text: string, tenantId = 't'): PoolRequest {
  return poolRequest({ tenantId, receivedAtMs: 0, body: new TextEncoder().encode(text) });
}

function submit(to: WorkerPool, text: string, tenantId = 't'): Promise<RequestResult> {
  return new Promise((resolve) => to.submit(request(text, tenantId), resolve));
}

describe('WorkerPool', () => {
  it('gives each request of a task its own result', async () => {
    const running = await start();
    const results = await Promise.all(['a', 'bb', 'ccc'].map((text) => submit(running, text)));
    expect(results.map((result) => result.ok && result.recordCount)).toEqual([1, 2, 3]);
  });

  it('sends the requests of one turn of the event loop as one task', async () => {
    const running = await start({ workers: 1 });
    await Promise.all(Array.from({ length: 50 }, () => submit(running, 'x')));
    expect(reports.map((report) => report.requests.length)).toEqual([50]);
  });

  it('splits a turn at the limits of a task', async () => {
    const running = await start({ workers: 1, limits: { requestsMax: 20, bytesMax: 1024 * 1024 } });
    await Promise.all(Array.from({ length: 50 }, () => submit(running, 'x')));
    expect(reports.every((report) => report.requests.length <= 20)).toBe(true);
    expect(reports.reduce((sum, report) => sum + report.requests.length, 0)).toBe(50);
  });

  it('puts requests of two days into two tasks: what is kept or refused together is of one day', async () => {
    const running = await start({ workers: 1 });
    const midnightMs = Date.UTC(2026, 10, 24);
    const times = [-2, 1, -1, 0].map((ms) => midnightMs + ms);
    const requests = times.map((receivedAtMs) => poolRequest({ receivedAtMs, body: Buffer.from('x') }));
    await Promise.all(requests.map((each) => new Promise((resolve) => running.submit(each, resolve))));
    const tasks = reports.map((report) => report.requests.map(({ receivedAtMs }) => receivedAtMs - midnightMs));
    expect(tasks).toEqual([
      [-2, -1],
      [1, 0],
    ]);
  });

  it('settles a request only after its frames are kept', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let isKept = false;
    const running = await start({
      keep: async () => {
        await gate;
        isKept = true;
      },
    });
    const settled = submit(running, 'x').then(() => isKept);
    open();
    expect(await settled).toBe(true);
  });

  it('refuses the requests of a task whose frames cannot be kept, by the code of the spool', async () => {
    const running = await start({
      keep: async () => {
        throw new IngestError('SPOOL_FULL');
      },
    });
    const results = await Promise.all([submit(running, 'x'), submit(running, 'y')]);
    expect(results).toEqual([
      { ok: false, code: 'SPOOL_FULL', detail: '' },
      { ok: false, code: 'SPOOL_FULL', detail: '' },
    ]);
    expect(reports).toEqual([]);
  });

  it.each(['throw', 'exit', 'heap'])(
    'replaces a worker that ends by "%s" and refuses only the culprit',
    async (bad) => {
      let lost = 0;
      const running = await start({
        workers: 1,
        // A heap fills slowly on a busy machine, and the neighbours wait for it in quarantine.
        queueMsMax: 60_000,
        lost: () => {
          lost += 1;
        },
      });
      const texts = ['a', 'b', bad, 'c', 'd'];
      const results = await Promise.all(texts.map((text, index) => submit(running, text, `tenant-${index}`)));
      expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'ok', 'POISONOUS', 'ok', 'ok']);
      expect(lost).toBe(1);
      expect(await submit(running, 'after')).toMatchObject({ ok: true });
    },
  );

  it('runs every innocent request exactly once to its end', async () => {
    const running = await start({ workers: 1 });
    const results = await Promise.all(
      ['a', 'exit', 'b'].map((text, index) => submit(running, text, `tenant-${index}`)),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(2);
    const kept = reports.flatMap((report) => report.requests.map((each) => each.requestId));
    expect(new Set(kept).size).toBe(kept.length);
    // The culprit's own row is written too, by a task without its body.
    expect(kept).toHaveLength(3);
  });

  it('ends a worker that does not come back and refuses its request', async () => {
    const running = await start({ workers: 1, taskMsMax: 300 });
    const results = await Promise.all([submit(running, 'hang', 'bad'), submit(running, 'ok', 'good')]);
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['POISONOUS', 'ok']);
  });

  it('keeps other tenants on the pool while the tenant of a culprit is in quarantine', async () => {
    const lostRequests: number[] = [];
    const running = await start({ workers: 1, lost: (_kind, requests) => lostRequests.push(requests) });
    await submit(running, 'exit', 'bad');
    const [second, other] = await Promise.all([submit(running, 'exit', 'bad'), submit(running, 'fine', 'good')]);
    expect(second).toMatchObject({ ok: false, code: 'POISONOUS' });
    expect(other).toMatchObject({ ok: true });
    // Only the first one took a worker of the pool down.
    expect(lostRequests).toEqual([1]);
  });

  it('refuses what waits longer than the limit behind a culprit in quarantine', async () => {
    const running = await start({ workers: 1, queueMsMax: 100, taskMsMax: 300 });
    const results = await Promise.all([submit(running, 'hang', 'bad'), submit(running, 'ok', 'good')]);
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['POISONOUS', 'SERVER_FULL']);
  });

  it('refuses what waits longer than the limit', async () => {
    const running = await start({ workers: 1, queueMsMax: 40, limits: { requestsMax: 1, bytesMax: 1 } });
    const slow = [submit(running, 'busy 200'), submit(running, 'busy 200')];
    await new Promise((resolve) => setImmediate(resolve));
    const late = await submit(running, 'x');
    expect(late).toEqual({ ok: false, code: 'QUEUE_TIMEOUT', detail: '' });
    expect(await Promise.all(slow)).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('tells when a request would wait too long, and when it would not any more', async () => {
    const running = await start({ workers: 1, queueMsMax: 2000, limits: { requestsMax: 1, bytesMax: 1 } });
    const body = `busy 70 ${' '.repeat(20_000)}`;
    const line = Array.from({ length: 45 }, () => submit(running, body));
    const { tenantId } = request('x');
    expect(running.wouldTimeOut(tenantId, false)).toBe(false);
    while (!running.wouldTimeOut(tenantId, false)) await new Promise((resolve) => setImmediate(resolve));
    expect(running.waiting.requests).toBeGreaterThan(10);
    expect(running.wouldTimeOut('another', false)).toBe(false);
    // More than can be done in time: the last run out of it.
    expect((await Promise.all(line)).at(0)?.ok).toBe(true);
    expect(running.wouldTimeOut(tenantId, false)).toBe(false);
  });

  it('is drained when everything is settled', async () => {
    const running = await start();
    let settled = 0;
    for (let index = 0; index < 200; index += 1) running.submit(request('x'), () => (settled += 1));
    await running.drained();
    expect(settled).toBe(200);
    expect(running.open).toBe(0);
  });

  it('settles what is open when it is stopped, running and waiting alike', async () => {
    const running = await start({ workers: 1, limits: { requestsMax: 1, bytesMax: 1 } });
    const open = Array.from({ length: 5 }, () => submit(running, 'busy 60000'));
    await new Promise((resolve) => setImmediate(resolve));
    await running.stop();
    const refused = { ok: false, code: 'SERVER_FULL', detail: '' };
    expect(await Promise.all(open)).toEqual([refused, refused, refused, refused, refused]);
  });

  it('does not start with a worker that cannot load', async () => {
    await expect(start({ workerData: { failsToLoad: true } })).rejects.toThrow();
  });
});

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/model/frame.ts';
import type { PoolRequest } from '../../../src/pool/entry.ts';
import type { RequestResult } from '../../../src/pool/task.ts';
import { WorkerPool } from '../../../src/pool/worker-pool.ts';
import { poolRequest } from './pool-request.ts';

const ECHO = fileURLToPath(new URL('./fixtures/echo-worker.ts', import.meta.url));

let pool: WorkerPool;
let kept: Frame[] = [];

beforeEach(async () => {
  kept = [];
  pool = await WorkerPool.start({
    workers: 1,
    filename: ECHO,
    workerData: {},
    limits: { requestsMax: 64, bytesMax: 1024 * 1024 },
    queueMsMax: 10_000,
    waitingTasksMax: 1,
    keep: async (frames) => {
      kept.push(...frames);
    },
    kept: () => undefined,
    lost: () => undefined,
  });
});

afterEach(() => pool.stop());

const submit = (each: PoolRequest): Promise<RequestResult> => new Promise((resolve) => pool.submit(each, resolve));

describe('hand-over to a worker', () => {
  it('hands every field and every byte of each request of a task to the worker', async () => {
    const sent = [
      poolRequest({ body: Buffer.from('first') }),
      poolRequest({ body: Buffer.from('same client') }),
      poolRequest({
        tenantId: 'größer 😀',
        userAgent: 'Cursor/2.6.14 "quoted"\u0000',
        body: Buffer.from([0, 255, 128]),
      }),
      poolRequest({ provider: 'cursor', signal: 'hooks', encoding: 'zstd', contentEncoding: 'zstd' }),
      poolRequest({ bodyType: 'protobuf', contentType: 'application/x-protobuf', receivedAtMs: 1.5 }),
      poolRequest({ refusal: { code: 'BODY_TOO_LARGE', detail: 'over 20 MiB' } }),
      poolRequest({ refusal: { code: 'BODY_TOO_LARGE', detail: '' } }),
      poolRequest({ tenantId: 't', body: Buffer.alloc(70_000, 'x') }),
    ];
    const results = await Promise.all(sent.map(submit));
    const got = results.map((result) => JSON.parse(result.ok ? result.rejectedReason : '{}') as unknown);
    expect(got).toEqual(sent.map(({ body, ...fields }) => ({ ...fields, body: Buffer.from(body).toString('base64') })));
  });

  it('shows a later task nothing of an earlier one whose buffer it uses again', async () => {
    const bodyOf = async (each: PoolRequest): Promise<string> => {
      const result = await submit(each);
      return result.ok ? (JSON.parse(result.rejectedReason) as { body: string }).body : result.code;
    };
    for (const text of ['x'.repeat(300_000), 'short', '', 'y'.repeat(1000), 'z']) {
      expect(await bodyOf(poolRequest({ body: Buffer.from(text) }))).toBe(Buffer.from(text).toString('base64'));
    }
  });

  it('brings back counts, longer results and frames, each where it belongs', async () => {
    const counted = (numbers: number[]): PoolRequest =>
      poolRequest({ tenantId: 'counted', body: Uint8Array.from(numbers) });
    const [a, echoed, b] = await Promise.all([
      submit(counted([1, 2, 3])),
      submit(poolRequest({ tenantId: 'other' })),
      submit(counted([250, 0, 9])),
    ]);
    const rest = { ok: true, rejectedReason: '', isAgentHook: true };
    expect(a).toEqual({ ...rest, recordCount: 1, normalizedCount: 2, rejectedCount: 3 });
    expect(b).toEqual({ ...rest, recordCount: 250, normalizedCount: 0, rejectedCount: 9 });
    expect(echoed).toMatchObject({ ok: true, rejectedReason: expect.stringContaining('"other"') as string });
    expect(kept.map(({ bytes }) => [bytes.length, bytes[0], bytes.at(-1)])).toEqual([
      [10, 10, 10],
      [100_001, 100_001 & 0xff, 100_001 & 0xff],
    ]);
    expect(kept.map(({ requestIds }) => [...requestIds])).toEqual([Array(16).fill(9), Array(16).fill(9)]);
  });
});

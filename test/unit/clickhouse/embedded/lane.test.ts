import { describe, expect, it, vi } from 'vitest';

import { Lane } from '../../../../src/clickhouse/embedded/lane.ts';

const options = { name: 'read', running: 2, waitingMax: 1, waitMs: 1000 };

describe('Lane', () => {
  it('runs as many at once as it has places, hands a place on, and refuses what is over both bounds', async () => {
    const lane = new Lane(options);
    const ends: (() => void)[] = [];
    const job = () => lane.run(() => new Promise<void>((resolve) => ends.push(resolve)));
    const first = job();
    const second = job();
    const third = job();
    await expect(job()).rejects.toMatchObject({ code: 202 });
    expect(ends).toHaveLength(2);
    ends[0]?.();
    await first;
    await vi.waitFor(() => expect(ends).toHaveLength(3));
    ends[1]?.();
    ends[2]?.();
    await Promise.all([second, third]);
    expect(lane.isIdle).toBe(true);
  });

  it('refuses what waited too long and gives its place in the queue back', async () => {
    const lane = new Lane({ ...options, running: 1, waitMs: 1 });
    let end: () => void = () => undefined;
    const running = lane.run(() => new Promise<void>((resolve) => (end = resolve)));
    await expect(lane.run(async () => 1)).rejects.toMatchObject({ code: 202 });
    end();
    await running;
    expect(await lane.run(async () => 2)).toBe(2);
  });

  it('frees the place of a job that fails', async () => {
    const lane = new Lane({ ...options, running: 1 });
    await expect(lane.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await lane.run(async () => 1)).toBe(1);
  });
});

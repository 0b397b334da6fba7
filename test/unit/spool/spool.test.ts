/** Appending: group commit, when a segment is sealed, and every bound. */

import { describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/errors.ts';
import { frame, payloads, spoolOn, testClock, turns, watchedDisk } from './frames.ts';

const codeOf = (error: unknown): string => (error instanceof IngestError ? error.code : String(error));

describe('group commit', () => {
  it('writes all appends of a turn at once, and those that wait for it at once after it', async () => {
    const disk = watchedDisk();
    const spool = await spoolOn(disk, testClock().clock);
    const first = Array.from({ length: 30 }, (_, id) => spool.append([frame('events_raw', id)]));
    await Promise.all(first);
    expect(disk.writes).toEqual([60]);
    await Promise.all([spool.append([frame('events_raw', 1), frame('coding_agent_events', 1)])]);
    expect(disk.writes).toEqual([60, 4]);
  });

  it('has the next segment ready when one is full, and leaves none behind', async () => {
    const disk = watchedDisk();
    const spool = await spoolOn(disk, testClock().clock);
    await spool.append([frame('events_raw', 1)]);
    await turns();
    await spool.sealNow();
    const ready = new Set((await disk.list()).filter((name) => name.endsWith('.segment')));
    const touched: string[] = [];
    disk.fail = (name) => {
      touched.push(name);
      return undefined;
    };
    await spool.append([frame('events_raw', 2)]);
    expect(touched.some((name) => ready.has(name))).toBe(true);
    await spool.close();
    await turns();
    expect((await disk.list()).filter((name) => name.endsWith('.segment'))).toHaveLength(2);
    expect(await payloads(spool)).toEqual([1, 2]);
  });

  it('acknowledges an append without frames at once', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock);
    await spool.append([]);
    expect(spool.spooledRows().size).toBe(0);
  });

  it('takes an append that is larger than one group commit, and those beside it', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock, { maxBytes: 100_000_000, flushBytes: 50_000_000 });
    const large = 9 * 1024 * 1024;
    const appends = [10, large, 10, large].map((bytes, id) => spool.append([frame('events_raw', id + 1, 1, bytes)]));
    await Promise.all(appends);
    await spool.sealNow();
    expect((await payloads(spool)).sort()).toEqual([1, 2, 3, 4]);
    expect(spool.spooledRows().get('acme')).toBe(4);
  });

  it('never mixes days or formats in a segment', async () => {
    const { clock } = testClock();
    const spool = await spoolOn(watchedDisk(), clock);
    const native = { ...frame('events_raw', 4), format: 'Native' as const };
    await spool.append([frame('events_raw', 1, 1, 20, 20_000), frame('events_raw', 2, 1, 20, 20_001)]);
    await Promise.all([spool.append([frame('events_raw', 3, 1, 20, 20_000)]), spool.append([native])]);
    await spool.sealNow();
    const kinds = spool.segments().map(({ header }) => `${header.day} ${header.format}`);
    expect(kinds.sort()).toEqual(['20000 Native', '20000 RowBinary', '20001 RowBinary']);
  });
});

describe('sealing', () => {
  it('seals the oldest when frames of a third day come', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock);
    for (const day of [20_000, 20_001, 20_000]) await spool.append([frame('events_raw', 1, 1, 20, day)]);
    expect(spool.segments()).toHaveLength(0);
    await spool.append([frame('events_raw', 1, 1, 20, 20_002)]);
    await turns();
    expect(spool.segments().map(({ header }) => header.day)).toEqual([20_000]);
  });

  it('seals at the number of event rows, raw rows not counted', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock, { flushRows: 10 });
    await spool.append([frame('events_raw', 1, 50), frame('coding_agent_events', 1, 9)]);
    expect(spool.segments()).toHaveLength(0);
    await spool.append([frame('coding_agent_events', 2, 1)]);
    await spool.append([frame('coding_agent_events', 3, 1)]);
    expect(spool.segments()).toHaveLength(1);
    expect(spool.segments()[0]?.summary.rows).toEqual({ events_raw: 50, coding_agent_events: 10 });
  });

  it('seals at the number of bytes', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock, { flushBytes: 5000 });
    await spool.append([frame('events_raw', 1, 1, 6000)]);
    await spool.append([frame('events_raw', 2, 1, 10)]);
    expect(spool.segments()).toHaveLength(1);
  });

  it('seals at the age of the first frame, later while held, and an empty segment never', async () => {
    const { clock, run } = testClock();
    const spool = await spoolOn(watchedDisk(), clock);
    await spool.append([frame('events_raw', 1)]);
    await run(900);
    expect(spool.segments()).toHaveLength(0);
    await run(1100);
    expect(spool.segments()).toHaveLength(1);
    spool.holdAge(true);
    await spool.append([frame('events_raw', 2)]);
    await run(50_000);
    expect(spool.segments()).toHaveLength(1);
    await run(70_000);
    expect(spool.segments()).toHaveLength(2);
  });
});

describe('bounds and faults', () => {
  it('refuses with SPOOL_FULL what would exceed maxBytes, and takes rows again when segments are gone', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock, { maxBytes: 100_000 });
    await spool.append([frame('events_raw', 1, 1, 40_000)]);
    expect(codeOf(await spool.append([frame('events_raw', 2, 1, 40_000)]).catch((error) => error))).toBe('SPOOL_FULL');
    expect(spool.spooledRows().get('acme')).toBe(1);
    await spool.sealNow();
    const [segment] = spool.segments();
    spool.settle(segment!, 'events_raw', new Map([['acme', 1]]));
    spool.finish(segment!);
    await new Promise((resolve) => setImmediate(resolve));
    await spool.append([frame('events_raw', 3, 1, 40_000)]);
    expect(spool.status()).toMatchObject({ isWritable: true, segments: 0 });
  });

  it('refuses the requests of a failed sync, keeps what was acknowledged before, and never touches that file again', async () => {
    const disk = watchedDisk();
    const spool = await spoolOn(disk, testClock().clock);
    let open = '';
    disk.fail = (name) => {
      if (open === '' && name.endsWith('.segment')) open = name;
      return undefined;
    };
    await spool.append([frame('events_raw', 1)]);
    let failed = '';
    const touched: string[] = [];
    disk.fail = (name) => {
      touched.push(name);
      // Not the next segment, which is being made.
      if (failed !== '' || name !== open) return undefined;
      failed = name;
      return 'EIO';
    };
    expect(codeOf(await spool.append([frame('events_raw', 2)]).catch((error) => error))).toBe('SPOOL_FAILED');
    await spool.append([frame('events_raw', 3)]);
    await spool.sealNow();
    expect(touched.filter((name) => name === failed)).toHaveLength(1);
    expect(await payloads(spool)).toEqual([1, 3]);
    expect(spool.status().isWritable).toBe(true);
  });

  for (const [code, expected] of [
    ['ENOSPC', 'SPOOL_FULL'],
    ['EROFS', 'SPOOL_FAILED'],
    ['EACCES', 'SPOOL_FAILED'],
  ] as const) {
    it(`turns red on ${code} with ${expected}, refuses at once, and recovers when it has passed`, async () => {
      const { clock, run } = testClock();
      const disk = watchedDisk();
      const spool = await spoolOn(disk, clock);
      disk.fail = () => code;
      expect(codeOf(await spool.append([frame('events_raw', 1)]).catch((error) => error))).toBe(expected);
      expect(spool.status()).toMatchObject({ isWritable: false, fault: { code: expected, cause: code } });
      expect(codeOf(await spool.append([frame('events_raw', 2)]).catch((error) => error))).toBe(expected);
      await run(3000);
      expect(spool.status().isWritable).toBe(false);
      disk.fail = () => undefined;
      await run(5000);
      expect(spool.status().isWritable).toBe(true);
      await spool.append([frame('events_raw', 3)]);
      expect(spool.spooledRows().get('acme')).toBe(1);
    });
  }

  it('refuses with DRAINING after close, and has sealed what was open', async () => {
    const spool = await spoolOn(watchedDisk(), testClock().clock);
    const last = spool.append([frame('events_raw', 1)]);
    const closing = spool.close();
    expect(codeOf(await spool.append([frame('events_raw', 2)]).catch((error) => error))).toBe('DRAINING');
    await last;
    await closing;
    expect(spool.segments()).toHaveLength(1);
  });
});

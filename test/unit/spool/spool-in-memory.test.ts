/** MODA_DURABILITY=memory: how much the memory holds, and what goes to the disk. */

import { describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/errors.ts';
import type { Disk, DiskFile } from '../../../src/spool/disk.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import { frame, spoolOn, testClock } from './frames.ts';

const MEMORY = { keptBytes: 50_000, bytesMax: 200_000 };
/** One segment for each append: frames are larger than flushBytes. */
const OPTIONS = { durability: 'memory', flushBytes: 10_000, memory: MEMORY } as const;
/** The calls of a file, to replace some of them. */
const fileOf = (file: DiskFile): DiskFile => ({
  writeDurably: (...what) => file.writeDurably(...what),
  read: (...what) => file.read(...what),
  size: () => file.size(),
  truncateDurably: (length) => file.truncateDurably(length),
  close: () => file.close(),
});
const segmentsOf = (names: readonly string[]): string[] => names.filter((name) => name.endsWith('.segment'));

it('holds a bounded number of bytes in memory while nothing is inserted, and puts the rest on the disk', async () => {
  const disk = memoryDisk();
  const spool = await spoolOn(disk, testClock().clock, OPTIONS);
  for (let id = 1; id <= 20; id++) {
    await spool.append([frame('events_raw', id, 1, 20_000)]);
    await spool.sealNow();
  }
  const segments = spool.segments();
  expect(segments).toHaveLength(20);
  const inMemory = segments.filter((segment) => segment.disk !== disk);
  expect(inMemory.length).toBeGreaterThan(0);
  expect(inMemory.reduce((sum, segment) => sum + segment.bytes, 0)).toBeLessThanOrEqual(MEMORY.keptBytes);
  expect(segmentsOf(await disk.list())).toHaveLength(20 - inMemory.length);
  const units = await Promise.all(segments.map((segment) => segment.load('events_raw')));
  expect(units.flat().map((unit) => unit.frames[0]!.payload[0])).toEqual(Array.from({ length: 20 }, (_, id) => id + 1));
  for (const segment of [...segments]) {
    spool.settle(segment, 'events_raw', new Map([['acme', 1]]));
    spool.finish(segment);
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect([segmentsOf(await disk.list()), spool.status().bytes < 10_000]).toEqual([[], true]);
  expect(spool.spooledRows().size).toBe(0);
});

it('refuses what exceeds its memory when the disk cannot follow, and takes rows again when it can', async () => {
  const inner = memoryDisk();
  let isBroken = true;
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  const disk = { ...inner, create: (name: string) => (isBroken ? refuse() : inner.create(name)) };
  const { clock, run } = testClock();
  const spool = await spoolOn(disk, clock, OPTIONS);
  const append = (id: number): Promise<string> =>
    spool.append([frame('events_raw', id, 1, 20_000)]).then(
      () => 'taken',
      (error: unknown) => (error instanceof IngestError ? error.code : String(error)),
    );
  const answers: string[] = [];
  for (let id = 1; id <= 20; id++) answers.push(await append(id));
  const taken = answers.filter((answer) => answer === 'taken').length;
  expect(taken * 20_000).toBeLessThanOrEqual(MEMORY.bytesMax);
  expect(answers.slice(taken)).toEqual(Array.from({ length: 20 - taken }, () => 'SPOOL_FULL'));
  expect(spool.status().isWritable).toBe(false);
  isBroken = false;
  await run(5000);
  expect(await append(21)).toBe('taken');
  await spool.sealNow();
  expect(spool.segments()).toHaveLength(taken + 1);
});

it('gives the tables what a disk that stays full does not take, once they have taken the rest', async () => {
  const inner = memoryDisk();
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const disk: Disk = {
    ...inner,
    // The sidecar still fits, the segment does not.
    create: async (name) => ({
      ...fileOf(await inner.create(name)),
      ...(name.endsWith('.segment') && { writeDurably: full }),
    }),
  };
  const { clock, run } = testClock();
  const spool = await spoolOn(disk, clock, OPTIONS);
  let taken = 0;
  while (spool.status().isWritable) {
    taken += 1;
    await spool.append([frame('events_raw', taken, 1, 20_000)]);
    await run(1);
  }
  const inserted: number[] = [];
  for (let second = 1; second < 20; second++) {
    for (const segment of [...spool.segments()]) {
      const units = await segment.load('events_raw');
      inserted.push(...units.map((unit) => unit.frames[0]!.payload[0]!));
      spool.settle(segment, 'events_raw', new Map([['acme', units.length]]));
      spool.finish(segment);
    }
    await run(second * 1000);
  }
  expect(inserted.sort((left, right) => left - right)).toEqual(Array.from({ length: taken }, (_, index) => index + 1));
  expect([spool.status().isWritable, spool.spooledRows().size, await inner.list()]).toEqual([true, 0, []]);
});

describe('an orderly end while a segment is on its way to the disk', () => {
  /** A spool in memory that puts everything on a disk, whose segment files are written by `write`. */
  async function spoolBeside(write: (file: DiskFile, ...what: Parameters<DiskFile['writeDurably']>) => Promise<void>) {
    const inner = memoryDisk();
    const disk: Disk = {
      ...inner,
      async create(name) {
        const file = await inner.create(name);
        if (!name.endsWith('.segment')) return file;
        return { ...fileOf(file), writeDurably: (...what) => write(file, ...what) };
      },
    };
    const { clock, run } = testClock();
    const spool = await spoolOn(disk, clock, { ...OPTIONS, memory: { ...MEMORY, keptBytes: 0 } });
    await spool.append([frame('events_raw', 1, 1, 20_000)]);
    return { spool, inner, run };
  }

  async function rowsOn(disk: Disk): Promise<number | undefined> {
    const next = await spoolOn(disk, testClock().clock);
    await next.recovered;
    return next.recoveredRows().get('acme');
  }

  it('waits for a disk that is slow', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { spool, inner, run } = await spoolBeside(async (file, ...what) => {
      await arrived;
      await file.writeDurably(...what);
    });
    let isClosed = false;
    const closed = spool.close().then(() => {
      isClosed = true;
    });
    await run(10_000);
    expect(isClosed).toBe(false);
    arrive();
    await closed;
    expect(await rowsOn(inner)).toBe(1);
  });

  it('writes it once more when the disk had refused the first time', async () => {
    let refusals = 3;
    const { spool, inner, run } = await spoolBeside(async (file, ...what) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('EIO');
      await file.writeDurably(...what);
    });
    const closed = spool.close();
    await run(10_000);
    await closed;
    expect(await rowsOn(inner)).toBe(1);
  });
});

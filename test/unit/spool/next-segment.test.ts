/** The segment that is made ahead: its room, what a crash leaves of it, and when it is given up. */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../../src/spool/disk.ts';
import { nodeDisk } from '../../../src/spool/node-disk.ts';
import type { Spool } from '../../../src/spool/spool.ts';
import { frame, payloads, spoolOn, testClock, turns, watchedDisk } from './frames.ts';

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'moda-next-segment-'));
  directory = join(root, 'spool');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function segmentFiles(): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.segment'));
}

const sizeOf = (name: string): number => statSync(join(directory, name)).size;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** Fills a first segment with so many bytes and a second with one frame; the name of the one that was made ahead then. */
async function madeAhead(spool: Spool, bytes = 40_000): Promise<string> {
  await spool.append([frame('events_raw', 1, 1, bytes)]);
  await until(() => segmentFiles().length === 2);
  await spool.sealNow();
  const first = segmentFiles();
  // The one that was made while the first was filled knew of no length yet; it prepares a larger one.
  await spool.append([frame('events_raw', 2, 1, 100)]);
  await until(() => segmentFiles().some((name) => !first.includes(name) && sizeOf(name) > bytes));
  return segmentFiles().find((name) => !first.includes(name))!;
}

describe('the room of the next segment', () => {
  it('is a tenth more than the last one took, zeros, and counted', async () => {
    const spool = await spoolOn(nodeDisk(directory), testClock().clock);
    const next = await madeAhead(spool);
    const bytes = readFileSync(join(directory, next));
    expect(bytes.length).toBeGreaterThan(1.1 * 40_000);
    expect(bytes.length).toBeLessThan(1.1 * 43_000);
    // The head, then nothing.
    expect(bytes.subarray(bytes.length - 38_000).every((byte) => byte === 0)).toBe(true);
    expect(spool.status().bytes).toBeGreaterThan(40_000 + bytes.length);
    await spool.close();
  });

  it('is written into, not made longer, and is gone with the segment', async () => {
    const spool = await spoolOn(nodeDisk(directory), testClock().clock);
    const next = await madeAhead(spool);
    await spool.sealNow();
    const size = sizeOf(next);
    await spool.append([frame('events_raw', 3, 1, 30_000)]);
    expect(sizeOf(next)).toBe(size);
    expect(readFileSync(join(directory, next)).indexOf(Buffer.alloc(30_000, 3))).toBeGreaterThan(0);
    await spool.sealNow();
    expect(await payloads(spool)).toEqual([1, 2, 3]);
    for (const segment of [...spool.segments()]) spool.finish(segment);
    // What stays is the next segment.
    await until(() => segmentFiles().length === 1 && !segmentFiles().includes(next));
    await until(() => spool.status().bytes <= sizeOf(segmentFiles()[0]!));
    await spool.close();
  });

  it('may be outgrown', async () => {
    const spool = await spoolOn(nodeDisk(directory), testClock().clock);
    const next = await madeAhead(spool);
    await spool.sealNow();
    for (let id = 3; id < 6; id++) await spool.append([frame('events_raw', id, 1, 30_000)]);
    expect(sizeOf(next)).toBeGreaterThan(90_000);
    await spool.close();
    expect(await payloads(spool)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is cut off from what a crash leaves, and nothing else', async () => {
    const crashed = await spoolOn(nodeDisk(directory), testClock().clock);
    const next = await madeAhead(crashed);
    await crashed.sealNow();
    await crashed.append([frame('events_raw', 3, 1, 5000)]);
    expect(sizeOf(next)).toBeGreaterThan(40_000);
    // What a crash leaves at this moment.
    const left = join(root, 'left');
    cpSync(directory, left, { recursive: true });
    const spool = await spoolOn(nodeDisk(left), testClock().clock);
    await spool.recovered;
    expect(await payloads(spool)).toEqual([1, 2, 3]);
    expect(statSync(join(left, next)).size).toBeLessThan(7000);
    await crashed.close();
  });

  it('is cut off when much less was used', async () => {
    const spool = await spoolOn(nodeDisk(directory), testClock().clock);
    const large = await madeAhead(spool, 400_000);
    await spool.sealNow();
    await spool.append([frame('events_raw', 3, 1, 100)]);
    expect(sizeOf(large)).toBeGreaterThan(400_000);
    await spool.sealNow();
    expect(sizeOf(large)).toBeLessThan(5000);
    await spool.close();
    expect(await payloads(spool)).toEqual([1, 2, 3]);
    const used = readdirSync(directory).reduce((sum, name) => sum + sizeOf(name), 0);
    expect(spool.status().bytes).toBeGreaterThanOrEqual(used);
    expect(spool.status().bytes).toBeLessThan(used + 20_000);
  });

  it('is at most an eighth of what the disk has left', async () => {
    const disk = { ...nodeDisk(directory), freeBytes: async () => 80_000 };
    const spool = await spoolOn(disk, testClock().clock);
    await spool.append([frame('events_raw', 1, 1, 40_000)]);
    await until(() => segmentFiles().length === 2);
    await spool.sealNow();
    await spool.append([frame('events_raw', 2, 1, 100)]);
    await spool.append([frame('events_raw', 3, 1, 100)]);
    await until(() => segmentFiles().length === 3);
    await spool.close();
    expect(
      Math.max(
        ...segmentFiles()
          .map(sizeOf)
          .sort((a, b) => a - b)
          .slice(0, -1),
      ),
    ).toBeLessThan(15_000);
    expect(await payloads(spool)).toEqual([1, 2, 3]);
  });

  it('is none in memory', async () => {
    const disk = nodeDisk(directory);
    const spool = await spoolOn(disk, testClock().clock, { durability: 'memory' });
    await spool.append([frame('events_raw', 1, 1, 40_000)]);
    await spool.sealNow();
    await spool.append([frame('events_raw', 2, 1, 100)]);
    await spool.sealNow();
    const bytes = spool.segments().reduce((sum, segment) => sum + segment.diskBytes, 0);
    expect(spool.status().bytes).toBe(bytes);
    await spool.close();
  });

  it('is what there is when it is needed before it is filled', async () => {
    const inner = nodeDisk(directory);
    let held: (() => void)[] = [];
    let isSlow = false;
    const disk: Disk = {
      ...inner,
      async create(name) {
        const file = await inner.create(name);
        return {
          ...file,
          async writeDurably(buffers, position) {
            if (isSlow && buffers[0]!.length > 100_000) await new Promise<void>((resolve) => held.push(resolve));
            await file.writeDurably(buffers, position);
          },
        };
      },
    };
    const spool = await spoolOn(disk, testClock().clock, { flushBytes: 10_000_000, maxBytes: 100_000_000 });
    await spool.append([frame('events_raw', 1, 1, 3_000_000)]);
    await until(() => segmentFiles().length === 2);
    await spool.sealNow();
    isSlow = true;
    await spool.append([frame('events_raw', 2, 1, 100)]);
    await until(() => held.length === 1);
    await spool.sealNow();
    const third = spool.append([frame('events_raw', 3, 1, 100)]);
    // The first mebibyte is being written; the second is not begun.
    for (const go of held) go();
    held = [];
    await third;
    await spool.close();
    expect(await payloads(spool)).toEqual([1, 2, 3]);
    expect(
      segmentFiles()
        .map(sizeOf)
        .every((size) => size < 1_200_000 || size > 3_000_000),
    ).toBe(true);
  });

  it('is nothing where the spool has little left', async () => {
    const spool = await spoolOn(nodeDisk(directory), testClock().clock, { maxBytes: 200_000 });
    await spool.append([frame('events_raw', 1, 1, 40_000)]);
    await until(() => segmentFiles().length === 2);
    await spool.sealNow();
    await spool.append([frame('events_raw', 2, 1, 40_000)]);
    expect(spool.status().bytes).toBeLessThan(120_000);
    await spool.close();
  });
});

it('is given up when the disk fails: a probe must not find it and call the disk well', async () => {
  const disk = watchedDisk();
  const { clock, run } = testClock();
  const spool = await spoolOn(disk, clock);
  const native = { ...frame('events_raw', 2), format: 'Native' as const };
  await spool.append([frame('events_raw', 1)]);
  await spool.append([native]);
  await turns();
  disk.fail = () => 'EIO';
  // The next segment is one for the second of these, and both stand open.
  await expect(spool.append([frame('events_raw', 3)])).rejects.toThrow();
  await expect(spool.append([native])).rejects.toThrow();
  expect(spool.status().isWritable).toBe(false);
  await run(5000);
  expect(spool.status().isWritable).toBe(false);
  disk.fail = () => undefined;
  await run(10_000);
  expect(spool.status().isWritable).toBe(true);
});

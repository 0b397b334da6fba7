/** Rows that are set aside: kept whole, bounded, and once. */

import { expect, it } from 'vitest';
import { DEAD_LETTER, DeadLetters, readDeadLetter } from '../../../src/sink/dead-letters.ts';
import type { Disk } from '../../../src/spool/disk.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import { countedDisk, frame, spoolOn, testClock } from '../spool/frames.ts';

async function buryIn(letters: DeadLetters, requests: readonly number[]) {
  const spool = await spoolOn(memoryDisk(), testClock().clock);
  for (const request of requests) await spool.append([frame('events_raw', request, 2, 500)]);
  await spool.sealNow();
  const [segment] = spool.segments();
  const units = await segment!.load('events_raw');
  return letters.bury(segment!.header, 'events_raw', 0, units, 'because');
}

it('keeps what it had when opened again, and knows what was taken away', async () => {
  const disk = memoryDisk();
  const letters = new DeadLetters(disk, 100_000);
  expect(await buryIn(letters, [1, 2])).toBe(true);
  expect(letters.files).toBe(1);
  const again = new DeadLetters(disk, 100_000);
  await again.refresh();
  expect(again.bytes).toBe(letters.bytes);
  for (const name of await disk.list()) await disk.remove(name);
  await again.refresh();
  expect(again).toMatchObject({ files: 0, bytes: 0 });
});

it('refuses what would exceed its bytes, and keeps nothing of it', async () => {
  const disk = memoryDisk();
  const letters = new DeadLetters(disk, 1500);
  expect(await buryIn(letters, [1])).toBe(true);
  expect(await buryIn(letters, [2])).toBe(false);
  expect(await disk.list()).toHaveLength(1);
  expect(letters.files).toBe(1);
});

it('replaces the file when the same units are set aside again after a crash', async () => {
  const disk = memoryDisk();
  const spool = await spoolOn(memoryDisk(), testClock().clock);
  await spool.append([frame('events_raw', 1)]);
  await spool.sealNow();
  const [segment] = spool.segments();
  const units = await segment!.load('events_raw');
  let bytesMax = 100_000;
  for (let time = 0; time < 2; time++) {
    const letters = new DeadLetters(disk, bytesMax);
    await letters.refresh();
    expect(await letters.bury(segment!.header, 'events_raw', 0, units, 'because')).toBe(true);
    // There is room for it in its own place.
    bytesMax = letters.bytes;
  }
  expect(await disk.list()).toHaveLength(1);
});

it('tells what stands in one, and nothing of a file that is none', async () => {
  const disk = memoryDisk();
  await buryIn(new DeadLetters(disk, 100_000), [1, 2]);
  const [name] = await disk.list();
  expect(await readDeadLetter(disk, name!)).toMatchObject({
    name,
    header: { reason: 'because', day: 20_000 },
    rows: { events_raw: 4, coding_agent_events: 0 },
  });
  const file = await disk.create(`foreign${DEAD_LETTER}`);
  await file.writeDurably([Buffer.from('no dead letter, but longer than a head is')], 0);
  expect(await readDeadLetter(disk, `foreign${DEAD_LETTER}`)).toBeUndefined();
});

it('leaves no file open', async () => {
  const disk = countedDisk(memoryDisk());
  await buryIn(new DeadLetters(disk, 100_000), [1]);
  await new DeadLetters(disk, 100_000).refresh();
  const [name] = await disk.list();
  await readDeadLetter(disk, name!);
  expect(disk.count()).toBe(0);
});

it('replaces a file also in a directory that holds as many as it may, and takes no further one', async () => {
  const disk = memoryDisk();
  const spool = await spoolOn(memoryDisk(), testClock().clock);
  await spool.append([frame('events_raw', 1)]);
  await spool.sealNow();
  const [segment] = spool.segments();
  const units = await segment!.load('events_raw');
  const letters = new DeadLetters(disk, 100_000);
  const bury = (from: number) => letters.bury(segment!.header, 'events_raw', from, units, 'because');
  expect(await bury(0)).toBe(true);
  for (let other = 1; other < 10_000; other++) await disk.create(`${other}${DEAD_LETTER}`);
  await letters.refresh();
  expect(await bury(0)).toBe(true);
  expect(await bury(1)).toBe(false);
});

it('can be moved into a spool: it comes back as a segment with an id of its own', async () => {
  const disk = memoryDisk();
  await buryIn(new DeadLetters(disk, 100_000), [1, 2]);
  const [name] = await disk.list();
  const home = memoryDisk();
  await copy(disk, name!, home, name!.replace(DEAD_LETTER, '.resubmit'));
  const { clock, run } = testClock();
  const spool = await spoolOn(home, clock);
  await run(20_000);
  const [segment] = spool.segments();
  expect(segment?.header).toMatchObject({ reason: 'because', day: 20_000 });
  expect(segment?.isOfUnknownFate).toBe(true);
  expect(await segment?.load('events_raw')).toHaveLength(2);
  expect(spool.recoveredRows().get('acme')).toBe(4);
});

async function copy(from: Disk, name: string, to: Disk, as: string): Promise<void> {
  const source = await from.open(name);
  const file = await to.create(as);
  await file.writeDurably([await source.read(0, await source.size())], 0);
}

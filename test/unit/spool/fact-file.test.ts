/** A segment's sidecar on a disk that takes names and no bytes, as a full one does. */

import { expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../../src/spool/disk.ts';
import { FACT_FILE_BYTES, FactFile } from '../../../src/spool/fact-file.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import { frame, spoolOn, testClock } from './frames.ts';

const ID = '5a'.repeat(16);
const BASE = `000000000000001-${ID}`;

/** `disk`, whose sidecars take no bytes while it is told so. */
function refusing(disk: Disk): { disk: Disk; refuse: (isRefusing: boolean) => void } {
  let isRefusing = false;
  const wrap = (name: string, file: DiskFile): DiskFile => ({
    writeDurably: (buffers, position) =>
      isRefusing && name.includes('.facts-')
        ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
        : file.writeDurably(buffers, position),
    read: (position, length) => file.read(position, length),
    size: () => file.size(),
    truncateDurably: (length) => file.truncateDurably(length),
    close: () => file.close(),
  });
  return {
    disk: {
      ...disk,
      create: async (name) => wrap(name, await disk.create(name)),
      open: async (name) => wrap(name, await disk.open(name)),
    },
    refuse(value) {
      isRefusing = value;
    },
  };
}

it('takes facts on a disk that takes no more files, of this process and of the one before it', async () => {
  const home = memoryDisk();
  let made = 0;
  const disk: Disk = {
    ...home,
    create(name) {
      made += 1;
      return home.create(name);
    },
  };
  const facts = await FactFile.create(disk, BASE, ID, () => undefined);
  await facts.record({ kind: 'sealed', bytes: 100 });
  const again = await FactFile.recover(disk, BASE, ID, await home.list());
  const done = { kind: 'done', table: 'events_raw', from: 0, to: 1 } as const;
  await again.record(done);
  expect(made).toBe(1);
  const last = await FactFile.recover(disk, BASE, ID, await home.list());
  expect(last.facts).toEqual([{ kind: 'sealed', bytes: 100 }, done]);
});

it('leaves no file behind for each attempt to write a fact', async () => {
  const home = memoryDisk();
  const { disk, refuse } = refusing(home);
  const facts = await FactFile.create(disk, BASE, ID, () => undefined);
  await facts.record({ kind: 'sealed', bytes: 100 });
  refuse(true);
  const done = { kind: 'done', table: 'events_raw', from: 0, to: 1 } as const;
  for (let attempt = 0; attempt < 20; attempt++) await expect(facts.record(done)).rejects.toThrow('full');
  expect((await home.list()).length).toBeLessThanOrEqual(2);
  refuse(false);
  await facts.record(done);
  const names = await home.list();
  expect(await Promise.all(names.map(async (name) => (await home.open(name)).size()))).toEqual([FACT_FILE_BYTES]);
  const again = await FactFile.recover(home, BASE, ID, names);
  expect(again.facts).toEqual([{ kind: 'sealed', bytes: 100 }, done]);
  await facts.remove();
  expect(await home.list()).toEqual([]);
});

it('takes a resubmitted dead letter in as soon as the disk takes its sidecar', async () => {
  const home = memoryDisk();
  const first = await spoolOn(home, testClock().clock);
  await first.append([frame('events_raw', 1)]);
  const [segment] = (await home.list()).filter((name) => name.endsWith('.segment'));
  const [sidecar] = (await home.list()).filter((name) => name.includes('.facts-'));
  await home.rename(segment!, segment!.replace('.segment', '.resubmit'));
  await home.remove(sidecar!);
  const { disk, refuse } = refusing(home);
  const { clock, run } = testClock();
  const spool = await spoolOn(disk, clock);
  refuse(true);
  await run(20_000);
  expect(spool.segments()).toEqual([]);
  refuse(false);
  await run(40_000);
  expect(spool.segments().map((one) => one.isOfUnknownFate)).toEqual([true]);
});

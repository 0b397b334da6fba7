/** What a crash can leave, byte by byte, and what becomes of it. */

import { describe, expect, it } from 'vitest';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import type { Spool } from '../../../src/spool/spool.ts';
import { FaultyDisk } from '../../simulation/faulty-disk.ts';
import { Chance, VirtualTime } from '../../simulation/virtual-time.ts';
import { countedDisk, frame, spoolOn, testClock, turns } from './frames.ts';

interface Left {
  readonly base: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: Uint8Array<ArrayBuffer>;
  /** Offsets at which an append is complete. */
  readonly ends: readonly number[];
}

/** An open segment with three appends of two frames each, as a crash leaves it. */
async function leftOpen(): Promise<Left> {
  const disk = memoryDisk();
  const spool = await spoolOn(disk, testClock().clock);
  const ends: number[] = [];
  const sizeOf = async (name: string): Promise<number> => (await disk.open(name)).size();
  for (let id = 1; id <= 3; id++) {
    await spool.append([frame('events_raw', id), frame('coding_agent_events', id, 2)]);
    const [name] = (await disk.list()).filter((one) => one.endsWith('.segment'));
    ends.push(await sizeOf(name!));
  }
  const names = await disk.list();
  const read = async (name: string) => (await disk.open(name)).read(0, 1_000_000);
  const segment = names.find((name) => name.endsWith('.segment'))!;
  const facts = names.find((name) => name.includes('.facts-'))!;
  return { base: segment.replace('.segment', ''), bytes: await read(segment), facts: await read(facts), ends };
}

async function recover(left: Left, bytes: Uint8Array, facts: Uint8Array | 'none' = left.facts) {
  const disk = memoryDisk();
  const put = async (name: string, content: Uint8Array) => (await disk.create(name)).writeDurably([content.slice()], 0);
  await put(`${left.base}.segment`, bytes);
  if (facts !== 'none') await put(`${left.base}.facts-0`, facts);
  const spool = await spoolOn(disk, testClock().clock);
  await spool.recovered;
  return { spool, disk };
}

async function appendsIn(spool: Spool): Promise<number[]> {
  const [segment] = spool.segments();
  if (segment === undefined) return [];
  const raw = await segment.load('events_raw');
  const events = await segment.load('coding_agent_events');
  expect(events).toHaveLength(raw.length);
  return raw.map((unit) => unit.frames[0]!.payload[0]!);
}

describe('recovery of a segment without a seal', () => {
  it('keeps exactly the whole appends at every truncation', async () => {
    const left = await leftOpen();
    for (let length = 0; length <= left.bytes.length; length++) {
      const { spool, disk } = await recover(left, left.bytes.subarray(0, length));
      const whole = left.ends.filter((end) => end <= length).length;
      expect(await appendsIn(spool), `${length} bytes`).toEqual([1, 2, 3].slice(0, whole));
      expect(spool.recoveredRows().get('acme')).toBe(whole === 0 ? undefined : whole * 3);
      const [segment] = (await disk.list()).filter((name) => name.endsWith('.segment'));
      if (segment !== undefined) expect(await (await disk.open(segment)).size()).toBe(left.ends[whole - 1]);
    }
  });

  it('keeps the appends before any flipped byte, and never fails', async () => {
    const left = await leftOpen();
    const framesAt = left.bytes.length - (left.ends[2]! - left.ends[0]!) * 1.5;
    for (let at = framesAt; at < left.bytes.length; at++) {
      const flipped = left.bytes.slice();
      flipped[at] = flipped[at]! ^ 0x20;
      const { spool } = await recover(left, flipped);
      const whole = left.ends.filter((end) => end <= at).length;
      expect(await appendsIn(spool), `byte ${at}`).toEqual([1, 2, 3].slice(0, whole));
    }
  });

  it('keeps a file aside whose head is damaged, when frames stand behind it', async () => {
    const left = await leftOpen();
    const flipped = left.bytes.slice();
    flipped[20] = flipped[20]! ^ 0x20;
    const { spool, disk } = await recover(left, flipped);
    expect(spool.segments()).toEqual([]);
    expect(await disk.list()).toEqual([`${left.base}.damaged`]);
    // The magic of a frame alone is no frame: of a segment that was just made the rest may be anything.
    const magic = Buffer.concat([left.bytes.subarray(0, 60), Buffer.from('MFRMMFRM'), Buffer.alloc(100)]);
    expect(await (await recover(left, new Uint8Array(magic))).disk.list()).toEqual([]);
    // A torn head is what a crash leaves of a segment that was just made: nothing was acknowledged.
    const torn = await recover(left, left.bytes.subarray(0, 60));
    expect(await torn.disk.list()).toEqual([]);
  });

  it('passes over bytes of another segment behind the end', async () => {
    const left = await leftOpen();
    const foreign = Buffer.from(left.bytes.subarray(left.ends[0]));
    foreign.writeUInt32LE(0, 4);
    const { spool } = await recover(left, Buffer.concat([left.bytes, foreign]));
    expect(await appendsIn(spool)).toEqual([1, 2, 3]);
  });

  it('never appends to it again', async () => {
    const left = await leftOpen();
    const { spool } = await recover(left, left.bytes);
    await spool.append([frame('events_raw', 9)]);
    await spool.sealNow();
    expect(spool.segments()).toHaveLength(2);
    expect(await appendsIn(spool)).toEqual([1, 2, 3]);
  });

  it('takes it for possibly inserted when its sidecar is missing', async () => {
    const left = await leftOpen();
    const { spool } = await recover(left, left.bytes, 'none');
    expect(spool.segments()[0]?.isOfUnknownFate).toBe(true);
    expect((await recover(left, left.bytes)).spool.segments()[0]?.isOfUnknownFate).toBe(false);
  });
});

describe('recovery on a disk whose syncs fail', () => {
  it('keeps nothing that is in the page cache only: what it sealed is still there after a power loss', async () => {
    const time = new VirtualTime(20_000 * 86_400_000);
    const disk = new FaultyDisk(time, new Chance(1));
    const settled = async <T>(work: Promise<T>): Promise<T | undefined> => {
      let isOver = false;
      const end = (): void => {
        isOver = true;
      };
      work.then(end, end);
      await time.runUntil(() => isOver, Number.POSITIVE_INFINITY);
      return work.catch(() => undefined);
    };
    const life = async (): Promise<{ spool: Spool; kill: () => void }> => {
      let isAlive = true;
      const spool = await settled(
        spoolOn(
          disk.attach(() => isAlive),
          time.clock(() => isAlive),
        ),
      );
      await settled(spool!.recovered);
      const kill = (): void => {
        isAlive = false;
      };
      return { spool: spool!, kill };
    };
    const first = await life();
    await settled(first.spool.append([frame('events_raw', 1), frame('coding_agent_events', 1)]));
    disk.faults.failedSync = 1;
    // Refused; its pages are clean for the system although they were never written.
    await settled(first.spool.append([frame('events_raw', 2), frame('coding_agent_events', 2)]));
    first.kill();
    disk.faults.failedSync = 0;
    const second = await life();
    const seen = await settled(appendsIn(second.spool));
    second.kill();
    disk.losePower();
    const third = await life();
    expect(seen).toContain(1);
    expect(await settled(appendsIn(third.spool))).toEqual(seen);
  });
});

describe('recovery of what else may lie there', () => {
  it('removes a sidecar without a segment, and leaves foreign files alone', async () => {
    const left = await leftOpen();
    const disk = memoryDisk();
    await (await disk.create(`${left.base}.facts-0`)).writeDurably([left.facts], 0);
    await (await disk.create('notes.txt')).writeDurably([Buffer.from('mine')], 0);
    const spool = await spoolOn(disk, testClock().clock);
    await spool.recovered;
    expect(await disk.list()).toEqual(['notes.txt']);
  });

  it('hands on what stands before the broken end of a sealed segment, and keeps its file aside', async () => {
    const left = await leftOpen();
    const first = await recover(left, left.bytes);
    const names = await first.disk.list();
    const facts = await (await first.disk.open(names.find((name) => name.includes('.facts-'))!)).read(0, 10_000);
    const damaged = left.bytes.slice();
    damaged[left.ends[1]! + 8] = 0xff;
    const { spool, disk } = await recover(left, damaged, facts);
    expect(await appendsIn(spool)).toEqual([1, 2]);
    const [segment] = spool.segments();
    spool.finish(segment!);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await disk.list()).toEqual([`${left.base}.damaged`]);
  });
});

describe('a spool in memory', () => {
  it('takes over what is on the disk, and leaves there what was not inserted when it is closed', async () => {
    const left = await leftOpen();
    const disk = memoryDisk();
    await (await disk.create(`${left.base}.segment`)).writeDurably([left.bytes], 0);
    await (await disk.create(`${left.base}.facts-0`)).writeDurably([left.facts], 0);
    const inMemory = await spoolOn(disk, testClock().clock, { durability: 'memory' });
    await inMemory.recovered;
    await inMemory.append([frame('events_raw', 7, 5)]);
    expect((await disk.list()).filter((name) => name.endsWith('.segment'))).toHaveLength(1);
    await inMemory.close();
    const next = await spoolOn(disk, testClock().clock);
    await next.recovered;
    expect(next.recoveredRows().get('acme')).toBe(9 + 5);
    const units = await Promise.all(next.segments().map((segment) => segment.load('events_raw')));
    expect(units.flat().map((unit) => unit.frames[0]!.payload[0])).toEqual(expect.arrayContaining([1, 2, 3, 7]));
  });
});

it('takes resubmitted dead letters in beside segments that the disk never gives, and says so once', async () => {
  const home = memoryDisk();
  const renameTo = async (ending: string): Promise<string> => {
    const [name] = (await home.list()).filter((one) => one.endsWith('.segment'));
    for (const one of await home.list()) if (one.includes('.facts-')) await home.remove(one);
    await home.rename(name!, name!.replace('.segment', ending));
    return name!;
  };
  const warnings: string[] = [];
  const log = { info() {}, warn: (_: object, message: string) => warnings.push(message), error() {} };
  // Each with an id of its own; the first two cannot be read, in the spool and on its way back there.
  await (await spoolOn(home, testClock().clock)).append([frame('events_raw', 1)]);
  const bad = [await renameTo('.kept')];
  for (const request of [2, 3]) {
    await (await spoolOn(home, testClock().clock)).append([frame('events_raw', request)]);
    const name = await renameTo('.resubmit');
    if (request === 2) bad.push(name);
  }
  await home.rename(bad[0]!.replace('.segment', '.kept'), bad[0]!);
  const open = async (name: string) => {
    if (bad.includes(name)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return home.open(name);
  };
  const { clock, run } = testClock();
  const spool = await spoolOn({ ...home, open }, clock, { log });
  await run(60_000);
  expect(spool.recoveredRows().get('acme')).toBe(1);
  expect(warnings).toEqual(Array(2).fill('could not recover a segment, trying again'));
});

it('takes a resubmitted dead letter in although the directory could not be synced behind its new name', async () => {
  const home = memoryDisk();
  const first = await spoolOn(home, testClock().clock);
  await first.append([frame('events_raw', 1)]);
  const names = await home.list();
  const segment = names.find((name) => name.endsWith('.segment'));
  await home.rename(segment!, segment!.replace('.segment', '.resubmit'));
  for (const name of names) if (name !== segment) await home.remove(name);
  let isFailing = false;
  const disk = {
    ...home,
    async rename(from: string, to: string): Promise<void> {
      await home.rename(from, to);
      isFailing = true;
    },
    async syncDirectory(): Promise<void> {
      if (!isFailing) return;
      isFailing = false;
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    },
  };
  const { clock, run } = testClock();
  const spool = await spoolOn(disk, clock);
  await run(30_000);
  expect(spool.segments()).toHaveLength(1);
  expect(spool.recoveredRows().get('acme')).toBe(1);
});

it('leaves no file open, neither when it recovers nor when all is done', async () => {
  const left = await leftOpen();
  const home = memoryDisk();
  for (const [name, bytes] of [
    [`${left.base}.segment`, left.bytes],
    [`${left.base}.facts-0`, left.facts],
  ] as const) {
    await (await home.create(name)).writeDurably([bytes.slice()], 0);
  }
  const disk = countedDisk(home);
  const spool = await spoolOn(disk, testClock().clock);
  await spool.recovered;
  expect(await appendsIn(spool)).toEqual([1, 2, 3]);
  expect(disk.count()).toBe(0);
  await spool.append([frame('events_raw', 4)]);
  await spool.sealNow();
  for (const segment of [...spool.segments()]) {
    await segment.load('events_raw');
    await segment.record({ kind: 'done', table: 'events_raw', from: 0, to: 1 });
    spool.finish(segment);
  }
  await turns();
  await spool.close();
  expect(disk.count()).toBe(0);
  expect(await home.list()).toEqual([]);
});

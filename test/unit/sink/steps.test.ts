/** The steps of a part against a store that is told what to answer: what is asked, sent and recorded, and when. */

import { describe, expect, it } from 'vitest';
import type { TableName } from '../../../src/model/schema.ts';
import { DeadLetters } from '../../../src/sink/dead-letters.ts';
import type { Failure, Inserter, InsertRequest } from '../../../src/sink/inserter.ts';
import { BURIALS_IN_ROW_MAX } from '../../../src/sink/retry.ts';
import { Schedule, type Turn } from '../../../src/sink/schedule.ts';
import { type StepTools, work } from '../../../src/sink/steps.ts';
import type { Disk } from '../../../src/spool/disk.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import type { StoredColumn } from '../../../src/spool/segment-header.ts';
import { frame, SILENT, spoolOn, testClock } from '../spool/frames.ts';

const OURS: readonly StoredColumn[] = [['request_id', 'UUID']];

/** What the store was asked, and what it answers until a test says otherwise. */
class ScriptedStore implements Inserter {
  readonly isSharded = false;
  readonly inserts: InsertRequest[] = [];
  readonly counted: Buffer[] = [];
  describes = 0;
  columns: readonly StoredColumn[] = OURS;
  failure: Failure | undefined;
  describeFailure: Failure | undefined;
  found = 0;

  async insert(request: InsertRequest) {
    this.inserts.push(request);
    if (this.failure !== undefined) return { ok: false, failure: this.failure } as const;
    return { ok: true, value: { writtenRows: request.rows } } as const;
  }

  async countRequests(_table: TableName, requestIds: Uint8Array) {
    this.counted.push(Buffer.from(requestIds));
    return { ok: true, value: this.found } as const;
  }

  async describe() {
    this.describes += 1;
    if (this.describeFailure !== undefined) return { ok: false, failure: this.describeFailure } as const;
    return { ok: true, value: this.columns } as const;
  }
}

interface World {
  readonly store: ScriptedStore;
  readonly turn: Turn;
  readonly tools: StepTools;
  readonly disk: Disk;
  readonly events: { readonly kind: string; readonly rows?: number }[];
}

/** One sealed segment with `requests` appends of one row each for events_raw, and the part that covers it. */
async function worldOf(requests: number, disk: Disk = memoryDisk()): Promise<World> {
  const { clock } = testClock();
  const spool = await spoolOn(disk, clock);
  const appends = Array.from({ length: requests }, (_, index) => {
    const id = Buffer.alloc(16);
    id.writeUInt32BE(index + 1);
    return spool.append([{ ...frame('events_raw', index % 256), requestIds: new Uint8Array(id) }]);
  });
  await Promise.all(appends);
  await spool.sealNow();
  const schedule = new Schedule();
  schedule.admit(spool.segments());
  const turn = schedule.next(clock.nowMs()) as Turn;
  const store = new ScriptedStore();
  const events: World['events'] = [];
  const note = (kind: string) => (event: object) => {
    const rows = 'rows' in event ? { rows: Number(event.rows) } : {};
    events.push({ kind, ...rows });
  };
  const tools: StepTools = {
    spool,
    inserter: store,
    deadLetters: new DeadLetters(memoryDisk(), 1_000_000),
    schedule,
    clock,
    random: () => 0.5,
    log: SILENT,
    events: { inserted: note('inserted'), flushed: note('flushed'), failed: note('failed'), buried: note('buried') },
    signal: new AbortController().signal,
    successes: { events_raw: 0, coding_agent_events: 0 },
    burialsInRow: 0,
    fitting: new Set(),
  };
  return { store, turn, tools, disk, events };
}

/** Changes one bit of the last payload in the segment's file. */
async function damage(disk: Disk): Promise<void> {
  const name = (await disk.list()).find((one) => one.endsWith('.segment'))!;
  const file = await disk.open(name);
  const bytes = Buffer.from(await file.read(0, await file.size()));
  let at = bytes.length - 1;
  while (bytes[at] === 0) at -= 1;
  bytes[at]! ^= 1;
  await file.writeDurably([new Uint8Array(bytes)], 0);
  await file.close();
}

describe('an INSERT', () => {
  it('carries all frames in order, is settled and tells what it did', async () => {
    const { store, turn, tools, events } = await worldOf(3);
    await work(turn, tools);
    expect(turn.part.step).toBe('ended');
    expect(store.inserts).toHaveLength(1);
    expect(store.inserts[0]).toMatchObject({ rows: 3, columns: ['request_id'], token: turn.job.segment.header.id });
    expect(store.inserts[0]!.body.map((payload) => payload[0])).toEqual([0, 1, 2]);
    expect(events).toEqual([
      { kind: 'flushed', rows: 3 },
      { kind: 'inserted', rows: 3 },
    ]);
    expect(tools.successes).toEqual({ events_raw: 1, coding_agent_events: 0 });
    expect(tools.spool.spooledRows().get('acme')).toBeUndefined();
    expect(turn.job.segment.parts('events_raw')).toMatchObject([{ from: 0, to: 3, end: 'done' }]);
  });

  it('asks for the table’s columns once, and again after a failure of the store', async () => {
    const { store, turn, tools } = await worldOf(1);
    store.failure = { kind: 'rejected', detail: 'x' };
    await work(turn, tools);
    turn.part.notBeforeMs = 0;
    await work(turn, tools);
    expect([store.inserts.length, store.describes]).toEqual([2, 1]);
    store.failure = { kind: 'unreachable', detail: 'x' };
    turn.part.notBeforeMs = 0;
    await work(turn, tools);
    turn.part.notBeforeMs = 0;
    await work(turn, tools);
    expect([store.inserts.length, store.describes]).toEqual([4, 2]);
  });

  it('is not sent to a table that differs, and waits', async () => {
    const { store, turn, tools } = await worldOf(1);
    store.columns = [['request_id', 'String']];
    await work(turn, tools);
    expect([store.inserts.length, store.describes]).toEqual([0, 1]);
    expect(turn.part.step).toBe('insert');
    expect(turn.part.notBeforeMs).toBeGreaterThan(tools.clock.nowMs());
    expect(tools.schedule.gates.events_raw.failures).toBe(1);
  });

  it('that was never sent, since the store did not answer the question before it, is not looked for', async () => {
    const { store, turn, tools } = await worldOf(1);
    store.describeFailure = { kind: 'unanswered', detail: 'x' };
    await work(turn, tools);
    expect(turn.part).toMatchObject({ step: 'insert', isBegun: false, isDoubtful: false, accusations: 0 });
    store.describeFailure = undefined;
    turn.part.notBeforeMs = 0;
    await work(turn, tools);
    expect([turn.part.step, store.inserts.length, store.counted.length]).toEqual(['ended', 1, 0]);
  });

  it('is never made of bytes that were changed on the disk: the rows are split off and set aside', async () => {
    const disk = memoryDisk();
    const { store, turn, tools, events } = await worldOf(3, disk);
    await damage(disk);
    for (let next: Turn | { readonly waitUntilMs: number } = turn; 'part' in next; next = tools.schedule.next(1e15)) {
      await work(next, tools);
      tools.schedule.release(next);
    }
    expect(store.inserts.map(({ body }) => body.map((payload) => payload[0]))).toEqual([[0, 1]]);
    expect(events.filter(({ kind }) => kind !== 'flushed')).toEqual([
      { kind: 'inserted', rows: 2 },
      { kind: 'buried', rows: 1 },
    ]);
  });
});

describe('a count', () => {
  const idsOf = (asked: Buffer): number[] =>
    Array.from({ length: asked.length / 16 }, (_, index) => {
      const id = asked.subarray(index * 16, index * 16 + 16);
      expect(id.subarray(4).every((byte) => byte === 0)).toBe(true);
      return id.readUInt32BE(0);
    });

  it.each([1, 99, 100])('asks for all of %d requests', async (requests) => {
    const { store, turn, tools } = await worldOf(requests);
    Object.assign(turn.part, { isDoubtful: true });
    store.found = 1;
    await work(turn, tools);
    expect(turn.part.step).toBe('ended');
    expect(store.counted.map(idsOf)).toEqual([Array.from({ length: requests }, (_, index) => index + 1)]);
  });

  it.each([101, 250])('asks for a hundred of %d, spread over all of them', async (requests) => {
    const { store, turn, tools } = await worldOf(requests);
    Object.assign(turn.part, { isDoubtful: true });
    store.found = 1;
    await work(turn, tools);
    const asked = idsOf(store.counted[0]!);
    expect(asked).toHaveLength(100);
    expect(asked[0]).toBe(1);
    expect(asked[99]).toBeGreaterThan(requests - Math.ceil(requests / 100) - 1);
    expect(asked[99]).toBeLessThanOrEqual(requests);
    asked.slice(1).forEach((id, index) => {
      expect(id).toBeGreaterThan(asked[index]!);
      expect(id - asked[index]!).toBeLessThanOrEqual(Math.ceil(requests / 100));
    });
  });
});

describe('an INSERT in doubt whose rows are there', () => {
  it('is a sign that the store takes rows, as one that was answered is', async () => {
    const { store, turn, tools } = await worldOf(1);
    for (let failures = 0; failures < 3; failures++) tools.schedule.gates.events_raw.onFailure('unanswered', 0, 0);
    Object.assign(turn.part, { isBegun: true, isDoubtful: true, isAbsent: false });
    store.found = 1;
    await work(turn, tools);
    expect([turn.part.step, store.inserts.length]).toEqual(['ended', 0]);
    expect(tools.schedule.gates.events_raw.failures).toBe(0);
  });
});

describe('a dead letter on its way back', () => {
  it('is sent although some of its requests are found, and counted afterwards', async () => {
    const { store, turn, tools } = await worldOf(1);
    Object.assign(turn.job.segment.header, { reason: 'the store wrote 7 of 10 rows' });
    Object.assign(turn.part, { isBegun: true, isDoubtful: true, isAbsent: false });
    store.found = 1;
    await work(turn, tools);
    expect([turn.part.step, store.inserts.length, store.counted.length]).toEqual(['ended', 1, 1]);
  });
});

describe('setting aside', () => {
  const accused = (world: World): void =>
    void Object.assign(world.turn.part, { step: 'bury', reason: 'the store refuses the rows' });

  it('keeps the rows, tells of them and takes them off the ledger', async () => {
    const world = await worldOf(2);
    accused(world);
    await work(world.turn, world.tools);
    expect(world.events).toEqual([{ kind: 'buried', rows: 2 }]);
    expect(world.tools.deadLetters.files).toBe(1);
    expect(world.tools.burialsInRow).toBe(1);
    expect(world.turn.job.segment.parts('events_raw')).toMatchObject([{ from: 0, to: 2, end: 'buried' }]);
    expect(world.tools.spool.spooledRows().get('acme')).toBeUndefined();
  });

  it('stops after sixteen in a row without an INSERT that succeeds', async () => {
    const world = await worldOf(1);
    accused(world);
    world.tools.burialsInRow = BURIALS_IN_ROW_MAX;
    await work(world.turn, world.tools);
    expect(world.turn.part.step).toBe('insert');
    expect(world.turn.part.notBeforeMs).toBe(world.tools.clock.nowMs() + 30_000);
    expect(world.tools.deadLetters.files).toBe(0);
    world.turn.part.notBeforeMs = 0;
    await work(world.turn, world.tools);
    expect([world.turn.part.step, world.tools.burialsInRow]).toEqual(['ended', 0]);
    const last = await worldOf(1);
    accused(last);
    last.tools.burialsInRow = BURIALS_IN_ROW_MAX - 1;
    await work(last.turn, last.tools);
    expect([last.turn.part.step, last.tools.burialsInRow]).toEqual(['ended', BURIALS_IN_ROW_MAX]);
  });

  it('waits while there is no room', async () => {
    const world = await worldOf(1);
    accused(world);
    const tools = { ...world.tools, deadLetters: new DeadLetters(memoryDisk(), 10) };
    await work(world.turn, tools);
    expect(world.turn.part.step).toBe('bury');
    expect(world.turn.part.notBeforeMs).toBeGreaterThan(tools.clock.nowMs());
    expect(world.events).toEqual([]);
    expect(tools.spool.spooledRows().get('acme')).toBe(1);
  });
});

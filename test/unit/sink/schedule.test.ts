/** Which part goes next, what a closed gate lets through, and whether a table still takes our rows. */

import { describe, expect, it } from 'vitest';
import { Gate } from '../../../src/sink/gate.ts';
import { Schedule, type Turn } from '../../../src/sink/schedule.ts';
import { takesColumns } from '../../../src/sink/schema-check.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import type { SealedSegment } from '../../../src/spool/sealed-segment.ts';
import { frame, spoolOn, testClock } from '../spool/frames.ts';

/** Sealed segments, oldest first, each with one unit for each of the two tables. */
async function segments(count: number): Promise<readonly SealedSegment[]> {
  const { clock, run } = testClock();
  const spool = await spoolOn(memoryDisk(), clock);
  for (let index = 0; index < count; index++) {
    await spool.append([frame('events_raw', index), frame('coding_agent_events', index)]);
    await spool.sealNow();
    await run((index + 1) * 10);
  }
  return spool.segments();
}

function taken(schedule: Schedule, nowMs: number): Turn | undefined {
  const next = schedule.next(nowMs);
  return 'waitUntilMs' in next ? undefined : next;
}

describe('schedule', () => {
  it('hands out the oldest segment first, each part once, and forgets what has ended', async () => {
    const all = await segments(3);
    const schedule = new Schedule();
    expect(schedule.admit(all)).toEqual([]);
    expect(schedule.admit(all)).toEqual([]);
    const turns = Array.from({ length: 6 }, () => taken(schedule, 0)!);
    expect(turns.map(({ job }) => all.indexOf(job.segment))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(schedule.next(0)).toEqual({ waitUntilMs: Number.POSITIVE_INFINITY });
    turns[0]!.part.step = 'ended';
    expect(schedule.release(turns[0]!)).toBe(false);
    turns[1]!.part.step = 'ended';
    expect(schedule.release(turns[1]!)).toBe(true);
    expect(schedule.length).toBe(4);
  });

  it('puts an older segment that is sealed later before those that are there', async () => {
    const all = await segments(3);
    const schedule = new Schedule();
    for (const index of [1, 0, 2]) schedule.admit([all[index]!]);
    const turns = Array.from({ length: 6 }, () => taken(schedule, 0)!);
    expect(turns.map(({ job }) => all.indexOf(job.segment))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('forgets nothing of others when two parts of one table end at the same time', async () => {
    const all = await segments(2);
    const schedule = new Schedule();
    schedule.admit(all);
    const whole = taken(schedule, 0)!;
    schedule.split(whole.job, whole.part, [{ ...whole.part }, { ...whole.part }]);
    schedule.release(whole);
    for (const part of whole.job.parts) part.step = 'insert';
    const halves = [taken(schedule, 0)!, taken(schedule, 0)!];
    expect(halves.map(({ job }) => job)).toEqual([whole.job, whole.job]);
    for (const { part } of halves) part.step = 'ended';
    for (const half of halves) schedule.release(half);
    expect(schedule.length).toBe(3);
  });

  it('passes over parts that wait, and says until when', async () => {
    const all = await segments(2);
    const schedule = new Schedule();
    schedule.admit(all);
    for (let index = 0; index < 2; index++) {
      const turn = taken(schedule, 0)!;
      turn.part.notBeforeMs = 500 + index;
      schedule.release(turn);
    }
    const turns = [taken(schedule, 0)!, taken(schedule, 0)!];
    expect(turns.map(({ job }) => job.segment)).toEqual([all[1], all[1]]);
    expect(schedule.next(0)).toEqual({ waitUntilMs: 500 });
    expect(taken(schedule, 500)?.job.segment).toBe(all[0]);
  });

  it('sends one probe behind a closed gate, to another batch after three failures, and leaves the other table alone', async () => {
    const schedule = new Schedule();
    schedule.admit(await segments(3));
    const gate = schedule.gates.events_raw;
    gate.onFailure('unreachable', 0, 0);
    const probe = taken(schedule, 1000)!;
    expect(probe.part.table).toBe('events_raw');
    const others = [taken(schedule, 1000)!, taken(schedule, 1000)!, taken(schedule, 1000)!];
    expect(others.every(({ part }) => part.table === 'coding_agent_events')).toBe(true);
    expect(taken(schedule, 1000)).toBeUndefined();
    probe.part.failures = 3;
    schedule.release(probe);
    const next = taken(schedule, 1000)!;
    expect(next.job).not.toBe(probe.job);
    gate.onSuccess();
    schedule.release(next);
    expect(taken(schedule, 1000)?.job).toBe(probe.job);
  });
});

describe('gate', () => {
  it('closes for faults of the store only, longer each time, and opens with one success', () => {
    const gate = new Gate();
    gate.onFailure('rejected', 0, 0);
    gate.onFailure('data', 0, 0);
    expect(gate.opensAtMs()).toBe(0);
    gate.onFailure('busy', 0, 0);
    const first = gate.opensAtMs();
    gate.onFailure('busy', 0, 0);
    expect(gate.opensAtMs()).toBeGreaterThan(first);
    gate.enter();
    expect(gate.opensAtMs()).toBe(Number.POSITIVE_INFINITY);
    gate.leave();
    gate.onSuccess();
    expect(gate.opensAtMs()).toBe(0);
  });
});

describe('schema check', () => {
  const ours = [
    ['a', 'LowCardinality(String)'],
    ['b', "DateTime64(3, 'UTC')"],
    ['c', 'Map(LowCardinality(String), String)'],
  ] as const;

  it('takes a table with more columns, in any order, with or without LowCardinality', () => {
    expect(takesColumns([['x', 'UInt8'], ...[...ours].reverse()], ours)).toBe(true);
    expect(takesColumns([['a', 'String'], ours[1], ['c', 'Map(String, String)']], ours)).toBe(true);
  });

  it('refuses a missing column and another type', () => {
    expect(takesColumns(ours.slice(1), ours)).toBe(false);
    expect(takesColumns([ours[0], ['b', "DateTime64(6, 'UTC')"], ours[2]], ours)).toBe(false);
    expect(takesColumns([['a', 'Nullable(String)'], ours[1], ours[2]], ours)).toBe(false);
  });
});

/** The state machine of one part: each way through it, named by what happens to the INSERT. */

import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../src/sink/inserter.ts';
import {
  onCorrupt,
  onCounted,
  onDescribed,
  onDiskFailed,
  onFailed,
  onInsertDue,
  onInserted,
  type Part,
  partFrom,
  type Surroundings,
  tokenOf,
} from '../../../src/sink/part.ts';
import { ACCUSED_AFTER, BURIALS_IN_ROW_MAX, pauseMs, REINSERTS_MAX } from '../../../src/sink/retry.ts';

const around = (successes = 0, nowMs = 1000): Surroundings => ({
  nowMs,
  random: 0.5,
  successes,
  isSharded: false,
  isResubmitted: false,
});
const part = (units = 8, attempt?: number): Part =>
  partFrom({ from: 0, to: units, end: 'open', attempt }, 'events_raw', units, false);
const fail = (one: Part, kind: FailureKind, successes = 0): void =>
  onFailed(one, { kind, detail: 'test' }, around(successes));

describe('an INSERT that was answered', () => {
  it('is settled when the store wrote all rows, or does not say', () => {
    for (const written of [10, undefined, 11]) {
      const one = part();
      onInserted(one, written, 10);
      expect(one.step).toBe('settle');
    }
  });

  it('is counted when the store wrote none: the token may have been known', () => {
    const one = part();
    onInserted(one, 0, 10);
    expect(one.step).toBe('count');
  });

  it('is set aside whole when the store wrote fewer: pieces under new tokens would double rows', () => {
    const one = part();
    onInserted(one, 7, 10);
    expect(one).toMatchObject({ step: 'bury', reason: 'the store wrote 7 of 10 rows' });
  });
});

describe('an ambiguous end', () => {
  it.each(['unanswered', 'busy', 'rejected'] as const)('(%s) makes the next OK be counted', (kind) => {
    const one = part();
    fail(one, kind);
    expect(one.step).toBe('insert');
    onInserted(one, 10, 10);
    expect(one.step).toBe('count');
    onCounted(one, 3, around());
    expect(one.step).toBe('settle');
  });

  it('(unreachable) leaves no doubt: nothing was sent', () => {
    const one = part();
    fail(one, 'unreachable');
    onInserted(one, 10, 10);
    expect(one.step).toBe('settle');
  });

  it('of an earlier process is doubtful from the start', () => {
    const one = part(8, 0);
    onInserted(one, 10, 10);
    expect(one.step).toBe('count');
  });

  it('is looked for before it is sent again: the store may have the rows and not the token', () => {
    const there = part();
    fail(there, 'unanswered');
    onInsertDue(there, around());
    expect(there).toMatchObject({ step: 'count', whenAbsent: 'resend' });
    onCounted(there, 1, around());
    expect(there.step).toBe('settle');
    const absent = part(8, 0);
    onInsertDue(absent, around());
    onCounted(absent, 0, around());
    onInsertDue(absent, around());
    expect(absent).toMatchObject({ step: 'insert', attempt: 0, isDoubtful: true });
    fail(absent, 'unanswered');
    onInsertDue(absent, around());
    expect(absent.step).toBe('count');
  });

  it('is not looked for when nothing was sent', () => {
    for (const one of [part(), partFrom({ from: 0, to: 8, end: 'open', attempt: undefined }, 'events_raw', 8, true)]) {
      onInsertDue(one, around());
      expect(one.step).toBe('insert');
    }
  });

  it('is looked for again when the store failed after a count: it may be back with rows that it had not shown', () => {
    const one = part(8, 0);
    onInsertDue(one, around());
    onCounted(one, 0, around());
    fail(one, 'unreachable');
    onInsertDue(one, around());
    expect(one).toMatchObject({ step: 'count', whenAbsent: 'resend' });
  });

  it('raises the token only after two counts found nothing, a pause apart', () => {
    const one = part(8, 0);
    expect(tokenOf('abc', one)).toBe('abc');
    onInserted(one, 10, 10);
    onCounted(one, 0, around(0, 1000));
    expect(one).toMatchObject({ step: 'count', notBeforeMs: 2000, attempt: 0 });
    onCounted(one, 0, around(0, 2000));
    expect(one).toMatchObject({ step: 'insert', attempt: 1, isBegun: false, isDoubtful: false });
    expect(tokenOf('abc', one)).toBe('abc-r1');
    onInserted(one, 10, 10);
    expect(one.step).toBe('settle');
  });

  it('ends with the rows set aside when the store keeps answering OK and keeps nothing', () => {
    const one = part(1);
    for (let attempt = 0; attempt <= REINSERTS_MAX; attempt++) {
      expect(one.step).toBe('insert');
      onInserted(one, 0, 10);
      onCounted(one, 0, around());
      onCounted(one, 0, around());
    }
    expect(one).toMatchObject({ step: 'bury', reason: 'the store answers OK and keeps nothing' });
  });
});

describe('bad data', () => {
  it('is compared with the schema first: a difference is an outage', () => {
    const one = part();
    fail(one, 'data');
    expect(one.step).toBe('describe');
    onDescribed(one, false, around());
    expect(one.step).toBe('insert');
    expect(one.notBeforeMs).toBeGreaterThan(1000);
  });

  it('is split when the schema is ours and none is in the table, and the last unit is set aside with the reason', () => {
    const refuse = (one: Part): void => {
      onFailed(one, { kind: 'data', serverCode: 117, detail: 'INCORRECT_DATA' }, around());
      onDescribed(one, true, around());
      expect(one.step).toBe('count');
      onCounted(one, 0, around());
      onCounted(one, 0, around());
    };
    const many = part(8);
    refuse(many);
    expect(many.step).toBe('accuse');
    const last = part(1);
    refuse(last);
    expect(last).toMatchObject({ step: 'bury', reason: 'the store refuses the rows: code 117, INCORRECT_DATA' });
  });

  it('is settled when the rows are in the table: what refused them stands behind it', () => {
    const there = part();
    fail(there, 'data');
    onDescribed(there, true, around());
    expect(there.step).toBe('count');
    onCounted(there, 1, around());
    expect(there.step).toBe('settle');
  });

  it('of our own disk is split like that of the store', () => {
    const one = part(2);
    onCorrupt(one, around());
    expect(one.step).toBe('accuse');
    const doubtful = part(2, 0);
    onCorrupt(doubtful, around());
    expect(doubtful.step).toBe('count');
    onCounted(doubtful, 1, around());
    expect(doubtful.step).toBe('settle');
  });

  it('gives pieces tokens of their own', () => {
    const piece = partFrom({ from: 4, to: 8, end: 'open', attempt: 2 }, 'events_raw', 8, false);
    expect(tokenOf('abc', piece)).toBe('abc-4-8-r2');
  });
});

describe('a batch that fails again and again', () => {
  it('is accused only when others succeed meanwhile', () => {
    const alone = part();
    for (let failures = 0; failures < 100; failures++) fail(alone, 'rejected', 0);
    expect(alone.step).toBe('insert');
    const one = part();
    for (let failures = 1; failures < ACCUSED_AFTER.batch.failures; failures++) fail(one, 'rejected', failures);
    expect(one.step).toBe('insert');
    fail(one, 'rejected', 10);
    expect(one.step).toBe('describe');
  });

  it('is not accused by an outage, however long, nor by one failure after it', () => {
    const one = part(1);
    for (let failures = 0; failures < 200; failures++) fail(one, failures % 2 === 0 ? 'unreachable' : 'busy', 0);
    fail(one, 'unanswered', 100);
    expect(one.step).toBe('insert');
  });

  it('needs more before a single unit is set aside', () => {
    const one = part(1);
    for (let failures = 1; failures < ACCUSED_AFTER.unit.failures; failures++) fail(one, 'rejected', 100 * failures);
    expect(one.step).toBe('insert');
  });
});

describe('successes of others', () => {
  it('count from the first accusing failure on', () => {
    const one = part();
    fail(one, 'rejected', 50);
    for (let failures = 0; failures < 20; failures++) fail(one, 'rejected', 52);
    expect(one.step).toBe('insert');
    fail(one, 'rejected', 53);
    expect(one.step).toBe('describe');
  });

  /** What retry.ts promises: 5 failures and 3 successes split a batch, 3 and 2 a piece of it, 10 and 5 accuse one unit. */
  it.each([
    ['a batch', 0, 8, 5, 3],
    ['a piece', 0, 4, 3, 2],
    ['another piece', 4, 8, 3, 2],
    ['a unit', 7, 8, 10, 5],
  ])('and failures that accuse %s', (_what, from, to, failures, successes) => {
    const fresh = (): Part => partFrom({ from, to, end: 'open', attempt: undefined }, 'events_raw', 8, false);
    const accused = (count: number, others: number): boolean => {
      const one = fresh();
      for (let index = 0; index < count; index++) fail(one, 'rejected', index === 0 ? 0 : others);
      return one.step === 'describe';
    };
    expect(accused(failures, successes)).toBe(true);
    expect(accused(failures - 1, successes)).toBe(false);
    expect(accused(failures, successes - 1)).toBe(false);
  });
});

describe('a question before the rows are accused', () => {
  it('that is not answered sends the part back to its INSERT after a pause', () => {
    const one = part();
    fail(one, 'data');
    // Rows that a view refused may be in the table.
    expect(one).toMatchObject({ step: 'describe', notBeforeMs: 1000, isDoubtful: true });
    fail(one, 'unreachable');
    expect(one.step).toBe('insert');
    expect(one.notBeforeMs).toBeGreaterThan(1000);
  });

  it('about a count that failed is asked again', () => {
    const one = part(8, 0);
    onInserted(one, 10, 10);
    fail(one, 'unanswered');
    expect(one).toMatchObject({ step: 'count', accusations: 0 });
  });
});

describe('pauses', () => {
  it('begin at the shortest', () => {
    const one = part();
    fail(one, 'unreachable');
    expect(one.notBeforeMs).toBe(1000 + 75);
    fail(one, 'unreachable');
    expect(one.notBeforeMs).toBe(1000 + 150);
    const disk = part();
    onDiskFailed(disk, around());
    expect(disk).toMatchObject({ step: 'insert', notBeforeMs: 1000 + 375 });
  });

  it('grow to their bound, half of them by chance', () => {
    expect(pauseMs('unreachable', 1, 0)).toBe(50);
    expect(pauseMs('unreachable', 1, 0.999)).toBeCloseTo(100, 0);
    expect(pauseMs('unreachable', 1000, 0.999)).toBeLessThanOrEqual(2000);
    expect(pauseMs('rejected', 1000, 0)).toBe(2500);
    expect(pauseMs('data', 1000, 0)).toBe(15_000);
    expect(BURIALS_IN_ROW_MAX).toBeGreaterThan(0);
  });
});

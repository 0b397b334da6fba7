/** A part of which the table may have some rows and not the others: one of a cluster, and a dead letter on its way back. */

import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../src/sink/inserter.ts';
import {
  onCorrupt,
  onCounted,
  onDescribed,
  onFailed,
  onInsertDue,
  onInserted,
  type Part,
  partFrom,
  type Surroundings,
} from '../../../src/sink/part.ts';
import { REPLICA_LAG_SECONDS_MAX } from '../../../src/sink/retry.ts';

const around = { nowMs: 1000, random: 0.5, successes: 0, isSharded: false, isResubmitted: false };
const onCluster: Surroundings = { ...around, isSharded: true };
const onItsWayBack: Surroundings = { ...around, isResubmitted: true };
const part = (units = 8, attempt?: number): Part =>
  partFrom({ from: 0, to: units, end: 'open', attempt }, 'events_raw', units, false);
const fail = (one: Part, kind: FailureKind): void => onFailed(one, { kind, detail: 'test' }, around);

describe('a batch on a cluster', () => {
  it('whose INSERT is in doubt is sent again at once: what a count finds may be the share of one shard', () => {
    const shared = part(8, 0);
    onInsertDue(shared, onCluster);
    expect(shared.step).toBe('insert');
  });

  it('waits between two counts for longer than a replica that is asked may lag', () => {
    const one = part(8, 0);
    onInserted(one, 10, 10);
    onCounted(one, 0, onCluster);
    expect(one.notBeforeMs).toBeGreaterThan(1000 + REPLICA_LAG_SECONDS_MAX * 1000);
  });

  it('is sent on under its token when shards have their rows and another refuses its own', () => {
    const one = part();
    fail(one, 'data');
    onDescribed(one, true, onCluster);
    onCounted(one, 4, onCluster);
    expect(one).toMatchObject({ step: 'insert', attempt: 0, isDoubtful: true });
    expect(one.notBeforeMs).toBeGreaterThan(1000);
    onInserted(one, 10, 10);
    onCounted(one, 10, onCluster);
    expect(one.step).toBe('settle');
  });

  it('that is damaged on our disk is set aside whole when shards have their rows: it cannot be sent on', () => {
    const one = part(2, 0);
    onCorrupt(one, onCluster);
    onCounted(one, 1, onCluster);
    expect(one).toMatchObject({ step: 'bury', reason: 'the stored bytes do not match their checksum' });
  });
});

describe('a dead letter on its way back, of which the store had kept some rows', () => {
  it('is sent again after an ambiguous end, not taken for stored', () => {
    for (const one of [part(), part(8, 0)]) {
      fail(one, 'unanswered');
      onInsertDue(one, onItsWayBack);
      expect(one.step).toBe('insert');
    }
  });

  it('is set aside once more when it is refused', () => {
    const one = part();
    fail(one, 'data');
    onDescribed(one, true, onItsWayBack);
    onCounted(one, 7, onItsWayBack);
    expect(one.step).toBe('bury');
  });
});

/**
 * The one place that decides when something is tried again. Nothing is ever given up for want of time: the spool holds,
 * and the pauses are short enough that the sink runs at full speed within seconds after the store is back.
 */

import type { FailureKind } from './inserter.ts';

interface RetryRule {
  /** The pause concerns the whole table: one probe at a time goes out until an INSERT succeeds. */
  readonly closesGate: boolean;
  /**
   * An INSERT that ended so may be in the table, or only in its deduplication log. Also one whose rows were refused: a
   * view behind the table may be what refuses them, when they are in the table already.
   */
  readonly leavesDoubt: boolean;
  /** Counts as a sign that the batch itself is at fault, while others succeed. */
  readonly accuses: boolean;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const RETRY_RULES: Readonly<Record<FailureKind | 'disk', RetryRule>> = {
  unreachable: { closesGate: true, leavesDoubt: false, accuses: false, firstPauseMs: 100, longestPauseMs: 2000 },
  unanswered: { closesGate: true, leavesDoubt: true, accuses: true, firstPauseMs: 100, longestPauseMs: 3000 },
  busy: { closesGate: true, leavesDoubt: true, accuses: false, firstPauseMs: 200, longestPauseMs: 5000 },
  schema: { closesGate: true, leavesDoubt: true, accuses: true, firstPauseMs: 500, longestPauseMs: 5000 },
  data: { closesGate: false, leavesDoubt: true, accuses: true, firstPauseMs: 500, longestPauseMs: 30_000 },
  rejected: { closesGate: false, leavesDoubt: true, accuses: true, firstPauseMs: 500, longestPauseMs: 5000 },
  /** Our own disk: a fact that cannot be recorded, a segment that cannot be read. */
  disk: { closesGate: false, leavesDoubt: false, accuses: false, firstPauseMs: 500, longestPauseMs: 5000 },
};

/** Pause after failure number `failures` (from 1): doubled each time, half of it by chance. `random` is in [0, 1). */
export function pauseMs(kind: FailureKind | 'disk', failures: number, random: number): number {
  const { firstPauseMs, longestPauseMs } = RETRY_RULES[kind];
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 20));
  return pause / 2 + (pause / 2) * random;
}

/** A replica that is this far behind is not counted on; one that is less may be. */
export const REPLICA_LAG_SECONDS_MAX = 5;

/**
 * Pause between the two counts that must both find nothing. On a cluster the second comes when every replica that may be
 * counted on has what the first could not see; a second more, since their clocks differ.
 */
export function recountPauseMs(isSharded: boolean): number {
  return isSharded ? (REPLICA_LAG_SECONDS_MAX + 1) * 1000 : 1000;
}

/**
 * Accusing failures of rows, and successes of others meanwhile, after which the rows are held to be at fault: a batch is
 * split to find the culprit, its pieces further, and the last unit is set aside. The last step must be sure: on a network
 * that loses a fifth of all answers ten losses in a row happen once in ten million.
 */
export const ACCUSED_AFTER = {
  batch: { failures: 5, successesOfOthers: 3 },
  piece: { failures: 3, successesOfOthers: 2 },
  unit: { failures: 10, successesOfOthers: 5 },
} as const;

/** A store that answers OK and keeps nothing this many times over: the rows are set aside. */
export const REINSERTS_MAX = 5;

/**
 * Frames set aside in a row, without one INSERT that succeeded, after which the fault is the store's or ours and not the
 * frames': nothing more is set aside until an INSERT succeeds.
 */
export const BURIALS_IN_ROW_MAX = 16;

/** Failures in a row after which the probe goes to another batch: one that brings the store down must not be the only one. */
export const PROBE_ROTATION = 3;

/**
 * What to do next with one part of a segment: a state machine without I/O. `step` says what is due; the events below are
 * what came of it. steps.ts carries the steps out, the simulation drives both through every fault.
 */

import type { TableName } from '../model/schema.ts';
import type { PartRecord } from '../spool/facts.ts';
import type { Failure, FailureKind } from './inserter.ts';
import { ACCUSED_AFTER, pauseMs, REINSERTS_MAX, RETRY_RULES, recountPauseMs } from './retry.ts';

/**
 * insert: send with the token of `attempt`, unless it is there. count: is anything of it in the table? describe: is the schema ours?
 * settle: record that the rows are in. accuse: split to find the culprit. bury: set the rows aside. ended: nothing is left.
 */
export type Step = 'insert' | 'count' | 'describe' | 'settle' | 'accuse' | 'bury' | 'ended';

export interface Part {
  readonly table: TableName;
  /** Units [from, to) of the segment's table. */
  readonly from: number;
  readonly to: number;
  /** The whole table of the segment, as opposed to a piece of one that was split. */
  readonly isWhole: boolean;
  step: Step;
  /** Suffix of the token; raised only when a token is known to be spent without rows. */
  attempt: number;
  /** The fact `inserting` of this attempt is durable. */
  isBegun: boolean;
  /** An earlier INSERT with this token ended without a trustworthy answer: OK alone proves nothing. */
  isDoubtful: boolean;
  /** A count since that INSERT, and since the store last failed, has found nothing: it may be sent again. */
  isAbsent: boolean;
  /** Where a count that finds rows leads: the part is in, its token brings in the rest, or a person must judge. */
  whenFound: 'settle' | 'sendOn' | 'setAside';
  /** Where a count that finds nothing leads: to the same token, to the next one, to the search for a culprit. */
  whenAbsent: 'resend' | 'raise' | 'accuse';
  emptyCounts: number;
  /** Of any kind; they lengthen the pauses. */
  failures: number;
  /** Those that may be the rows' own fault. */
  accusations: number;
  /** INSERTs of the table that had succeeded when the first of them came. */
  successesBefore: number;
  lastFailure: Failure | undefined;
  /** Why the rows are set aside, once they are accused. */
  reason: string;
  notBeforeMs: number;
}

/** What the machine must know of the world around the part. */
export interface Surroundings {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
  /** INSERTs of the table that succeeded since the start. */
  readonly successes: number;
  /** A part may be in the table in pieces (Inserter.isSharded). */
  readonly isSharded: boolean;
  /** It was set aside before and resubmitted: some of its rows may have been in the table when it was. */
  readonly isResubmitted: boolean;
}

/** A part as the facts left it. One whose INSERT was begun by an earlier process is doubtful. */
export function partFrom(record: PartRecord, table: TableName, units: number, isOfUnknownFate: boolean): Part {
  return {
    table,
    from: record.from,
    to: record.to,
    isWhole: record.from === 0 && record.to === units,
    step: record.end === 'open' ? 'insert' : 'ended',
    attempt: record.attempt ?? 0,
    isBegun: record.attempt !== undefined,
    isDoubtful: record.attempt !== undefined || isOfUnknownFate,
    isAbsent: record.attempt === undefined,
    whenFound: 'settle',
    whenAbsent: 'resend',
    emptyCounts: 0,
    failures: 0,
    accusations: 0,
    successesBefore: 0,
    lastFailure: undefined,
    reason: '',
    notBeforeMs: 0,
  };
}

/** The deduplication token: the segment's id, the range when it was split, the attempt when one was spent. */
export function tokenOf(segmentId: string, part: Part): string {
  const range = part.isWhole ? '' : `-${part.from}-${part.to}`;
  return segmentId + range + (part.attempt === 0 ? '' : `-r${part.attempt}`);
}

/**
 * The INSERT is due. One whose rows may be in the table is looked for first: the store may have the rows and not the
 * token. A plain MergeTree loses it with the power, forgets it after so many INSERTs of others, and a table that somebody
 * else made may remember none. Not where what is found may be a share of them. On a cluster it may be one shard's, and
 * replicated tables keep part and token together; a dead letter on its way back is sent whatever is there.
 */
export function onInsertDue(part: Part, around: Surroundings): void {
  if (part.isDoubtful && !part.isAbsent && !mayBeInPieces(around)) count(part, 'resend', 'settle');
}

function mayBeInPieces(around: Surroundings): boolean {
  return around.isSharded || around.isResubmitted;
}

/** The INSERT was answered OK. */
export function onInserted(part: Part, writtenRows: number | undefined, sentRows: number): void {
  if (part.isDoubtful || writtenRows === 0) {
    count(part, 'raise', 'settle');
    return;
  }
  if (writtenRows !== undefined && writtenRows < sentRows) {
    // Whole, for a person to judge: pieces under new tokens would double the rows that were written.
    setAside(part, `the store wrote ${writtenRows} of ${sentRows} rows`);
    return;
  }
  part.step = 'settle';
}

/** A question before the INSERT failed: nothing was sent, and the rows are not at fault. */
export function onNotSent(part: Part, failure: Failure, around: Surroundings): void {
  part.failures += 1;
  // A store that fails may be another when it is back, with rows that a count before did not find.
  part.isAbsent = false;
  part.lastFailure = failure;
  part.notBeforeMs = around.nowMs + pauseMs(failure.kind, part.failures, around.random);
}

/** Anything else that was asked of the store failed. */
export function onFailed(part: Part, failure: Failure, around: Surroundings): void {
  onNotSent(part, failure, around);
  if (part.step === 'describe') {
    // Not even the table's description: an outage, whatever the INSERT said.
    part.step = 'insert';
    return;
  }
  if (part.step !== 'insert') return;
  const rule = RETRY_RULES[failure.kind];
  if (rule.leavesDoubt) part.isDoubtful = true;
  if (rule.accuses) {
    if (part.accusations === 0) part.successesBefore = around.successes;
    part.accusations += 1;
  }
  if (failure.kind === 'data' || failure.kind === 'schema' || isAccused(part, failure.kind, around)) {
    part.step = 'describe';
    part.notBeforeMs = around.nowMs;
  }
}

/** Our own disk failed under the step; it is due again after a pause. */
export function onDiskFailed(part: Part, around: Surroundings): void {
  part.failures += 1;
  part.notBeforeMs = around.nowMs + pauseMs('disk', part.failures, around.random);
}

function isAccused(part: Part, kind: FailureKind, around: Surroundings): boolean {
  const size = part.to - part.from === 1 ? 'unit' : part.isWhole ? 'batch' : 'piece';
  const { failures, successesOfOthers } = ACCUSED_AFTER[size];
  const others = around.successes - part.successesBefore;
  return RETRY_RULES[kind].accuses && part.accusations >= failures && others >= successesOfOthers;
}

/** DESCRIBE was answered. A difference is an outage: one ALTER must not set everything aside. */
export function onDescribed(part: Part, isOurSchema: boolean, around: Surroundings): void {
  const kind = part.lastFailure?.kind ?? 'rejected';
  const isOutage = !isOurSchema || (kind === 'schema' && !isAccused(part, kind, around));
  if (isOutage) {
    part.step = 'insert';
    part.notBeforeMs = around.nowMs + pauseMs('schema', part.failures, around.random);
    return;
  }
  const { serverCode, detail } = part.lastFailure ?? { serverCode: undefined, detail: 'unknown' };
  part.reason = `the store refuses the rows: ${serverCode === undefined ? '' : `code ${serverCode}, `}${detail}`;
  // They may be in the table all the same, and pieces under new tokens would double them.
  // Of a cluster some shards may have their rows and another refuses its own: only the same token doubles none.
  count(part, 'accuse', around.isSharded ? 'sendOn' : around.isResubmitted ? 'setAside' : 'settle');
}

/** The payload on our disk is not what the worker made. */
export function onCorrupt(part: Part, around: Surroundings): void {
  part.reason = 'the stored bytes do not match their checksum';
  // They cannot be sent again, so what is missing cannot be brought in.
  if (part.isDoubtful) count(part, 'accuse', mayBeInPieces(around) ? 'setAside' : 'settle');
  else accuse(part, part.reason);
}

/**
 * The part's request ids were counted. Nothing there must be seen twice, a replica may lag behind, unless the same token
 * follows.
 */
export function onCounted(part: Part, found: number, around: Surroundings): void {
  if (found > 0) {
    if (part.whenFound === 'setAside') setAside(part, part.reason);
    else if (part.whenFound === 'sendOn') sendOn(part, around);
    else part.step = 'settle';
    return;
  }
  if (part.whenAbsent === 'resend') {
    part.isAbsent = true;
    part.step = 'insert';
    return;
  }
  part.emptyCounts += 1;
  if (part.emptyCounts < 2) {
    part.notBeforeMs = around.nowMs + recountPauseMs(around.isSharded);
    return;
  }
  if (part.whenAbsent === 'accuse') {
    accuse(part, part.reason);
    return;
  }
  if (part.attempt >= REINSERTS_MAX) {
    setAside(part, 'the store answers OK and keeps nothing');
    return;
  }
  part.attempt += 1;
  part.isBegun = false;
  part.isDoubtful = false;
  part.step = 'insert';
}

function sendOn(part: Part, around: Surroundings): void {
  part.step = 'insert';
  part.notBeforeMs = around.nowMs + pauseMs('rejected', part.failures, around.random);
}

function count(part: Part, whenAbsent: Part['whenAbsent'], whenFound: Part['whenFound']): void {
  part.step = 'count';
  part.whenFound = whenFound;
  part.whenAbsent = whenAbsent;
  part.emptyCounts = 0;
}

function accuse(part: Part, reason: string): void {
  part.step = part.to - part.from > 1 ? 'accuse' : 'bury';
  part.reason = reason;
}

function setAside(part: Part, reason: string): void {
  part.step = 'bury';
  part.reason = reason;
}

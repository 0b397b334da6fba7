/**
 * Held-out replay: the lesson is learned from the earlier part of a cluster's sessions and tested on the later part. Where
 * its trigger fires and a correction happened it was right; where it fires and what it warns of worked, uncorrected, it was
 * wrong; a correction without it firing was missed. Where it fires and the wrong way failed but nothing better was tried,
 * nothing is decided.
 */

import type { Evidence } from './evidence.ts';
import { sessionKey } from './lesson.ts';
import { epochMs, type StorePort, textList } from './store.ts';
import { type Firing, firing, headsAsked, type Trigger, type Use } from './trigger.ts';

/** A session in which some head of the trigger was used. */
export interface ReplaySession {
  readonly key: string;
  readonly repo: string;
  readonly startedAtMs: number;
  readonly firing: Firing;
}

interface ReplayRow {
  readonly provider: string;
  readonly session_id: string;
  readonly repo: string;
  readonly started_at: string;
  readonly uses: readonly Use[];
}

const replayQuery = (condition: (head: string) => string): string => `
SELECT provider, session_id, repo, started_at,
  arrayFilter(use -> ${condition('use.1')}, arrayZip(use_heads, use_flags, use_first, use_worked)) AS uses
FROM skill_sessions FINAL
WHERE tenant_id = {tenant:String} AND arrayExists(head -> ${condition('head')}, use_heads)
ORDER BY started_at DESC, provider, session_id
LIMIT {limit:UInt32}`;

/** Sessions that used what the trigger asks for, newest first, at most `sessionsMax`. */
export async function replaySessions(
  store: StorePort,
  tenantId: string,
  trigger: Trigger,
  sessionsMax: number,
): Promise<ReplaySession[]> {
  const heads = headsAsked(trigger);
  if (heads.exact.length === 0) return [];
  const rows = await store.query<ReplayRow>(
    replayQuery((head) => headCondition(head, heads)),
    {
      tenant: tenantId,
      limit: sessionsMax,
    },
  );
  return rows.map((row) => ({
    key: sessionKey(row),
    repo: row.repo,
    startedAtMs: epochMs(row.started_at),
    firing: firing(trigger, row.uses),
  }));
}

function headCondition(column: string, { exact, prefixes }: ReturnType<typeof headsAsked>): string {
  const below = prefixes.map((prefix) => `startsWith(${column}, ${textList([prefix])})`);
  return [`has([${textList(exact)}], ${column})`, ...below].join(' OR ');
}

/** The last session that is learned from; later ones are held out. */
export function splitAtMs(evidence: readonly Evidence[], heldOutShare: number): number {
  const starts = new Map<string, number>();
  for (const row of evidence) starts.set(sessionKey(row), epochMs(row.session_started_at));
  const sorted = [...starts.values()].sort((left, right) => left - right);
  const learned = Math.max(1, Math.ceil(sorted.length * (1 - heldOutShare)));
  return sorted[learned - 1] ?? 0;
}

export interface ReplayFigures {
  /** Sessions in which the trigger fired. */
  readonly fired: number;
  /** Of those, the ones with a correction of this cluster. */
  readonly firedAndCorrected: number;
  /** Of those, the ones in which what it warns of worked and nobody corrected it. */
  readonly firedInVain: number;
  /** Sessions with a correction of this cluster. */
  readonly corrected: number;
}

/** Counts over the sessions that `isInside` takes (a period, some repositories). */
export function countReplay(
  sessions: readonly ReplaySession[],
  evidence: readonly Evidence[],
  isInside: (repo: string, startedAtMs: number) => boolean,
): ReplayFigures {
  const corrected = new Set<string>();
  for (const row of evidence) {
    if (isInside(row.repo, epochMs(row.session_started_at))) corrected.add(sessionKey(row));
  }
  let fired = 0;
  let firedAndCorrected = 0;
  let firedInVain = 0;
  for (const session of sessions) {
    if (session.firing === 'silent' || !isInside(session.repo, session.startedAtMs)) continue;
    fired += 1;
    if (corrected.has(session.key)) firedAndCorrected += 1;
    else if (session.firing === 'worked') firedInVain += 1;
  }
  return { fired, firedAndCorrected, firedInVain, corrected: corrected.size };
}

/** Share of decided firings that were right; undefined while none was decided. */
export function precisionOf({ firedAndCorrected, firedInVain }: ReplayFigures): number | undefined {
  const decided = firedAndCorrected + firedInVain;
  return decided === 0 ? undefined : firedAndCorrected / decided;
}

/** Share of all firings that were right, the undecided ones counted against it; undefined while nothing fired. */
export function followedShareOf({ fired, firedAndCorrected }: ReplayFigures): number | undefined {
  return fired === 0 ? undefined : firedAndCorrected / fired;
}

/** Share of corrections that the trigger foresaw; undefined while there were none. */
export function recallOf({ corrected, firedAndCorrected }: ReplayFigures): number | undefined {
  return corrected === 0 ? undefined : firedAndCorrected / corrected;
}

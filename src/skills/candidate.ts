/** A cluster with its lesson, its support and its held-out figures: all that the gate judges but the text. */

import type { Evidence } from './evidence.ts';
import { type Cluster, type Lesson, learnLesson, lessonHash, sessionKey } from './lesson.ts';
import {
  countReplay,
  precisionOf,
  type ReplayFigures,
  type ReplaySession,
  recallOf,
  replaySessions,
  splitAtMs,
} from './replay.ts';
import type { HarnessSettings } from './settings.ts';
import { epochMs, type StorePort } from './store.ts';

export interface Support {
  readonly corrections: number;
  readonly sessions: number;
  readonly users: number;
  readonly days: number;
  readonly repos: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
  /** Sessions by the way the correction showed. */
  readonly signals: Readonly<Record<string, number>>;
}

export interface Candidate {
  readonly kind: Cluster['kind'];
  readonly keys: readonly string[];
  /** Newest evidence within the lesson's repositories, oldest first, for the writer. */
  readonly samples: readonly Evidence[];
  /** Newest first. */
  readonly evidenceIds: readonly string[];
  /** When each session was last corrected, to tell new evidence from old. */
  readonly correctedAtMs: ReadonlyMap<string, number>;
  readonly lesson: Lesson;
  readonly lessonHash: string;
  readonly support: Support;
  /** Counted on the sessions after the ones that were learned from. */
  readonly heldOut: ReplayFigures;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
}

const SAMPLES_MAX = 12;
const EVIDENCE_IDS_MAX = 200;

/** Learns from the earlier sessions, counts on the later ones; undefined when nothing is left inside the lesson's scope. */
export async function assessCluster(
  store: StorePort,
  tenantId: string,
  cluster: Cluster,
  settings: HarnessSettings,
): Promise<Candidate | undefined> {
  const splitMs = splitAtMs(cluster.evidence, settings.heldOutShare);
  const learned = cluster.evidence.filter((row) => epochMs(row.session_started_at) <= splitMs);
  const draft = learnLesson(cluster, learned, []);
  const sessions = await replaySessions(store, tenantId, draft.trigger, settings.replaySessionsMax);
  const sinceMs = oldestAnswered(sessions, settings.replaySessionsMax);
  const repos = scopeOf(sessions, learned, splitMs, settings);
  const inScope = (repo: string) => repos.length === 0 || repos.includes(repo);
  const heldOut = countReplay(
    sessions,
    cluster.evidence,
    (repo, startedAtMs) => startedAtMs > splitMs && startedAtMs >= sinceMs && inScope(repo),
  );
  const evidence = cluster.evidence.filter((row) => inScope(row.repo));
  if (evidence.length === 0) return undefined;
  const lesson = learnLesson(cluster, evidence, repos);
  return {
    kind: cluster.kind,
    keys: cluster.keys,
    samples: evidence.slice(-SAMPLES_MAX),
    evidenceIds: evidence
      .slice(-EVIDENCE_IDS_MAX)
      .map((row) => row.evidence_id)
      .reverse(),
    correctedAtMs: new Map(evidence.map((row) => [sessionKey(row), epochMs(row.observed_at)])),
    lesson,
    lessonHash: lessonHash(lesson),
    support: supportOf(evidence),
    heldOut,
    precision: precisionOf(heldOut),
    recall: recallOf(heldOut),
  };
}

/** When the answer was cut at its limit, older sessions are unknown and must not count as silent. */
function oldestAnswered(sessions: readonly ReplaySession[], limit: number): number {
  return sessions.length < limit ? Number.NEGATIVE_INFINITY : (sessions.at(-1)?.startedAtMs ?? 0);
}

/**
 * Repositories that the lesson holds in, judged on the sessions learned from: all of them ([]) when it was right in
 * several and hardly wrong anywhere, else those in which it mostly was right.
 */
function scopeOf(
  sessions: readonly ReplaySession[],
  learned: readonly Evidence[],
  splitMs: number,
  settings: HarnessSettings,
): string[] {
  const repos = [...new Set(learned.map((row) => row.repo))];
  const precisionIn = (isInside: (repo: string) => boolean) =>
    precisionOf(countReplay(sessions, learned, (repo, atMs) => atMs <= splitMs && isInside(repo))) ?? 0;
  if (repos.length > 1 && precisionIn(() => true) >= settings.precisionMin) return [];
  const right = repos.filter((repo) => precisionIn((other) => other === repo) >= settings.precisionMin);
  const scope = right.length > 0 ? right : repos;
  return scope.includes('') ? [] : scope.sort();
}

function supportOf(evidence: readonly Evidence[]): Support {
  const count = (values: readonly string[]) => new Set(values.filter((value) => value !== '')).size;
  const times = evidence.map((row) => row.observed_at).sort();
  const signals: Record<string, number> = {};
  for (const row of evidence) signals[row.signal] = (signals[row.signal] ?? 0) + 1;
  return {
    corrections: evidence.length,
    sessions: count(evidence.map(sessionKey)),
    users: count(evidence.map((row) => row.user_key)),
    days: count(evidence.map((row) => row.observed_at.slice(0, 10))),
    repos: [...new Set(evidence.map((row) => row.repo))].sort(),
    firstAt: times[0]!,
    lastAt: times.at(-1)!,
    signals,
  };
}

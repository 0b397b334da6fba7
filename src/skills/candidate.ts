/** A cluster with its lesson, its support and its held-out figures: all that the gate judges but the text. */

import type { Evidence } from './evidence.ts';
import { type Cluster, type Lesson, learnLesson, lessonHash, type Reach, sessionKey } from './lesson.ts';
import {
  countReplay,
  followedShareOf,
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
  /** Right share of the decided firings on the sessions that were learned from. */
  readonly learnedPrecision: number | undefined;
  /** Counted on the sessions after the ones that were learned from. */
  readonly heldOut: ReplayFigures;
  readonly precision: number | undefined;
  readonly followedShare: number | undefined;
  readonly recall: number | undefined;
}

const SAMPLES_MAX = 12;
const EVIDENCE_IDS_MAX = 200;

/**
 * Learns from the earlier sessions, counts on the later ones; undefined when nothing is left inside the lesson's scope.
 * The wider reach is taken where it was right on the sessions learned from.
 */
export async function assessCluster(
  store: StorePort,
  tenantId: string,
  cluster: Cluster,
  settings: HarnessSettings,
): Promise<Candidate | undefined> {
  const splitMs = splitAtMs(cluster.evidence, settings.heldOutShare);
  const knownSinceMs = oldestRead(cluster.evidence, settings.evidencePerClusterMax);
  const learned = cluster.evidence.filter((row) => epochMs(row.session_started_at) <= splitMs);
  const draftOf = async (reach: Reach): Promise<Draft> => {
    const { trigger } = learnLesson(cluster, learned, [], reach);
    const replayed = await replaySessions(store, tenantId, trigger, settings.replaySessionsMax);
    const sinceMs = oldestAnswered(replayed, settings.replaySessionsMax);
    const sessions = replayed.filter((session) => session.startedAtMs >= knownSinceMs);
    return { reach, sessions, sinceMs, scope: scopeOf(sessions, learned, splitMs, settings) };
  };
  const wide = await draftOf('program');
  const hasReach = cluster.keys[0]!.startsWith('program|');
  const draft = wide.scope.isRight || !hasReach ? wide : await draftOf('seen');
  return candidateOf(cluster, draft, splitMs);
}

interface Draft {
  readonly reach: Reach;
  readonly sessions: readonly ReplaySession[];
  readonly sinceMs: number;
  readonly scope: Scope;
}

function candidateOf(
  cluster: Cluster,
  { reach, sessions, sinceMs, scope: { repos } }: Draft,
  splitMs: number,
): Candidate | undefined {
  const inScope = (repo: string) => repos.length === 0 || repos.includes(repo);
  const heldOut = countReplay(
    sessions,
    cluster.evidence,
    (repo, startedAtMs) => startedAtMs > splitMs && startedAtMs >= sinceMs && inScope(repo),
  );
  const learned = countReplay(
    sessions,
    cluster.evidence,
    (repo, startedAtMs) => startedAtMs <= splitMs && inScope(repo),
  );
  const evidence = cluster.evidence.filter((row) => inScope(row.repo));
  if (evidence.length === 0) return undefined;
  const lesson = learnLesson(cluster, evidence, repos, reach);
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
    learnedPrecision: precisionOf(learned),
    heldOut,
    precision: precisionOf(heldOut),
    followedShare: followedShareOf(heldOut),
    recall: recallOf(heldOut),
  };
}

/** When the answer was cut at its limit, older sessions are unknown and must not count as silent. */
function oldestAnswered(sessions: readonly ReplaySession[], limit: number): number {
  return sessions.length < limit ? Number.NEGATIVE_INFINITY : (sessions.at(-1)?.startedAtMs ?? 0);
}

/** When more evidence was there than is read, sessions before the oldest that was are unknown, and not uncorrected. */
function oldestRead(evidence: readonly Evidence[], limit: number): number {
  if (evidence.length < limit) return Number.NEGATIVE_INFINITY;
  return Math.min(...evidence.map((row) => epochMs(row.session_started_at)));
}

interface Scope {
  /** Empty means all. */
  readonly repos: readonly string[];
  /** Whether the trigger was right there on the sessions learned from. */
  readonly isRight: boolean;
}

/**
 * Repositories that the lesson holds in, judged on the sessions learned from: all of them when it was right in several and
 * hardly wrong anywhere, else those in which it mostly was right.
 */
function scopeOf(
  sessions: readonly ReplaySession[],
  learned: readonly Evidence[],
  splitMs: number,
  settings: HarnessSettings,
): Scope {
  const repos = [...new Set(learned.map((row) => row.repo))];
  const isRightIn = (isInside: (repo: string) => boolean) => {
    const figures = countReplay(sessions, learned, (repo, atMs) => atMs <= splitMs && isInside(repo));
    return (precisionOf(figures) ?? 0) >= settings.precisionMin;
  };
  if (repos.length > 1 && isRightIn(() => true)) return { repos: [], isRight: true };
  const right = repos.filter((repo) => isRightIn((other) => other === repo));
  const scope = right.length > 0 ? right : repos;
  return { repos: scope.includes('') ? [] : scope.sort(), isRight: right.length > 0 };
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

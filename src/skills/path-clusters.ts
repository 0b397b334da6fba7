/**
 * Finds the places where edits are refused: the widest directory (or file) of which most sessions that edit it are
 * corrected. Wider would forbid what is allowed, narrower would miss the next file.
 */

import { EVIDENCE_COLUMNS, type Evidence } from './evidence.ts';
import { type Cluster, sessionKey } from './lesson.ts';
import type { HarnessSettings } from './settings.ts';
import { type StorePort, textList } from './store.ts';

const EVIDENCE_MAX = 3_000;
const PLACES_MAX = 64;
const DEPTH_MAX = 7;

const READ_PATHS = `
SELECT ${EVIDENCE_COLUMNS}
FROM skill_evidence FINAL
WHERE tenant_id = {tenant:String} AND kind = 'path'
ORDER BY session_started_at DESC, evidence_id
LIMIT ${EVIDENCE_MAX}`;

/** Sessions of each repository in which an edit at or below each place went through. */
const usesOfPlaces = (places: readonly string[]): string => `
SELECT place, repo, toUInt32(count()) AS sessions
FROM skill_sessions FINAL
ARRAY JOIN [${textList(places)}] AS place
WHERE tenant_id = {tenant:String}
  AND arrayExists((head, worked) -> worked = 1
    AND (head = concat('edit:', place) OR startsWith(head, concat('edit:', place, '/'))), use_heads, use_worked)
GROUP BY place, repo`;

interface PlaceUse {
  readonly place: string;
  readonly repo: string;
  readonly sessions: number;
}

/** A directory or file with the evidence at or below it. */
interface Place {
  readonly path: string;
  readonly evidence: Evidence[];
  readonly below: Map<string, Place>;
}

/** One cluster a place, none within another; each holds its latest `evidencePerClusterMax` pieces of evidence. */
export async function clusterPaths(store: StorePort, tenantId: string, settings: HarnessSettings): Promise<Cluster[]> {
  const evidence = await store.query<Evidence>(READ_PATHS, { tenant: tenantId });
  if (evidence.length === 0) return [];
  const root = plant(evidence.reverse());
  const supported = placesOver(root, settings.candidateSessionsMin).slice(0, PLACES_MAX);
  if (supported.length === 0) return [];
  const paths = supported.map((place) => place.path);
  const uses = await store.query<PlaceUse>(usesOfPlaces(paths), { tenant: tenantId });
  const isRight = (place: Place) => isRefused(place, uses, settings);
  const chosen = choose([...root.below.values()], new Set(supported), isRight);
  return chosen.map((place) => ({
    kind: 'path',
    keys: [`path|${place.path}`],
    place: place.path,
    evidence: place.evidence.slice(-settings.evidencePerClusterMax),
  }));
}

function plant(evidence: readonly Evidence[]): Place {
  const root: Place = { path: '', evidence: [], below: new Map() };
  for (const row of evidence) {
    let place = root;
    for (const segment of row.wrong_head.slice('edit:'.length).split('/').slice(0, DEPTH_MAX)) {
      let next = place.below.get(segment);
      if (next === undefined) {
        next = { path: place.path === '' ? segment : `${place.path}/${segment}`, evidence: [], below: new Map() };
        place.below.set(segment, next);
      }
      next.evidence.push(row);
      place = next;
    }
  }
  return root;
}

function sessionsOf(place: Place): number {
  return new Set(place.evidence.map(sessionKey)).size;
}

/** Places with enough sessions, widest first. */
function placesOver(root: Place, sessionsMin: number): Place[] {
  const found: Place[] = [];
  let level = [...root.below.values()];
  for (let depth = 0; depth < DEPTH_MAX && level.length > 0; depth++) {
    const supported = level.filter((place) => sessionsOf(place) >= sessionsMin);
    found.push(...supported);
    level = supported.flatMap((place) => [...place.below.values()]);
  }
  return found;
}

/**
 * Whether edits there are mostly refused, in repositories that together make a candidate. A repository with few refusals
 * among many edits is left to the lesson's scope.
 */
function isRefused(place: Place, uses: readonly PlaceUse[], settings: HarnessSettings): boolean {
  const corrected = new Map<string, Set<string>>();
  for (const row of place.evidence) {
    corrected.set(row.repo, (corrected.get(row.repo) ?? new Set()).add(sessionKey(row)));
  }
  let sessions = 0;
  for (const [repo, keys] of corrected) {
    const worked = uses.find((use) => use.place === place.path && use.repo === repo)?.sessions ?? 0;
    if (keys.size / (keys.size + worked) >= settings.precisionMin) sessions += keys.size;
  }
  return sessions >= settings.candidateSessionsMin;
}

function choose(places: readonly Place[], supported: ReadonlySet<Place>, isRight: (place: Place) => boolean): Place[] {
  const chosen: Place[] = [];
  for (const place of places) {
    if (!supported.has(place)) continue;
    const below = [...place.below.values()].filter((child) => supported.has(child));
    if (isRight(place) || below.length === 0) chosen.push(narrowed(place));
    else chosen.push(...choose(below, supported, isRight));
  }
  return chosen;
}

/** Down to where the evidence spreads: a parent of only one corrected place says nothing of its other children. */
function narrowed(place: Place): Place {
  const [only, ...others] = [...place.below.values()];
  return only !== undefined && others.length === 0 ? narrowed(only) : place;
}

/** Groups sentences that say the same in other words: each joins the first earlier one that shares most of its words. */

import { wordOverlap } from './directives.ts';
import { EVIDENCE_COLUMNS, type Evidence } from './evidence.ts';
import { type Cluster, sessionKey } from './lesson.ts';
import type { HarnessSettings } from './settings.ts';
import type { StorePort } from './store.ts';

const OVERLAP_MIN = 0.5;
/** Leaders compared with each sentence; a further one founds a cluster of its own. */
const LEADERS_MAX = 500;

/**
 * Sentences after which a cluster is called, the first and the last ones: when its oldest are no longer among those read,
 * the newest of the run before still are.
 */
const KEYS_AT_AN_END = 3;

const READ_INSTRUCTIONS = `
SELECT ${EVIDENCE_COLUMNS}
FROM skill_evidence FINAL
WHERE tenant_id = {tenant:String} AND kind = 'instruction'
ORDER BY observed_at DESC, evidence_id DESC
LIMIT {limit:UInt32}`;

/** Of the newest sentences, oldest first, so that a cluster keeps its leader as more arrive. */
export async function clusterInstructions(
  store: StorePort,
  tenantId: string,
  settings: HarnessSettings,
): Promise<Cluster[]> {
  const limit = settings.instructionsMax;
  const sentences = await store.query<Evidence>(READ_INSTRUCTIONS, { tenant: tenantId, limit });
  const groups: Evidence[][] = [];
  for (const sentence of sentences.reverse()) {
    const group = groups.slice(0, LEADERS_MAX).find((members) => overlap(members[0]!, sentence) >= OVERLAP_MIN);
    if (group === undefined) groups.push([sentence]);
    else group.push(sentence);
  }
  return groups
    .filter((group) => new Set(group.map(sessionKey)).size >= settings.candidateSessionsMin)
    .slice(0, settings.candidatesMax)
    .map((group) => ({
      kind: 'instruction',
      keys: keysOf(group),
      place: '',
      evidence: group.slice(-settings.evidencePerClusterMax).sort(bySessionStart),
    }));
}

function keysOf(group: readonly Evidence[]): string[] {
  const named = new Set([...group.slice(0, KEYS_AT_AN_END), ...group.slice(-KEYS_AT_AN_END)]);
  return [...named].map(({ evidence_id: id }) => `instruction|${id}`);
}

function overlap(left: Evidence, right: Evidence): number {
  return wordOverlap(left.words, right.words);
}

function bySessionStart(left: Evidence, right: Evidence): number {
  return left.session_started_at < right.session_started_at ? -1 : 1;
}

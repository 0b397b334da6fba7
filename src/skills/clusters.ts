/**
 * Groups evidence across sessions and users. Fingerprints that are equal as text are counted in SQL; places and sentences,
 * which need comparing, in `path-clusters.ts` and `instruction-clusters.ts`.
 */

import { wordOverlap } from './directives.ts';
import { EVIDENCE_COLUMNS, type Evidence } from './evidence.ts';
import { clusterInstructions } from './instruction-clusters.ts';
import { type Cluster, sessionKey } from './lesson.ts';
import { clusterPaths } from './path-clusters.ts';
import type { HarnessSettings } from './settings.ts';
import type { StorePort } from './store.ts';

/** A cluster that is not in memory yet; a flag's reference may stand for several flags that are always corrected together. */
export type ClusterReference = () => Promise<readonly Cluster[]>;

interface CountedCluster {
  readonly kind: Cluster['kind'];
  readonly cluster_key: string;
  readonly sessions: number;
}

interface SupportedReference {
  readonly sessions: number;
  readonly load: ClusterReference;
}

const COUNT_CLUSTERS = `
SELECT kind, cluster_key, toUInt32(uniqExact(provider, session_id)) AS sessions
FROM skill_evidence FINAL
WHERE tenant_id = {tenant:String} AND kind IN ('command', 'flag', 'prerequisite', 'tool', 'rework')
GROUP BY kind, cluster_key
HAVING sessions >= {sessionsMin:UInt32}
ORDER BY sessions DESC, kind, cluster_key
LIMIT {limit:UInt32}`;

const READ_CLUSTER = `
SELECT ${EVIDENCE_COLUMNS}
FROM skill_evidence FINAL
WHERE tenant_id = {tenant:String} AND kind = {kind:String} AND cluster_key = {key:String}
ORDER BY session_started_at DESC, evidence_id
LIMIT {limit:UInt32}`;

/** From this share of common sessions on, two flags of one head are one lesson. */
const SAME_SESSIONS_MIN = 0.8;
const FLAGS_PER_HEAD_MAX = 6;

/**
 * Clusters over the candidate floor, the best supported of all kinds, to be loaded one by one so that memory stays bounded.
 * Commands come before places and sentences, so that a sentence finds the skill that says the same.
 */
export async function findClusters(
  store: StorePort,
  tenantId: string,
  settings: HarnessSettings,
): Promise<ClusterReference[]> {
  const counted = await store.query<CountedCluster>(COUNT_CLUSTERS, {
    tenant: tenantId,
    sessionsMin: settings.candidateSessionsMin,
    limit: settings.candidatesMax,
  });
  const load = (row: CountedCluster) => loadCluster(store, tenantId, row, settings);
  const found: SupportedReference[] = groupFlags(counted).map((rows) => ({
    sessions: rows[0]!.sessions,
    load: async () => mergeSameSessions(await Promise.all(rows.map(load))),
  }));
  const compared = [
    ...(await clusterPaths(store, tenantId, settings)),
    ...(await clusterInstructions(store, tenantId, settings)),
  ];
  for (const cluster of compared) {
    const sessions = new Set(cluster.evidence.map(sessionKey)).size;
    found.push({ sessions, load: () => Promise.resolve([cluster]) });
  }
  const best = [...found].sort((left, right) => right.sessions - left.sessions).slice(0, settings.candidatesMax);
  return found.filter((reference) => best.includes(reference)).map((reference) => reference.load);
}

async function loadCluster(
  store: StorePort,
  tenantId: string,
  { kind, cluster_key: key }: CountedCluster,
  settings: HarnessSettings,
): Promise<Cluster> {
  const limit = settings.evidencePerClusterMax;
  const evidence = await store.query<Evidence>(READ_CLUSTER, { tenant: tenantId, kind, key, limit });
  return { kind, keys: [key], place: '', evidence: evidence.reverse() };
}

/** Flags of one head come together, everything else alone. */
function groupFlags(counted: readonly CountedCluster[]): CountedCluster[][] {
  const groups = new Map<string, CountedCluster[]>();
  for (const row of counted) {
    const change = row.cluster_key.slice(row.cluster_key.lastIndexOf('|') + 1);
    const isFlag = row.kind === 'flag' && !change.includes('msg:');
    const name = isFlag ? `${row.cluster_key.slice(0, -change.length)}${change[0]}` : `${row.kind} ${row.cluster_key}`;
    const group = groups.get(name) ?? [];
    if (group.length < FLAGS_PER_HEAD_MAX) groups.set(name, [...group, row]);
  }
  return [...groups.values()];
}

/** Unites clusters whose corrections happened in nearly the same sessions: two flags that are always added together. */
function mergeSameSessions(clusters: readonly Cluster[]): Cluster[] {
  const merged: Cluster[] = [];
  for (const cluster of clusters) {
    const index = merged.findIndex((other) => shareOfSessions(other, cluster) >= SAME_SESSIONS_MIN);
    const other = merged[index];
    if (other === undefined) merged.push(cluster);
    else merged[index] = { ...other, keys: [...other.keys, ...cluster.keys].sort() };
  }
  return merged;
}

function shareOfSessions(left: Cluster, right: Cluster): number {
  const keys = (cluster: Cluster) => [...new Set(cluster.evidence.map(sessionKey))];
  return wordOverlap(keys(left), keys(right));
}

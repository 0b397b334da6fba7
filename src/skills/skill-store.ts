/** Skills as rows: what the harness and persons wrote about each, what that makes of it, and its texts. */

import { createHash } from 'node:crypto';

import type { SkillStatus } from './gate.ts';
import type { SkillDocument } from './skill-document.ts';
import { epochMs, type StorePort, type StoreRow, storeTime } from './store.ts';

export interface SkillRow {
  readonly skill_id: string;
  readonly author: 'harness' | 'person';
  readonly status: SkillStatus;
  readonly description: string;
  readonly kind: string;
  readonly cluster_keys: readonly string[];
  readonly lesson: string;
  readonly lesson_hash: string;
  readonly version: number;
  readonly content_hash: string;
  readonly writer: string;
  readonly figures: string;
  readonly reasons: readonly string[];
  /** Number of a person's decision; in the harness's row the decision that new evidence reopened, else 0. */
  readonly decision: number;
  readonly run_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
}

/** Both authors' rows of one skill. */
export interface StoredSkill {
  readonly harness: SkillRow;
  readonly person: SkillRow | undefined;
}

const READ_SKILLS = `
SELECT skill_id, author, status, description, kind, cluster_keys, lesson, lesson_hash, version, content_hash, writer,
  figures, reasons, toFloat64(decision) AS decision, run_id, created_at, updated_at, toFloat64(revision) AS revision
FROM skills FINAL
WHERE tenant_id = {tenant:String}
ORDER BY skill_id, author
LIMIT 10000`;

/** All skills of the tenant by id. */
export async function readSkills(store: StorePort, tenantId: string): Promise<Map<string, StoredSkill>> {
  const rows = await store.query<SkillRow>(READ_SKILLS, { tenant: tenantId });
  const persons = new Map(rows.filter((row) => row.author === 'person').map((row) => [row.skill_id, row]));
  const skills = new Map<string, StoredSkill>();
  for (const row of rows) {
    if (row.author === 'harness') skills.set(row.skill_id, { harness: row, person: persons.get(row.skill_id) });
  }
  return skills;
}

/** A person's decision stands until the harness reopens it. */
export function standingDecision(skill: StoredSkill): SkillRow | undefined {
  const { harness, person } = skill;
  return person !== undefined && person.decision !== harness.decision ? person : undefined;
}

/** A standing decision of a person, else the gate's word. */
export function effectiveStatus(skill: StoredSkill): SkillStatus {
  return standingDecision(skill)?.status ?? skill.harness.status;
}

/** When anything about the skill last changed, in milliseconds since the epoch. */
export function updatedAtMs(skill: StoredSkill): number {
  return Math.max(epochMs(skill.harness.updated_at), epochMs(skill.person?.updated_at ?? skill.harness.updated_at));
}

export async function writeSkill(store: StorePort, tenantId: string, row: SkillRow): Promise<void> {
  await store.insert('skills', [{ tenant_id: tenantId, ...row }]);
}

/** A person's row over the last one. It copies nothing that the harness may change meanwhile. */
export function decisionRow(skill: StoredSkill, status: 'approved' | 'rejected', nowMs: number): SkillRow {
  const revision = (skill.person?.revision ?? 0) + 1;
  const now = storeTime(nowMs);
  return {
    ...skill.harness,
    author: 'person',
    status,
    description: '',
    cluster_keys: [],
    lesson: '',
    figures: '',
    reasons: [`${status} by a person`],
    decision: revision,
    created_at: skill.person?.created_at ?? now,
    updated_at: now,
    revision,
  };
}

export interface SkillVersion {
  readonly skill_id: string;
  readonly version: number;
  readonly skill_md: string;
  readonly cursor_mdc: string;
  readonly content_hash: string;
  readonly writer: string;
  readonly evidence_ids: readonly string[];
  readonly created_at: string;
}

const VERSION_COLUMNS = 'skill_id, version, skill_md, cursor_mdc, content_hash, writer, evidence_ids, created_at';

/** Every version of one skill, newest first, at most `limit`. */
export function readVersions(
  store: StorePort,
  tenantId: string,
  skillId: string,
  limit: number,
): Promise<SkillVersion[]> {
  return store.query<SkillVersion>(
    `SELECT ${VERSION_COLUMNS} FROM skill_versions FINAL
     WHERE tenant_id = {tenant:String} AND skill_id = {skill:String} ORDER BY version DESC LIMIT {limit:UInt32}`,
    { tenant: tenantId, skill: skillId, limit },
  );
}

/**
 * The served version of each skill by id. A version without its row in `skills` yet (a run stopped between the two) is not
 * served, so the two newest are read.
 */
export async function readServedVersions(
  store: StorePort,
  tenantId: string,
  skills: ReadonlyMap<string, StoredSkill>,
): Promise<Map<string, SkillVersion>> {
  const rows = await store.query<SkillVersion>(
    `SELECT ${VERSION_COLUMNS} FROM skill_versions FINAL
     WHERE tenant_id = {tenant:String} ORDER BY skill_id, version DESC LIMIT 2 BY skill_id LIMIT 10000`,
    { tenant: tenantId },
  );
  const served = rows.filter((row) => skills.get(row.skill_id)?.harness.version === row.version);
  return new Map(served.map((row) => [row.skill_id, row]));
}

export async function writeVersion(
  store: StorePort,
  tenantId: string,
  row: SkillVersion & { readonly lesson_hash: string; readonly figures: string; readonly run_id: string },
): Promise<void> {
  const stored: StoreRow = { tenant_id: tenantId, ...row };
  await store.insert('skill_versions', [stored]);
}

/** SHA-256 of SKILL.md in hex. */
export function contentHash(document: SkillDocument): string {
  return createHash('sha256').update(document.skillMd).digest('hex');
}

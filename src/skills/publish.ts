/**
 * Last stage for one candidate: finds its skill, writes the text when the lesson is new, asks the gate, stores the verdict.
 * Same evidence, same outcome: nothing is written twice. A person's decision is never overruled, only reopened by new
 * evidence after a rejection.
 */

import type { Candidate } from './candidate.ts';
import { EXTRACTIVE_WRITER } from './extractive-writer.ts';
import { judge, type SkillStatus, type Verdict } from './gate.ts';
import type { RedactText } from './redaction.ts';
import type { HarnessSettings } from './settings.ts';
import { renderSkill, type SkillDocument } from './skill-document.ts';
import { matchSkill, newSkillId } from './skill-matching.ts';
import {
  contentHash,
  effectiveStatus,
  readVersions,
  type SkillRow,
  type StoredSkill,
  standingDecision,
  writeSkill,
  writeVersion,
} from './skill-store.ts';
import { epochMs, type StorePort, storeTime } from './store.ts';
import type { SkillWriter } from './writer.ts';

export interface PublishContext {
  readonly store: StorePort;
  readonly tenantId: string;
  readonly runId: string;
  readonly nowMs: number;
  readonly settings: HarnessSettings;
  readonly redact: RedactText;
  /** Asked first; the extractive writer stands in when it fails. */
  readonly writer: SkillWriter;
  /** Skills as they stand, kept up to date by `publish`. */
  readonly skills: Map<string, StoredSkill>;
  /** Skills that a candidate of this run already stood for. */
  readonly handled: Set<string>;
  readonly note: (text: string) => void;
}

/**
 * What became of a candidate; `unchanged` covers duplicates and rejected skills without new evidence, `dropped` clusters
 * that no skill is made of.
 */
export interface Published {
  readonly id: string;
  readonly change: 'new' | 'updated' | 'judged' | 'unchanged' | 'dropped';
  readonly status: SkillStatus;
  /** Why it is where it is; of a proposed one every floor that it misses. */
  readonly reasons: readonly string[];
}

/** Stores skill and version where they changed, and keeps `context.skills` and `context.handled` up to date. */
export async function publish(candidate: Candidate, context: PublishContext): Promise<Published> {
  const matched = matchSkill(candidate, context.skills, context.settings.similarityMax);
  const existing = matched === undefined ? undefined : context.skills.get(matched);
  if (existing === undefined && isCoincidence(candidate, context.settings)) {
    return { id: '', change: 'dropped', status: 'proposed', reasons: ['a coincidence'] };
  }
  const id = matched ?? newSkillId(candidate, context.skills);
  if (context.handled.has(id)) return unchanged(id, existing, 'a duplicate of this skill');
  context.handled.add(id);
  const decision = existing === undefined ? undefined : standingDecision(existing);
  if (decision?.status === 'rejected' && !isReopened(candidate, decision, context)) {
    return unchanged(id, existing, 'rejected by a person, and no new evidence since');
  }
  const text = await textOf(candidate, id, existing, context);
  const verdict = judge(candidate, text.document, id, context.redact, context.settings);
  return store(candidate, id, existing, text, verdict, context);
}

function unchanged(id: string, existing: StoredSkill | undefined, reason: string): Published {
  return {
    id,
    change: 'unchanged',
    status: existing === undefined ? 'proposed' : effectiveStatus(existing),
    reasons: [reason],
  };
}

/** The wrong way mostly works, so that the right one only happened to follow. */
function isCoincidence({ kind, learnedPrecision }: Candidate, settings: HarnessSettings): boolean {
  const isWide = kind === 'instruction' || kind === 'rework';
  return !isWide && learnedPrecision !== undefined && learnedPrecision < settings.candidatePrecisionMin;
}

/** As many sessions as make a candidate were corrected after the decision. */
function isReopened(candidate: Candidate, decision: SkillRow, context: PublishContext): boolean {
  const decidedAtMs = epochMs(decision.updated_at);
  const later = [...candidate.correctedAtMs.values()].filter((atMs) => atMs > decidedAtMs).length;
  return later >= context.settings.candidateSessionsMin;
}

interface Text {
  readonly document: SkillDocument;
  readonly description: string;
  readonly writer: string;
}

/** The text in use while the lesson is the same; otherwise a new one. */
async function textOf(
  candidate: Candidate,
  id: string,
  existing: StoredSkill | undefined,
  context: PublishContext,
): Promise<Text> {
  if (existing !== undefined && existing.harness.lesson_hash === candidate.lessonHash) {
    const { version, description, writer } = existing.harness;
    const versions = await readVersions(context.store, context.tenantId, id, 2);
    const current = versions.find((row) => row.version === version);
    if (current !== undefined) {
      return { document: { skillMd: current.skill_md, cursorMdc: current.cursor_mdc }, description, writer };
    }
  }
  return writeText(candidate, id, context);
}

async function writeText(candidate: Candidate, id: string, context: PublishContext): Promise<Text> {
  const input = { lesson: candidate.lesson, samples: candidate.samples };
  const globs = globsOf(candidate);
  for (const writer of new Set([context.writer, EXTRACTIVE_WRITER])) {
    const written = await writer.write(input);
    if (!written.ok) {
      context.note(`${id}: ${writer.name} failed (${written.reason}); the extractive writer stood in.`);
      continue;
    }
    const { description } = written.skill;
    const document = renderSkill({ id, description, body: written.skill.body, globs });
    const verdict = judge(candidate, document, id, context.redact, context.settings);
    if (verdict.status === 'rejected' && writer !== EXTRACTIVE_WRITER) {
      context.note(
        `${id}: the text of ${writer.name} was refused (${verdict.reasons.at(-1)}); the extractive writer stood in.`,
      );
      continue;
    }
    return {
      document: scrub(document, context.redact),
      description: context.redact(description).text,
      writer: writer.name,
    };
  }
  throw new Error('the extractive writer cannot fail');
}

/** What is stored holds no secret, not even of a text that the gate refuses for one. */
function scrub(document: SkillDocument, redact: RedactText): SkillDocument {
  return { skillMd: redact(document.skillMd).text, cursorMdc: redact(document.cursorMdc).text };
}

/** A place becomes the rule's pattern when it is a plain path. */
function globsOf(candidate: Candidate): string {
  const { kind, subject } = candidate.lesson;
  if (kind !== 'path' || !/^[A-Za-z0-9._][A-Za-z0-9._@/-]*$/.test(subject)) return '';
  const lastSegment = subject.slice(subject.lastIndexOf('/') + 1);
  return lastSegment.includes('.') && !lastSegment.startsWith('.') ? subject : `${subject}/**`;
}

async function store(
  candidate: Candidate,
  id: string,
  existing: StoredSkill | undefined,
  text: Text,
  verdict: Verdict,
  context: PublishContext,
): Promise<Published> {
  const status = settledStatus(existing, candidate, verdict, context);
  const isApproved = existing !== undefined && effectiveStatus(existing) === 'approved';
  const keepsText = isApproved && verdict.status !== 'approved' && isHeldBack(candidate, verdict);
  const hash = contentHash(text.document);
  const isNewText = existing === undefined || (hash !== existing.harness.content_hash && !keepsText);
  const version = (existing?.harness.version ?? 0) + (isNewText ? 1 : 0);
  const row = skillRow(candidate, id, existing, text, verdict, status, context);
  const next: SkillRow =
    keepsText && !isNewText ? keepText(row, existing!.harness) : { ...row, version, content_hash: hash };
  if (existing !== undefined && isSame(existing.harness, next)) {
    return { ...unchanged(id, existing, ''), reasons: verdict.reasons };
  }
  if (isNewText) await storeVersion(candidate, id, version, text, verdict, hash, context);
  await writeSkill(context.store, context.tenantId, next);
  const before = existing === undefined ? undefined : effectiveStatus(existing);
  const stored = { harness: next, person: existing?.person };
  context.skills.set(id, stored);
  const after = effectiveStatus(stored);
  const change = before === undefined ? 'new' : isNewText ? 'updated' : before === after ? 'unchanged' : 'judged';
  return { id, change, status: after, reasons: after === 'approved' ? ['passed the gate'] : next.reasons };
}

/**
 * Whether an approved skill keeps its text. A lesson that grew lately was not foreseen by its learned part, and may not be
 * measurable yet: that alone is no reason to hold back the text that covers it. A figure that speaks against it is.
 */
function isHeldBack(candidate: Candidate, verdict: Verdict): boolean {
  const isUnmeasured = candidate.precision === undefined;
  const excused = new Set(['recall', 'held-out', ...(isUnmeasured ? ['precision', 'followed'] : [])]);
  return verdict.figures.checks.some((check) => !check.passed && !excused.has(check.name));
}

/**
 * The gate's word, except: a skill that a person rejected and new evidence reopened waits for a person; an approved one is
 * withdrawn only when later sessions show it wrong, not when corrections cease because it works.
 */
function settledStatus(
  existing: StoredSkill | undefined,
  candidate: Candidate,
  verdict: Verdict,
  context: PublishContext,
): SkillStatus {
  if (existing === undefined) return verdict.status;
  const wasRejected = existing.person?.status === 'rejected';
  if (wasRejected && verdict.status === 'approved') return 'proposed';
  const { settings } = context;
  const showsWrong =
    candidate.heldOut.fired >= settings.heldOutSessionsMin && (candidate.precision ?? 1) < settings.precisionMin;
  if (existing.harness.status === 'approved' && verdict.status === 'proposed' && !showsWrong) return 'approved';
  return verdict.status;
}

function skillRow(
  candidate: Candidate,
  id: string,
  existing: StoredSkill | undefined,
  text: Text,
  verdict: Verdict,
  status: SkillStatus,
  context: PublishContext,
): SkillRow {
  const now = storeTime(context.nowMs);
  const before = existing?.harness;
  const reopened = existing?.person?.status === 'rejected' ? existing.person.decision : (before?.decision ?? 0);
  const waits = reopened !== 0 && verdict.status === 'approved';
  return {
    skill_id: id,
    author: 'harness',
    status,
    description: text.description,
    kind: candidate.kind,
    cluster_keys: keysOf(candidate, before),
    lesson: JSON.stringify(candidate.lesson),
    lesson_hash: candidate.lessonHash,
    version: before?.version ?? 1,
    content_hash: before?.content_hash ?? '',
    writer: text.writer,
    figures: JSON.stringify(verdict.figures),
    reasons: waits ? ['passed the gate on new evidence, but a person rejected it before'] : verdict.reasons,
    decision: reopened,
    run_id: context.runId,
    created_at: before?.created_at ?? now,
    updated_at: now,
    revision: (before?.revision ?? 0) + 1,
  };
}

/** Those that it ever had; of sentences the last ones only, since they change with each new sentence. */
function keysOf({ kind, keys }: Candidate, before: SkillRow | undefined): string[] {
  const kept = (before?.cluster_keys ?? []).filter((key) => kind !== 'instruction' || !key.startsWith('instruction|'));
  return [...new Set([...kept, ...keys])].sort();
}

/** The new verdict over the text that stays. */
function keepText(row: SkillRow, before: SkillRow): SkillRow {
  const { description, lesson, lesson_hash, version, content_hash, writer } = before;
  return { ...row, description, lesson, lesson_hash, version, content_hash, writer };
}

const VOLATILE = new Set<keyof SkillRow>(['updated_at', 'created_at', 'revision', 'run_id']);

function isSame(before: SkillRow, next: SkillRow): boolean {
  const names = Object.keys(next) as (keyof SkillRow)[];
  return names.every((name) => VOLATILE.has(name) || JSON.stringify(before[name]) === JSON.stringify(next[name]));
}

function storeVersion(
  candidate: Candidate,
  id: string,
  version: number,
  text: Text,
  verdict: Verdict,
  hash: string,
  context: PublishContext,
): Promise<void> {
  return writeVersion(context.store, context.tenantId, {
    skill_id: id,
    version,
    skill_md: text.document.skillMd,
    cursor_mdc: text.document.cursorMdc,
    content_hash: hash,
    lesson_hash: candidate.lessonHash,
    writer: text.writer,
    evidence_ids: candidate.evidenceIds,
    figures: JSON.stringify(verdict.figures),
    run_id: context.runId,
    created_at: storeTime(context.nowMs),
  });
}

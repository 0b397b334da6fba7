/** Evidence of corrections and watermarks of sessions as rows: scrubbed, bounded, with ids derived from their content. */

import { createHash } from 'node:crypto';

import type { Correction, CorrectionKind, CorrectionSignal } from './correction.ts';
import { cutText } from './cut-text.ts';
import type { RedactText } from './redaction.ts';
import { HARNESS_VERSION } from './settings.ts';
import { epochMs, type StoreRow, storeTime } from './store.ts';
import type { SessionTrace } from './trace.ts';
import type { PendingSession } from './trace-query.ts';
import { collectUses } from './uses.ts';

const TEXT_CHARS_MAX = 400;
const KEY_CHARS_MAX = 400;
const WORD_CHARS_MAX = 60;

/** What rows of one handled session carry beside their own content. */
export interface HandledContext {
  readonly tenantId: string;
  readonly runId: string;
  readonly nowMs: number;
  readonly redact: RedactText;
}

/** Evidence as it is read back. */
export interface Evidence {
  readonly evidence_id: string;
  readonly kind: CorrectionKind;
  readonly cluster_key: string;
  readonly signal: CorrectionSignal;
  readonly failure: string;
  readonly provider: string;
  readonly session_id: string;
  readonly user_key: string;
  readonly repo: string;
  readonly observed_at: string;
  readonly session_started_at: string;
  readonly wrong_head: string;
  readonly wrong_flags: string;
  readonly wrong_text: string;
  readonly right_head: string;
  readonly right_flags: string;
  readonly right_text: string;
  readonly words: readonly string[];
}

/** Columns of `Evidence`, for SELECT. */
export const EVIDENCE_COLUMNS =
  'evidence_id, kind, cluster_key, signal, failure, provider, session_id, user_key, repo, observed_at, ' +
  'session_started_at, wrong_head, wrong_flags, wrong_text, right_head, right_flags, right_text, words';

/**
 * The row of one correction; the same correction of a session has the same `evidence_id`, so a second run adds none.
 * No time is later than the receipt: a client's clock that is ahead must not make evidence newer than a person's decision.
 */
export function evidenceRow(correction: Correction, trace: SessionTrace, context: HandledContext): StoreRow {
  const scrub = (text: string, charsMax: number) => cutText(context.redact(text).text, charsMax);
  const identity = [context.tenantId, trace.provider, trace.sessionId, correction.clusterKey, correction.stepId];
  return {
    tenant_id: context.tenantId,
    evidence_id: digest([...identity, correction.wrong.head]),
    kind: correction.kind,
    cluster_key: scrub(correction.clusterKey, KEY_CHARS_MAX),
    signal: correction.signal,
    failure: correction.failure,
    provider: trace.provider,
    session_id: trace.sessionId,
    user_key: trace.userKey,
    repo: trace.repo,
    observed_at: storeTime(Math.min(correction.atMs, trace.receivedAtMs)),
    session_started_at: storeTime(trace.startedAtMs),
    wrong_head: scrub(correction.wrong.head, KEY_CHARS_MAX),
    wrong_flags: cutText(correction.wrong.flags.join(' '), KEY_CHARS_MAX),
    wrong_text: scrub(correction.wrong.text, TEXT_CHARS_MAX),
    right_head: scrub(correction.right.head, KEY_CHARS_MAX),
    right_flags: cutText(correction.right.flags.join(' '), KEY_CHARS_MAX),
    right_text: scrub(correction.right.text, TEXT_CHARS_MAX),
    words: correction.words.map((word) => scrub(word, WORD_CHARS_MAX)),
    event_ids: correction.eventIds,
    snapshot_before: correction.snapshotBefore,
    snapshot_after: correction.snapshotAfter,
    run_id: context.runId,
    recorded_at: storeTime(context.nowMs),
  };
}

/** The watermark of a handled session with its uses. */
export function sessionRow(
  session: PendingSession,
  trace: SessionTrace,
  corrections: number,
  context: HandledContext,
): StoreRow {
  const uses = collectUses(trace.steps);
  const prompts = trace.steps.filter((step) => step.kind === 'prompt');
  return {
    tenant_id: context.tenantId,
    provider: trace.provider,
    session_id: trace.sessionId,
    repo: trace.repo,
    user_key: trace.userKey,
    started_at: storeTime(trace.startedAtMs),
    ended_at: session.last_at.slice(0, 23),
    rows_seen: session.rows,
    last_ingested_at: session.last_ingested_at,
    calls: trace.steps.filter((step) => step.kind === 'call').length,
    prompts: prompts.length,
    prompts_with_text: prompts.filter((step) => step.promptText !== '').length,
    snapshots: trace.steps.filter((step) => step.snapshotTree !== '').length,
    use_heads: uses.heads.map((head) => cutText(context.redact(head).text, KEY_CHARS_MAX)),
    use_flags: uses.flags.map((flags) => cutText(flags, KEY_CHARS_MAX)),
    use_first: uses.first,
    use_worked: uses.worked,
    corrections,
    harness_version: HARNESS_VERSION,
    run_id: context.runId,
    // The latest watermark counts, also when the clock was set back since the one before.
    handled_at: storeTime(Math.max(context.nowMs, epochMs(session.handled_before) + 1)),
  };
}

/** SHA-256 over the parts, length-framed so that no two lists collide; 32 hex digits. */
export function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, 32);
}

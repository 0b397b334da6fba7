/**
 * SQL over `coding_agent_events`: which sessions wait for a run, and the steps of a batch of them. The rows of one tool
 * call (log, span, hooks) are merged here by `tool_use_id`, column by column; rows without an id come one by one.
 */

import type { HarnessSettings } from './settings.ts';
import { HARNESS_VERSION } from './settings.ts';
import { type StorePort, storeTime, textList } from './store.ts';

/** Of the list of paths at a snapshot; the hook's own bound is lower (src/cli/snapshots/changed-paths.ts). */
const PATHS_BYTES_MAX = 4_096;

/** A session that has rows no run has handled yet. */
export interface PendingSession {
  readonly provider: string;
  readonly session_id: string;
  readonly rows: number;
  /** Commands, prompts and the lists of paths at prompts as far as they are read, KiB; a list counts as the longest. */
  readonly text_kib: number;
  readonly last_ingested_at: string;
  /** Of its watermark; 1970 when it has none. */
  readonly handled_before: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly repo_name: string;
  readonly user_key: string;
  readonly root: string;
}

/** Bytes of a command or a prompt that are read: longer ones teach no more. */
const TEXT_BYTES_MAX = 2_048;

/**
 * `uniq(event_id)` and not `count()`: a retried export leaves duplicates until they merge. The number grows when a late
 * row arrives, also one whose receipt lies before the watermark because it waited in a spool. It shrinks when the first rows
 * become too old to be looked at: what is left says nothing new, and would say it without its beginning.
 * The shortest working directory is the session's root: agents descend, rarely ascend.
 */
const PENDING_SESSIONS = `
SELECT provider, session_id, rows, text_kib, last_ingested_at, first_at, last_at, repo_name, user_key, root,
  ifNull(handled_at, toDateTime64(0, 3, 'UTC')) AS handled_before FROM (
  SELECT
    provider, session_id,
    toUInt32(uniq(event_id)) AS rows,
    toUInt32(sum(least(length(command), ${TEXT_BYTES_MAX}) + least(length(prompt_text), ${TEXT_BYTES_MAX})
      + if(snapshot_tree != '' AND event_type IN ('user_prompt', 'snapshot'), ${PATHS_BYTES_MAX}, 0)) / 1024) AS text_kib,
    max(ingested_at) AS last_ingested_at,
    min(timestamp) AS first_at,
    max(timestamp) AS last_at,
    max(toString(e.repo)) AS repo_name,
    max(if(user_email != '', user_email, user_id)) AS user,
    if(user = '', '', hex(sipHash64(user))) AS user_key,
    argMinIf(cwd, length(cwd), cwd != '') AS root,
    max(event_type = 'session_end') AS ended
  FROM coding_agent_events AS e
  WHERE tenant_id = {tenant:String} AND session_id != '' AND length(session_id) <= 256
    AND ingested_at >= {since:DateTime64(3, 'UTC')}
  GROUP BY provider, session_id
  HAVING ended OR last_ingested_at < {idleSince:DateTime64(3, 'UTC')}
) AS pending
LEFT JOIN (
  SELECT provider, session_id, toUInt32(rows_seen) AS rows_seen, last_ingested_at AS seen_until, handled_at
  FROM skill_sessions FINAL
  WHERE tenant_id = {tenant:String} AND harness_version >= {version:UInt16}
) AS handled USING (provider, session_id)
WHERE rows > ifNull(rows_seen, 0) OR last_ingested_at > seen_until
ORDER BY provider, session_id
LIMIT {limit:UInt32}`;

/** Unhandled sessions of the tenant that ended or fell idle, in the order of the events' key, at most `limit`. */
export function findPendingSessions(
  store: StorePort,
  tenantId: string,
  nowMs: number,
  settings: HarnessSettings,
  limit: number,
): Promise<PendingSession[]> {
  return store.query<PendingSession>(PENDING_SESSIONS, {
    tenant: tenantId,
    since: storeTime(nowMs - settings.lookbackDays * 86_400_000),
    idleSince: storeTime(nowMs - settings.idleMs),
    version: HARNESS_VERSION,
    limit,
  });
}

/** One merged step as SQL returns it. */
export interface StepRow {
  readonly provider: string;
  readonly session_id: string;
  readonly kind: 'call' | 'prompt' | 'mark';
  readonly step_id: string;
  /** Whether the rows carried a call id. */
  readonly has_id: number;
  readonly at_ms: number;
  readonly event_ids: readonly string[];
  readonly tool: string;
  readonly server: string;
  readonly line: string;
  readonly file: string;
  readonly code: number | null;
  readonly succeeded: boolean | number | null;
  readonly failure: string;
  readonly rejected: number;
  readonly interrupted: number;
  readonly has_result: number;
  readonly text: string;
  readonly text_length: number | null;
  readonly tree: string;
  /** Of prompts: what happened since the snapshot before. */
  readonly changed_paths: string;
  /** Whether its snapshot named what changed. */
  readonly names_changes: number;
}

/** Words by which agents say that a call was refused. */
const REFUSALS = "('reject', 'rejected', 'deny', 'denied', 'abort', 'aborted', 'block', 'blocked')";

/** Names of the hooks of a prompt. A snapshot that came too late for one follows as a row that names it. */
const PROMPT_HOOKS = "('UserPromptSubmit', 'beforeSubmitPrompt')";

const stepsOf = (sessionIds: readonly string[]): string => `
SELECT
  provider, session_id, kind, step_id,
  max(tool_use_id != '') AS has_id,
  toFloat64(toUnixTimestamp64Micro(min(timestamp))) / 1000 AS at_ms,
  arraySort(groupUniqArray(8)(lower(hex(event_id)))) AS event_ids,
  max(if(tool_name = 'mcp_tool', '', toString(tool_name))) AS tool,
  max(toString(mcp_server)) AS server,
  argMax(substring(command, 1, ${TEXT_BYTES_MAX}), length(command)) AS line,
  argMax(substring(file_path, 1, 1024), length(file_path)) AS file,
  max(exit_code) AS code,
  min(success) AS succeeded,
  max(toString(error_type)) AS failure,
  max((event_type = 'permission_decision' AND lower(decision) IN ${REFUSALS}) OR error_type = 'permission_denied')
    AS rejected,
  max(event_name = 'Interrupt' OR (event_type = 'turn_end' AND attributes['status'] = 'aborted')
    OR attributes['is_interrupt'] = 'true') AS interrupted,
  max(event_type IN ('tool_result', 'file_edit')) AS has_result,
  argMax(substring(prompt_text, 1, ${TEXT_BYTES_MAX}), length(prompt_text)) AS text,
  max(prompt_length) AS text_length,
  argMaxIf(snapshot_tree, timestamp, snapshot_tree != '') AS tree,
  argMaxIf(substring(attributes['snapshot_changed_paths'], 1, ${PATHS_BYTES_MAX}), timestamp, snapshot_tree != '' AND kind = 'prompt')
    AS changed_paths,
  max(snapshot_tree != '' AND attributes['snapshot_changed_paths'] NOT IN ('', '[]')) AS names_changes
FROM (
  SELECT *,
    multiIf(
      event_type IN ('tool_start', 'tool_result', 'permission_decision', 'file_edit')
        AND (tool_use_id != '' OR command != '' OR file_path != '') AND event_name != 'FileChanged', 'call',
      event_type = 'user_prompt' OR (event_type = 'snapshot' AND attributes['snapshot_of'] IN ${PROMPT_HOOKS}), 'prompt',
      event_type = 'turn_end' OR event_type = 'snapshot' OR snapshot_tree != '', 'mark',
      '') AS kind,
    multiIf(
      kind = 'call' AND tool_use_id != '', tool_use_id,
      kind = 'prompt' AND prompt_id != '', prompt_id,
      hex(event_id)) AS step_id
  FROM coding_agent_events
  WHERE tenant_id = {tenant:String} AND provider = {provider:String} AND session_id IN (${textList(sessionIds)})
    AND ingested_at >= {since:DateTime64(3, 'UTC')}
    AND (event_type IN ('tool_start', 'tool_result', 'permission_decision', 'file_edit', 'user_prompt', 'turn_end',
      'snapshot') OR snapshot_tree != '')
)
WHERE kind != '' AND (kind != 'mark' OR event_name = 'Interrupt' OR attributes['status'] = 'aborted' OR snapshot_tree != '')
GROUP BY provider, session_id, kind, step_id
ORDER BY session_id, at_ms, kind DESC, step_id
LIMIT {stepsMax:UInt32} BY session_id`;

/** Steps of the sessions (all of one provider), session by session in the order of time. */
export function readSteps(
  store: StorePort,
  tenantId: string,
  provider: string,
  sessionIds: readonly string[],
  nowMs: number,
  settings: HarnessSettings,
): Promise<StepRow[]> {
  return store.query<StepRow>(stepsOf(sessionIds), {
    tenant: tenantId,
    provider,
    since: storeTime(nowMs - settings.lookbackDays * 86_400_000),
    stepsMax: settings.stepsPerSessionMax,
  });
}

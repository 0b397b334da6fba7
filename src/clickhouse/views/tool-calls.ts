/**
 * One row per tool call, although a call may arrive as log, span and hooks. Rows with a tool_use_id are one call by
 * (tenant, provider, tool_use_id). Rows without one (Claude Code before 2.1.119, custom hooks) pair by session, kind of
 * tool and time: rows of one session and kind form a cluster while pauses stay under a minute or a call is open; inside
 * it the n-th start, the n-th result of each signal, and the n-th call with an id are the same call.
 */

import { events, pickNumber, pickText } from './source.ts';

/** Cursor fires these beside preToolUse and postToolUse for the same call, and they carry no id: they do not count. */
const CURSOR_DOUBLES = [
  'beforeShellExecution',
  'afterShellExecution',
  'beforeMCPExecution',
  'afterMCPExecution',
  'beforeReadFile',
  'beforeTabFileRead',
]
  .map((name) => `'${name}'`)
  .join(', ');

const IS_DOUBLE = `tool_use_id = '' AND provider = 'cursor' AND (event_name IN (${CURSOR_DOUBLES})
  OR attributes['cursor.conversation.tool_io.direction'] = 'arguments')`;

/** Different names of one kind of tool: logs say `mcp_tool` or `exec_command` where hooks say `mcp__a__b` or `Bash`. */
const FAMILY = `multiIf(
  mcp_server != '' OR mcp_tool != '' OR tool_name IN ('mcp_tool', 'mcp_other') OR startsWith(tool_name, 'mcp__')
    OR startsWith(tool_name, 'MCP:'), 'mcp',
  lower(tool_name) IN ('bash', 'shell', 'exec_command', 'local_shell', 'shell_command', 'container.exec'), 'shell',
  lower(tool_name))`;

const COLUMNS = `tenant_id, provider, signal, event_type, event_name, event_id, timestamp, session_id, tool_use_id,
  tool_name, mcp_server, mcp_tool, command, file_path, exit_code, success, duration_ms, error_type, error_message,
  decision, decision_source, permission_mode, skill_name, agent_id, prompt_id, turn_id, user_id, user_email, org_id,
  project_id, repo, branch, cwd, input_size_bytes, output_size_bytes, trace_id, span_id, parent_span_id,
  ${FAMILY} AS family`;

/** Claude's span of a call knows no outcome; the span of its execution, inside it, does. */
const IS_EXECUTION = "event_type = 'span' AND event_name = 'claude_code.tool.execution'";

const WITH_ID = `SELECT *, tool_use_id AS call_key
FROM ${events(
  COLUMNS,
  `tool_use_id != '' AND (event_type IN ('tool_start', 'tool_result', 'permission_decision') OR (${IS_EXECUTION}))`,
)}`;

/** Claude's span of the wait for permission has no id of its own; its parent is the tool's span. */
const WAIT_SPANS = `SELECT wait.*, tool.id AS call_key
FROM ${events(COLUMNS, "tool_use_id = '' AND event_type = 'permission_decision' AND signal = 'traces' AND parent_span_id != ''")} AS wait
INNER JOIN ${events(
  'tenant_id AS tenant, trace_id AS trace, span_id AS span, tool_use_id AS id',
  "tool_use_id != '' AND event_type = 'tool_result' AND signal = 'traces' AND span_id != ''",
)} AS tool
ON wait.tenant_id = tool.tenant AND wait.trace_id = tool.trace AND wait.parent_span_id = tool.span`;

const IS_CALL = `event_type IN ('tool_start', 'tool_result') AND session_id != '' AND NOT (${IS_DOUBLE})`;

/**
 * Sessions that have rows without an id, with all their calls, each row once: few, so the windows below stay small. Joined
 * by tenant, and not looked up with IN: the filter of a query on a tenant reaches both sides.
 */
const MIXED_SESSIONS = `(SELECT calls.* FROM ${events(COLUMNS, IS_CALL)} AS calls
INNER JOIN (SELECT DISTINCT tenant_id AS mixed_tenant, provider AS mixed_provider, session_id AS mixed_session
  FROM ${events('tenant_id, provider, session_id', `tool_use_id = '' AND ${IS_CALL}`)}) AS mixed
ON calls.tenant_id = mixed.mixed_tenant AND calls.provider = mixed.mixed_provider AND calls.session_id = mixed.mixed_session
LIMIT 1 BY tenant_id, event_id)`;

const BY_FAMILY = 'PARTITION BY tenant_id, provider, session_id, family';
/** Longest pause inside a cluster: the clocks of agent and hook, and the delay of a hook, stay far below it. */
const PAUSE_SECONDS = 60;

const WITHOUT_ID = `SELECT * EXCEPT (is_new, cluster, ordinal, first_at, pair_id),
  if(pair_id != '', pair_id, concat('~', session_id, '~', family, '~', toString(cluster), '~', toString(ordinal))) AS call_key
FROM (
  SELECT *, max(tool_use_id) OVER (PARTITION BY tenant_id, provider, session_id, family, cluster, ordinal) AS pair_id
  FROM (
    SELECT *, if(tool_use_id = '',
      row_number() OVER (PARTITION BY tenant_id, provider, session_id, family, cluster, tool_use_id, signal, event_type
        ORDER BY timestamp, event_id),
      dense_rank() OVER (PARTITION BY tenant_id, provider, session_id, family, cluster, tool_use_id = ''
        ORDER BY first_at, tool_use_id)) AS ordinal
    FROM (
      SELECT *, min(timestamp) OVER (PARTITION BY tenant_id, provider, session_id, family, tool_use_id) AS first_at,
        sum(is_new) OVER (${BY_FAMILY} ORDER BY timestamp, event_id ROWS UNBOUNDED PRECEDING) AS cluster
      FROM (
        SELECT *, toUInt32(
          dateDiff('second', lagInFrame(timestamp, 1, timestamp) OVER (${BY_FAMILY} ORDER BY timestamp, event_id
            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), timestamp) > ${PAUSE_SECONDS}
          AND ifNull(countIf(event_type = 'tool_start') OVER earlier, 0)
            <= ifNull(countIf(event_type = 'tool_result' AND signal = 'hooks') OVER earlier, 0)) AS is_new
        FROM ${MIXED_SESSIONS}
        WINDOW earlier AS (${BY_FAMILY} ORDER BY timestamp, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      )
    )
  )
)
WHERE tool_use_id = ''`;

/** Hooks know names and commands best, logs the agent's own measurements. */
const NAMES = "transform(r.signal, ['hooks', 'logs', 'traces'], [3, 2, 1], 0)";
const NUMBERS = "if(r.event_type = 'span', 0, transform(r.signal, ['logs', 'hooks', 'traces'], [3, 2, 1], 0))";
/** Hostile durations must not leave the range of time. */
const DURATION_MICROS = 'toInt64(least(greatest(ifNull(r.duration_ms, 0), 0), 1e10) * 1000)';
const MICROS = 'toUnixTimestamp64Micro(r.timestamp)';
const STARTED = `if(r.event_type = 'tool_result' AND r.signal != 'traces', ${MICROS} - ${DURATION_MICROS}, ${MICROS})`;
const ENDED = `if(r.signal = 'traces', ${MICROS} + ${DURATION_MICROS}, ${MICROS})`;

/** Names carry the prefix `r.` so that a result column may have the name of its source. */
const MERGED = `SELECT r.tenant_id AS tenant_id, r.provider AS provider,
  ${pickText('r.session_id', NUMBERS)} AS session_id, max(r.tool_use_id) AS tool_use_id,
  ${pickText('r.tool_name', NAMES, "match(r.tool_name, '^mcp__.+__.')")} AS mcp_name,
  ${pickText('r.tool_name', NAMES, "r.tool_name NOT IN ('mcp_tool', 'mcp_other')")} AS plain_name,
  ${pickText('r.tool_name', NAMES)} AS any_name,
  ${pickText('r.mcp_server', NAMES)} AS server, ${pickText('r.mcp_tool', NAMES)} AS tool,
  min(${STARTED}) AS started, maxIf(${ENDED}, r.event_type = 'tool_result') AS ended,
  ${pickNumber('r.duration_ms', NUMBERS)} AS duration_ms,
  minIf(r.success, r.event_type IN ('tool_result', 'span') AND isNotNull(r.success)) AS success,
  ${pickNumber('r.exit_code', NUMBERS)} AS exit_code,
  ${pickText('r.error_type', NUMBERS)} AS error_type, ${pickText('r.error_message', NAMES)} AS error_message,
  ${pickText('r.decision', NUMBERS)} AS decision, ${pickText('r.decision_source', NUMBERS)} AS decision_source,
  ${[
    'permission_mode',
    'command',
    'file_path',
    'skill_name',
    'agent_id',
    'prompt_id',
    'turn_id',
    'repo',
    'branch',
    'cwd',
  ]
    .map((name) => `${pickText(`r.${name}`, NAMES)} AS ${name}`)
    .join(', ')},
  ${['user_id', 'user_email', 'org_id', 'project_id'].map((name) => `${pickText(`r.${name}`, NUMBERS)} AS ${name}`).join(', ')},
  ${pickNumber('r.input_size_bytes', NUMBERS)} AS input_size_bytes,
  ${pickNumber('r.output_size_bytes', NUMBERS)} AS output_size_bytes,
  arraySort(groupUniqArray(toString(r.signal))) AS signals
FROM (${WITH_ID} UNION ALL ${WAIT_SPANS} UNION ALL ${WITHOUT_ID}) AS r
GROUP BY r.tenant_id, r.provider, r.call_key`;

/** `outcome`: a refused call has no result; a call whose result never came, or says nothing, is unknown. */
export const TOOL_CALLS = `SELECT c.tenant_id AS tenant_id, c.provider AS provider, c.session_id AS session_id, c.tool_use_id AS tool_use_id,
  multiIf(c.mcp_name != '', c.mcp_name,
    c.server != '' AND (c.tool != '' OR c.plain_name != ''),
    concat('mcp__', c.server, '__', if(c.tool != '', c.tool, c.plain_name)),
    c.plain_name != '', c.plain_name, c.any_name) AS tool_name,
  if(c.server = '', extract(c.mcp_name, '^mcp__(.+?)__'), c.server) AS mcp_server,
  if(c.tool = '', extract(c.mcp_name, '^mcp__.+?__(.+)$'), c.tool) AS mcp_tool,
  fromUnixTimestamp64Micro(c.started, 'UTC') AS started_at,
  if(c.ended = 0, NULL, fromUnixTimestamp64Micro(c.ended, 'UTC')) AS ended_at,
  c.duration_ms AS duration_ms, c.success AS success,
  multiIf(c.success = 0, 'failure', c.success = 1, 'success', c.decision IN ('reject', 'denied', 'deny', 'abort', 'timed_out'),
    'rejected', 'unknown') AS outcome,
  c.* EXCEPT (tenant_id, provider, session_id, tool_use_id, mcp_name, plain_name, any_name, server, tool, started, ended,
    duration_ms, success)
FROM (${MERGED}) AS c`;

/**
 * One row per session; rows without a session are in no session. What each column says:
 * started_at, last_event_at, duration_seconds: of the events whose time fits their receipt, where there are such events.
 * is_ended: whether it ended and was not resumed since. An agent without a session-end hook ends at each stop.
 * repo, branch, cwd, user and the like: the latest word, of an event whose time fits its receipt where there is one.
 * models: those that were called; where no call is known, those that logs, hooks and spans of a kind name.
 * prompts: what people (and background agents) submitted, the larger of what logs and hooks saw, a prompt id once. A hook
 *   of a subagent names the session above it, its log the subagent's own, where its task counts.
 * tool_calls, failed_tool_calls, rejected_tool_calls: rows of the view tool_calls.
 * model_calls, tokens, costs: rows of the view model_calls; tokens in the agent's own meaning (model-calls.ts).
 * skill_activations: what the agent reported as activated; hints are in skill_usage only.
 * api_errors: requests to a model that failed, by id where there is one for each, from logs where there are logs.
 */

import { COSTED, TOKENS } from './model-calls.ts';
import { events } from './source.ts';
import { TOOL_CALLS } from './tool-calls.ts';

const COLUMNS = `tenant_id, provider, session_id, signal, event_type, event_name, event_id, timestamp, ingested_at, prompt_id, turn_id, api_request_id,
  user_id, user_email, org_id, project_id, repo, branch, cwd, environment, app_version, entrypoint, model, agent_id`;

const PROMPT_KEY = "multiIf(e.prompt_id != '', e.prompt_id, e.turn_id != '', e.turn_id, hex(e.event_id))";
/** Cursor's request id spans a whole turn of several calls (model-calls.ts). */
const ERROR_KEY =
  "if(e.api_request_id = '' OR (e.provider = 'cursor' AND e.signal = 'logs'), hex(e.event_id), e.api_request_id)";
/** Claude Code says again that the request before gave up after its retries, and reports faults of its own. */
const IS_FAILED_REQUEST = `e.event_type = 'api_error'
    AND NOT match(e.event_name, '^(claude_code[.])?(api_retries_exhausted|internal_error)$')`;

/** One event of a clock that was never set would otherwise stretch its session over decades; queues wait for days. */
const plausible = (time: string): string =>
  `(${time} BETWEEN e.ingested_at - INTERVAL 90 DAY AND e.ingested_at + INTERVAL 1 DAY)`;
const bound = (extreme: 'min' | 'max'): string =>
  `ifNull(${extreme}OrNullIf(e.timestamp, ${plausible('e.timestamp')}), ${extreme}(e.timestamp))`;
/** Later is what has the larger one: a time that does not fit its receipt is before all that do. */
const moment = (time: string): string => `(${plausible(time)}, ${time})`;

/** Latest words win: a session may change branch or directory. */
const latest = (name: string): string => `argMaxIf(e.${name}, ${moment('e.timestamp')}, e.${name} != '') AS ${name}`;
/** What only a session that goes on has. */
const IS_RESUMED = "e.event_type IN ('session_start', 'user_prompt')";

const FRAME = `SELECT e.tenant_id AS tenant_id, e.provider AS provider, e.session_id AS session_id,
  ${bound('min')} AS started_at, ${bound('max')} AS last_event_at,
  maxIf(${moment('e.timestamp')}, ${IS_RESUMED}) AS resumed,
  ${[
    'user_id',
    'user_email',
    'org_id',
    'project_id',
    'repo',
    'branch',
    'cwd',
    'environment',
    'app_version',
    'entrypoint',
  ]
    .map(latest)
    .join(', ')},
  arraySort(groupUniqArrayIf(toString(e.model), e.model != '' AND e.event_type != 'span')) AS models,
  greatest(uniqExactIf(${PROMPT_KEY}, e.event_type = 'user_prompt' AND e.signal = 'logs'),
    uniqExactIf(${PROMPT_KEY}, e.event_type = 'user_prompt' AND e.signal = 'hooks' AND e.agent_id = '')) AS prompts,
  uniqExactIf(e.event_id, e.event_type = 'skill_activated') AS skill_activations,
  if(countIf(e.signal = 'logs') > 0, uniqExactIf(${ERROR_KEY}, ${IS_FAILED_REQUEST} AND e.signal = 'logs'),
    uniqExactIf(${ERROR_KEY}, ${IS_FAILED_REQUEST})) AS api_errors
FROM ${events(COLUMNS, "session_id != ''")} AS e
GROUP BY e.tenant_id, e.provider, e.session_id`;

/**
 * The session_end signal of the command line keeps the time of the first one under its event id and says in `ended_at`
 * when this one was fired: at a stop that stands for the end, each turn has one. Apart from FRAME, since it reads the map.
 */
const ENDED_AT = 'if(e.fired_at BETWEEN e.timestamp AND e.ingested_at + INTERVAL 1 DAY, e.fired_at, e.timestamp)';
const ENDS = `SELECT e.tenant_id AS end_tenant, e.provider AS end_provider, e.session_id AS end_session,
  count() AS ends, max(${moment(ENDED_AT)}) AS ended
FROM ${events(
  "tenant_id, provider, session_id, timestamp, ingested_at, parseDateTime64BestEffortOrZero(attributes['ended_at'], 6, 'UTC') AS fired_at",
  "session_id != '' AND event_type = 'session_end'",
)} AS e
GROUP BY e.tenant_id, e.provider, e.session_id`;

const TOOLS = `SELECT t.tenant_id AS tool_tenant, t.provider AS tool_provider, t.session_id AS tool_session,
  count() AS tool_calls, countIf(t.outcome = 'failure') AS failed_tool_calls, countIf(t.outcome = 'rejected') AS rejected_tool_calls
FROM (${TOOL_CALLS}) AS t
GROUP BY t.tenant_id, t.provider, t.session_id`;

const COSTS = `SELECT c.tenant_id AS cost_tenant, c.provider AS cost_provider, c.session_id AS cost_session,
  arraySort(groupUniqArrayIf(toString(c.model), c.model != '')) AS called,
  countIf(NOT c.is_turn_cost) AS model_calls,
  ${TOKENS.map((name) => `sum(ifNull(c.${name}, 0)) AS ${name}`).join(', ')},
  sum(ifNull(c.cost_usd, 0)) AS cost_usd, sum(ifNull(c.estimated_cost_usd, 0)) AS estimated_cost_usd,
  sum(ifNull(c.cost_usd, ifNull(c.estimated_cost_usd, 0))) AS total_cost_usd
FROM (${COSTED}) AS c
GROUP BY c.tenant_id, c.provider, c.session_id`;

export const SESSIONS = `SELECT f.* EXCEPT (resumed) REPLACE (if(empty(m.called), f.models, m.called) AS models),
  n.ends > 0 AND n.ended >= f.resumed AS is_ended,
  dateDiff('millisecond', f.started_at, f.last_event_at) / 1000 AS duration_seconds,
  t.* EXCEPT (tool_tenant, tool_provider, tool_session),
  m.* EXCEPT (cost_tenant, cost_provider, cost_session, called)
FROM (${FRAME}) AS f
LEFT JOIN (${ENDS}) AS n ON f.tenant_id = n.end_tenant AND f.provider = n.end_provider AND f.session_id = n.end_session
LEFT JOIN (${TOOLS}) AS t ON f.tenant_id = t.tool_tenant AND f.provider = t.tool_provider AND f.session_id = t.tool_session
LEFT JOIN (${COSTS}) AS m ON f.tenant_id = m.cost_tenant AND f.provider = m.cost_provider AND f.session_id = m.cost_session`;

/**
 * One row per call of a model. A call has tokens or a cost, which leaves out requests that only carry bodies and
 * Codex's codex.api_request (its usage record has the tokens). Logs come first: by api_request_id where both carry it,
 * and a span without an id, or beside logs without ids, never counts. Cursor's request id spans a whole turn of several
 * calls, so there each log record is a call. A call that Cursor does not bill (it says so on the record, or corrects it
 * later by the usage event) stays a call with its tokens and is estimated at nothing (`is_billable = 0`).
 *
 * Token columns keep each agent's own meaning: Claude Code and Cursor count cached tokens beside `input_tokens`, Codex
 * counts them inside it, and reasoning inside `output_tokens`. Estimates respect that.
 */

import { events } from './source.ts';

export const TOKENS = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'reasoning_tokens',
] as const;

const COLUMNS = `tenant_id, provider, signal, event_type, event_id, timestamp, session_id, prompt_id, turn_id, agent_id,
  api_request_id, model, effort, query_source, user_id, user_email, org_id, project_id, repo, branch,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens, cost_usd, duration_ms, ttft_ms`;

/** Codex prices a turn in an event of its own; that cost stands for the calls of its session. */
const IS_TURN_COST = "provider = 'codex' AND event_type = 'other' AND isNotNull(cost_usd)";
const HAS_USAGE = 'isNotNull(input_tokens) OR isNotNull(output_tokens) OR isNotNull(cost_usd)';

const USAGE_EVENT = "attributes['cursor.usage_event.id']";
/** The kind of a correction stands in an attribute and, in Cursor's own export, at the end of the name. */
const CORRECTED = `SELECT DISTINCT tenant_id AS corrected_tenant, ${USAGE_EVENT} AS corrected_event, 1 AS is_corrected
FROM ${events(
  'tenant_id, attributes',
  `provider = 'cursor' AND event_type = 'other' AND match(event_name, 'api[._]correction')
    AND match(concat(event_name, ' ', attributes['cursor.api.correction.kind']), '[ _]not_billed_') AND ${USAGE_EVENT} != ''`,
)}`;
/** Joined by tenant, here and below, and not looked up with IN: the filter of a query on a tenant reaches both sides. */
const UNBILLED = `SELECT DISTINCT tenant_id AS unbilled_tenant, event_id AS unbilled_event, 1 AS is_unbilled
FROM ${events(
  `tenant_id, event_id, attributes['cursor.api.billable'] = 'false' AS is_marked, ${USAGE_EVENT} AS usage_event`,
  "provider = 'cursor' AND event_type = 'api_request'",
)} AS requests
LEFT JOIN (${CORRECTED}) AS corrections
ON requests.tenant_id = corrections.corrected_tenant AND requests.usage_event = corrections.corrected_event
WHERE is_marked OR is_corrected = 1`;

const RANKED = `SELECT calls.*,
  ${IS_TURN_COST} AS is_turn_cost,
  ifNull(is_unbilled, 0) = 0 AS is_billable,
  max(is_turn_cost) OVER by_session AS has_turn_costs,
  countIf(signal = 'logs' AND NOT is_turn_cost) OVER by_session AS logs_of_session,
  countIf(signal = 'logs' AND NOT is_turn_cost AND api_request_id = '') OVER by_session AS logs_without_id,
  if(api_request_id = '' OR (provider = 'cursor' AND signal = 'logs'), hex(event_id), api_request_id) AS call_key,
  row_number() OVER (PARTITION BY tenant_id, provider, is_turn_cost, call_key
    ORDER BY signal = 'logs' DESC, timestamp, event_id) AS nth
FROM ${events(COLUMNS, `(event_type = 'api_request' AND (${HAS_USAGE})) OR (${IS_TURN_COST})`)} AS calls
LEFT JOIN (${UNBILLED}) AS unbilled ON calls.tenant_id = unbilled.unbilled_tenant AND calls.event_id = unbilled.unbilled_event
WINDOW by_session AS (PARTITION BY tenant_id, provider, session_id)`;

/** Routers and clouds put a vendor or a region in front of the name. */
const PRICE_NAME =
  "replaceRegexpOne(lower(toString(model)), '^(.*/)?((us|eu|apac|ap|au|jp|global)[.])?(anthropic[.])?', '')";

/** A Date ends in 2149 and wraps: a client whose clock is ahead would have called in another century. */
const DAY = 'toDate32(timestamp)';

const COUNTED = `SELECT *, ${DAY} AS day, ${PRICE_NAME} AS price_name
FROM (${RANKED})
WHERE nth = 1 AND (signal = 'logs' OR is_turn_cost OR (logs_without_id = 0 AND
  multiIf(api_request_id != '' AND provider != 'cursor', 1, session_id != '' AND logs_of_session = 0, 1, 0)))`;

/** A price's name fits when the model's continues with nothing, a bracket, a word or a date, not with another version. */
const FITS = `startsWith(m.price_name, p.model) AND match(substring(m.price_name, length(p.model) + 1),
  '^($|[[]|[-@:]([^0-9]|[0-9]{3}))')`;

const LATEST_PRICES = `(SELECT model, toDate32(valid_from) AS valid_from, (input_usd, output_usd, cache_read_usd, cache_creation_usd) AS usd
  FROM model_prices WHERE loaded_at = (SELECT max(loaded_at) FROM model_prices))`;

/** Every model name in use with all prices that fit it. */
const FITTING = `SELECT m.price_name AS priced_name, groupArray((p.model, p.valid_from, p.usd)) AS fits
FROM (SELECT DISTINCT ${PRICE_NAME} AS price_name FROM (SELECT DISTINCT model FROM coding_agent_events WHERE model != '')) AS m
CROSS JOIN ${LATEST_PRICES} AS p
WHERE ${FITS}
GROUP BY m.price_name`;

/** Per model and day on which a price begins: the best price then, by length of its name, then by date. */
const PRICE_STEPS = `SELECT priced_name, priced_from,
  arraySort(fit -> (-toInt64(length(fit.1)), -toInt64(fit.2)), arrayFilter(fit -> fit.2 <= priced_from, fits))[1].3 AS usd
FROM (${FITTING}) ARRAY JOIN arrayDistinct(fits.2) AS priced_from`;

/** Codex's input holds its cached tokens; the others count them apart. */
const PLAIN_INPUT = `if(provider = 'codex',
  greatest(toFloat64(ifNull(input_tokens, 0)) - ifNull(cache_read_tokens, 0) - ifNull(cache_creation_tokens, 0), 0),
  toFloat64(ifNull(input_tokens, 0)))`;
const ESTIMATE = `(${PLAIN_INPUT} * usd.1 + ifNull(output_tokens, 0) * usd.2 + ifNull(cache_read_tokens, 0) * usd.3
  + ifNull(cache_creation_tokens, 0) * usd.4) / 1e6`;

/** Calls and Codex's turn costs (`is_turn_cost`), which have a cost and are no call. */
export const COSTED = `SELECT calls.* EXCEPT (logs_of_session, logs_without_id, nth, price_name),
  multiIf(isNotNull(cost_usd) OR has_turn_costs, NULL, NOT is_billable, 0, priced_name != '', ${ESTIMATE}, NULL)
    AS estimated_cost_usd
FROM (${COUNTED}) AS calls
ASOF LEFT JOIN (${PRICE_STEPS}) AS steps ON calls.price_name = steps.priced_name AND calls.day >= steps.priced_from`;

export const MODEL_CALLS = `SELECT tenant_id, provider, session_id, timestamp AS called_at, day, model, api_request_id, effort,
  query_source, prompt_id, turn_id, agent_id, user_id, user_email, org_id, project_id, repo, branch,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens,
  cost_usd, estimated_cost_usd, ifNull(cost_usd, estimated_cost_usd) AS total_cost_usd, is_billable, duration_ms, ttft_ms, signal
FROM (${COSTED})
WHERE NOT is_turn_cost`;

/**
 * `cost_usd` is what agents reported, `estimated_cost_usd` what calls without a reported cost come to by the price
 * table, `total_cost_usd` their sum. `unpriced_calls` have neither: an unknown model. Cursor's hooks carry no tokens
 * and no cost, so sessions known by hooks alone are not in here.
 */
export const COST_BY_MODEL_DAY = `SELECT c.tenant_id AS tenant_id, c.day AS day, c.provider AS provider, c.model AS model,
  c.org_id AS org_id, c.project_id AS project_id,
  countIf(NOT c.is_turn_cost) AS model_calls,
  ${TOKENS.map((name) => `sum(ifNull(c.${name}, 0)) AS ${name}`).join(', ')},
  sum(ifNull(c.cost_usd, 0)) AS cost_usd, sum(ifNull(c.estimated_cost_usd, 0)) AS estimated_cost_usd,
  sum(ifNull(c.cost_usd, ifNull(c.estimated_cost_usd, 0))) AS total_cost_usd,
  countIf(NOT c.is_turn_cost AND isNull(c.cost_usd) AND isNull(c.estimated_cost_usd) AND NOT c.has_turn_costs) AS unpriced_calls
FROM (${COSTED}) AS c
GROUP BY c.tenant_id, c.day, c.provider, c.model, c.org_id, c.project_id`;

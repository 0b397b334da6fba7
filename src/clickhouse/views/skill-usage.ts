/**
 * One row per use of a skill. `is_activation = 1`: the agent said so (skill_activated; Claude Code, Cursor's export).
 * `is_activation = 0`: a hint, where the same prompt has no activation of that skill: a call of the Skill tool, a model
 * call made for a skill, Codex's skill_invocation; one row per prompt (or turn) and skill. Spans know no prompt: they
 * hint only at skills that nothing else in the session names. Cursor's activations know none either: beside one, its
 * session has no hint of that skill. Agents that hide a skill's name write `custom_skill`; the
 * name on a model call or Skill tool row of the same prompt, nearest in time, stands for it.
 */

import { events } from './source.ts';

const GROUPED = `SELECT tenant_id, provider, session_id, if(prompt_id != '', prompt_id, turn_id) AS prompt,
  groupUniqArrayIf((timestamp, toString(skill_name), toString(skill_scope), toString(skill_trigger), event_id), event_type = 'skill_activated') AS activations,
  groupUniqArrayIf((timestamp, toString(skill_name), toString(skill_scope), toString(skill_trigger)),
    event_type != 'skill_activated' AND skill_name != 'custom_skill') AS hints,
  anyIf(user_id, user_id != '') AS user_id_, anyIf(user_email, user_email != '') AS user_email_,
  anyIf(repo, repo != '') AS repo_, anyIf(org_id, org_id != '') AS org_id_, anyIf(project_id, project_id != '') AS project_id_
FROM ${events(
  'tenant_id, provider, session_id, event_id, prompt_id, turn_id, timestamp, event_type, skill_name, skill_scope, skill_trigger, user_id, user_email, repo, org_id, project_id',
  "skill_name != ''",
)}
GROUP BY tenant_id, provider, session_id, prompt`;

/** Without a prompt the group is the whole session: too wide to say whose name a hidden skill has. */
const RESOLVED = `SELECT *,
  arrayMap(use -> (use.1,
    if(use.2 = 'custom_skill' AND prompt != '' AND notEmpty(hints),
      arraySort(hint -> abs(dateDiff('millisecond', hint.1, use.1)), hints)[1].2, use.2),
    use.3, use.4, 1), activations) AS activated,
  arrayMap(name -> (arraySort(arrayFilter(hint -> hint.2 = name, hints))[1]), arrayDistinct(hints.2)) AS first_hints,
  if(prompt = '', [], arrayConcat(activated.2, first_hints.2)) AS named
FROM (${GROUPED})`;

const HINTED = `SELECT *,
  arrayMap(hint -> (hint.1, hint.2, hint.3, hint.4, 0),
    arrayFilter(hint -> NOT has(activated.2, hint.2) AND NOT has(activated_in_session, hint.2)
      AND NOT (prompt = '' AND has(named_in_session, hint.2)), first_hints)) AS hinted
FROM (
  SELECT *, arrayFlatten(groupArray(named) OVER by_session) AS named_in_session,
    arrayFlatten(groupArray(if(prompt = '' AND session_id != '', activated.2, [])) OVER by_session) AS activated_in_session
  FROM (${RESOLVED})
  WINDOW by_session AS (PARTITION BY tenant_id, provider, session_id)
)`;

export const SKILL_USAGE = `SELECT tenant_id, provider, session_id, prompt AS prompt_id, use.1 AS used_at, use.2 AS skill_name,
  use.3 AS skill_scope, use.4 AS skill_trigger, use.5 AS is_activation,
  user_id_ AS user_id, user_email_ AS user_email, repo_ AS repo, org_id_ AS org_id, project_id_ AS project_id
FROM (${HINTED}) ARRAY JOIN arrayConcat(activated, hinted) AS use`;

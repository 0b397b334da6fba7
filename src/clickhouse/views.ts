/** The views that ship with the tables: every call, use and dollar once, although agents report them up to three times. */

import { createHash } from 'node:crypto';

import { COST_BY_MODEL_DAY, MODEL_CALLS } from './views/model-calls.ts';
import { SESSIONS } from './views/sessions.ts';
import { SKILL_USAGE } from './views/skill-usage.ts';
import { TOOL_CALLS } from './views/tool-calls.ts';

export interface View {
  readonly name: string;
  /** For people who look at the schema. */
  readonly description: string;
  /** Runs in the database of the tables; holds no parameter. */
  readonly query: string;
}

export const VIEWS: readonly View[] = [
  {
    name: 'tool_calls',
    description: 'One row per tool call, merged from logs, spans and hooks',
    query: TOOL_CALLS,
  },
  {
    name: 'model_calls',
    description: 'One row per model call; cost as reported, else estimated from model_prices',
    query: MODEL_CALLS,
  },
  {
    name: 'cost_by_model_day',
    description: 'Model calls, tokens and USD per tenant, day, provider, model, org and project',
    query: COST_BY_MODEL_DAY,
  },
  {
    name: 'skill_usage',
    description: 'One row per use of a skill; is_activation = 0 marks a hint',
    query: SKILL_USAGE,
  },
  {
    name: 'sessions',
    description: 'One row per session: who, where, when, and counts of prompts, calls, tokens and USD',
    query: SESSIONS,
  },
];

/** `target` is the qualified name; the comment tells a later start whether the view is already this one. */
export function createView(view: View, target: string, clusterClause: string): string {
  return `CREATE OR REPLACE VIEW ${target}${clusterClause} AS\n${view.query}\nCOMMENT '${viewComment(view)}'`;
}

/** Description and hash of the text. */
export function viewComment(view: View): string {
  const hash = createHash('sha256').update(view.query).digest('hex').slice(0, 16);
  return `${view.description} [${hash}]`;
}

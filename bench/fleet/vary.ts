/** Fills a template's attributes with a session's values; keys that no rule knows keep what the capture had. */

import type { AnyValue, Attribute, HookPayload } from './otlp.ts';
import { command, prose, type Session, TOOLS } from './people.ts';
import type { Random } from './random.ts';
import { STAMP } from './stamp.ts';

interface Draw {
  readonly random: Random;
  readonly session: Session;
  /** One per record, so that a prompt and its length agree. */
  readonly text: string;
  readonly tool: string;
}

type Rule = (draw: Draw) => string | number;

const shortText: Rule = ({ random }) => prose(random, random.logNormal(120, 1.1, 8000));
const tokens =
  (median: number): Rule =>
  ({ random }) =>
    random.logNormal(median, 1, 200_000);

/** What varies between records, by attribute key (OTLP) or field (hooks). */
const RULES: Readonly<Record<string, Rule>> = {
  'user.id': ({ session }) => session.userId,
  'session.id': ({ session }) => session.id,
  session_id: ({ session }) => session.id,
  'conversation.id': ({ session }) => session.id,
  conversation_id: ({ session }) => session.id,
  'gen_ai.conversation.id': ({ session }) => session.id,
  'cursor.conversation.id': ({ session }) => session.id,
  'prompt.id': ({ session }) => session.promptId,
  prompt_id: ({ session }) => session.promptId,
  turn_id: ({ session }) => session.promptId,
  generation_id: ({ session }) => session.promptId,
  'user.email': ({ session }) => session.email,
  user_email: ({ session }) => session.email,
  'event.sequence': ({ session }) => session.sequence++,
  'event.timestamp': ({ session }) => new Date(session.nowMs).toISOString(),
  'cursor.event.id': ({ random }) => `customer-telemetry:v1:${STAMP}-${random.uuid()}`,
  'cursor.request.id': ({ random }) => random.uuid(),
  'message.uuid': ({ random }) => random.uuid(),
  request_id: ({ random }) => `req_${random.hex(24)}`,
  tool_use_id: ({ random }) => `toolu_${random.hex(24)}`,
  call_id: ({ random }) => `call_${random.hex(24)}`,
  prompt: ({ text }) => text,
  prompt_text: ({ text }) => text,
  user_prompt: ({ text }) => text,
  prompt_length: ({ text }) => text.length,
  response: shortText,
  tool_name: ({ tool }) => tool,
  model: ({ session }) => session.model,
  'cursor.model.name': ({ session }) => session.model,
  input_tokens: tokens(1500),
  output_tokens: tokens(300),
  cache_read_tokens: tokens(12_000),
  cache_creation_tokens: tokens(900),
  'cursor.api.request.input_tokens': tokens(1500),
  'cursor.api.request.output_tokens': tokens(300),
  cost_usd: ({ random }) => random.logNormal(9000, 1, 5_000_000) / 1_000_000,
  cost_usd_micros: tokens(9000),
  duration_ms: ({ random }) => random.logNormal(180, 1.5, 600_000),
  ttft_ms: ({ random }) => random.logNormal(700, 0.6, 60_000),
  tool_result_size_bytes: tokens(800),
  output: ({ random }) => prose(random, random.logNormal(200, 1.4, 4000)),
  arguments: ({ random }) => JSON.stringify({ cmd: command(random) }),
  command: ({ random }) => command(random),
  cwd: ({ session }) => `/home/dev/src/${session.repo}`,
  stdout: ({ random }) => prose(random, random.logNormal(200, 1.4, 4000)),
};

export function drawFor(random: Random, session: Session): Draw {
  session.nowMs += random.logNormal(400, 1.2, 60_000);
  if (random.below(12) === 0) session.promptId = random.uuid();
  return { random, session, text: shortTextOf(random), tool: random.pick(TOOLS) };
}

function shortTextOf(random: Random): string {
  return prose(random, random.logNormal(120, 1.1, 8000));
}

/** The same attributes with this draw's values, each in the type that the capture had (numbers as strings stay strings). */
export function varyAttributes(attributes: readonly Attribute[], draw: Draw): Attribute[] {
  return attributes.map((attribute) => {
    const rule = RULES[attribute.key];
    return rule === undefined ? attribute : { key: attribute.key, value: likeBefore(attribute.value, rule(draw)) };
  });
}

function likeBefore(before: AnyValue, value: string | number): AnyValue {
  if ('intValue' in before) return { intValue: typeof value === 'number' ? Math.round(value) : before['intValue'] };
  if ('doubleValue' in before) return { doubleValue: Number(value) };
  return { stringValue: String(value) };
}

/** A hook payload with this draw's values, at any depth; a text stays a text and a number a number. */
export function varyPayload(payload: HookPayload, draw: Draw): HookPayload {
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, varyField(key, value, draw)]));
}

function varyField(key: string, value: unknown, draw: Draw): unknown {
  if (Array.isArray(value)) return value.map((element) => varyField('', element, draw));
  if (typeof value === 'object' && value !== null) return varyPayload(value as HookPayload, draw);
  const rule = RULES[key];
  if (rule === undefined) return value;
  const varied = rule(draw);
  return typeof value === 'number' ? Number(varied) || value : String(varied);
}

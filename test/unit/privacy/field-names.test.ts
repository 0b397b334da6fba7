/**
 * Every name that the product's page gives for a prompt or an output, in every spelling and at every place where an agent
 * could put it: withheld without a flag, kept with its own flag alone. The lists are the page's, not src/privacy/fields.ts.
 */

import { describe, expect, it } from 'vitest';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { log, scrub, span, spanEvent } from './scrubbed.ts';

const TEXT = 'blue whales sing at dusk';
const PROVIDERS: readonly Provider[] = ['claude_code', 'codex', 'cursor'];

const PROMPTS =
  `prompt prompt_text user_prompt command_args task custom_instructions cursor.prompt gen_ai.prompt.0.content
  gen_ai.input.messages system_prompt new_context gen_ai.content.prompt user.prompt prompt.text answers`.split(/\s+/);
const OUTPUTS =
  `tool_response stdout stderr content original_file originalFile structured_patch structuredPatch tool_output
  result_json output response last_assistant_message agent_message text delta summary compact_summary message tool_calls
  response.model_output gen_ai.output.messages body tools tool_definitions gen_ai.tool.definitions old_string new_string
  edits patch langsmith.metadata.tool_output gen_ai.content.completion gen_ai.event.content message.content questions
  explanation active_form chars`.split(/\s+/);

/** As it stands, and for plain words camelCase, PascalCase, kebab-case and SNAKE_CASE too. */
function spellings(name: string): string[] {
  if (!/^[a-z]+(?:_[a-z]+)*$/.test(name)) return [name];
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [
    ...new Set([name, camel, camel[0]!.toUpperCase() + camel.slice(1), name.replaceAll('_', '-'), name.toUpperCase()]),
  ];
}

/** Each name as it stands for all agents, each other spelling for one of them. */
function ofAgents(name: string): [string, readonly Provider[]][] {
  return spellings(name).map((spelling, index) => [spelling, index === 0 ? PROVIDERS : [PROVIDERS[index % 3]!]]);
}

/** Bodies with the text under this name: attribute, kvlist, JSON in a string, resource, scope, event, link, hook. */
function bodiesWith(name: string, value: string): [Signal, unknown][] {
  const link = { attributes: [{ key: name, value: { stringValue: value } }] };
  return [
    ['logs', log({ [name]: value })],
    ['logs', log({ wrap: { list: [{ [name]: value }] } })],
    ['logs', log({ tool_input: JSON.stringify({ [name]: value }) })],
    ['logs', log({ [name]: JSON.stringify({ a: [value], b: { c: value } }) })],
    ['logs', log({}, {}, { [name]: value })],
    ['logs', log({}, { resource: { [name]: value }, scope: { [name]: value } })],
    ['traces', span({ [name]: value }, {}, { resource: { [name]: value } })],
    ['traces', span({}, { events: [spanEvent('x', { [name]: value })], links: [link] })],
    ['hooks', { hook_event_name: 'X', [name]: value }],
    ['hooks', { hook_event_name: 'X', tool_input: { [name]: value } }],
    ['hooks', { hook_event_name: 'X', attributes: { deep: [{ [name]: [value] }] } }],
  ];
}

/** Claude Code's own exporter opted in where it sent these: as attributes of a record, not deeper. */
const isEmitterPrompt = (name: string, provider: Provider, signal: Signal): boolean =>
  provider === 'claude_code' && signal !== 'hooks' && ['prompt', 'prompt_text', 'user_prompt'].includes(name);

describe.each([
  ['prompt', PROMPTS, { capturePrompts: true }, { captureOutputs: true }],
  ['output', OUTPUTS, { captureOutputs: true }, { capturePrompts: true }],
] as const)('[D30] %s names', (fieldClass, names, ownFlag, otherFlag) => {
  it.each(names.flatMap(ofAgents))('%s of %j', (name, providers) => {
    for (const provider of providers) {
      for (const [signal, body] of bodiesWith(name, TEXT)) {
        if (isEmitterPrompt(name, provider, signal)) continue;
        const place = `${provider} ${signal} ${JSON.stringify(body)}`;
        const { text, records } = scrub(provider, signal, body);
        expect(text, place).not.toContain('whales');
        // Its class and its length, and nothing else.
        expect(text.match(/\[SUPPRESSED:[^\]]*\]/g), place).toContain(`[SUPPRESSED:${fieldClass}:${lengthIn(text)}]`);
        expect(records[0]![fieldClass === 'prompt' ? 'promptSuppressed' : 'outputSuppressed'], place).toBe(true);
        expect(scrub(provider, signal, body, otherFlag).text, place).not.toContain('whales');
        expect(scrub(provider, signal, body, ownFlag).text, place).toContain('whales');
      }
    }
  });
});

/** The text's length, or that of the JSON around it. */
function lengthIn(text: string): number {
  const lengths = [...text.matchAll(/\[SUPPRESSED:\w+:(\d+)\]/g)].map((match) => Number(match[1]));
  expect(lengths.length).toBeGreaterThan(0);
  const json = JSON.stringify({ a: [TEXT], b: { c: TEXT } }).length;
  expect([TEXT.length, json]).toContain(lengths[0]);
  return lengths[0]!;
}

describe('[D30] a text of more than 256 bytes under a name that nobody knows', () => {
  const long = `whales ${'x '.repeat(125)}`;
  it.each(PROVIDERS)('%s: is output wherever it stands', (provider) => {
    for (const [signal, body] of bodiesWith('frobnicate', long)) {
      const { text } = scrub(provider, signal, body);
      expect(long.length).toBe(257);
      expect(text).not.toContain('whales x');
      expect(scrub(provider, signal, body, { captureOutputs: true }).text).toContain('whales x');
    }
    for (const [signal, body] of bodiesWith('frobnicate', long.slice(1))) {
      expect(scrub(provider, signal, body).text).toContain('hales x');
    }
  });
});

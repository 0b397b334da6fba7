/** Statements 28–38 at the scrubber: the capture rule, its switches and scopes, placeholders and markers. */

import { describe, expect, it } from 'vitest';
import { isCaptured } from '../../../src/privacy/capture.ts';
import type { ScrubOptions } from '../../../src/privacy/scrub.ts';
import { attributesOf, log, scrub, span } from './scrubbed.ts';

const NO_YES = [false, true] as const;
const TABLE = NO_YES.flatMap((server) =>
  NO_YES.flatMap((gate) => NO_YES.map((optIn) => ({ server, gate, optIn, kept: server || (gate && optIn) }))),
);
const PROMPT = 'rename the widget';
const OUTPUT = 'widget renamed';

function deployed(kind: 'prompts' | 'outputs', server: boolean, gate: boolean): Partial<ScrubOptions> {
  return {
    allowEventLevelOptIn: gate,
    ...(kind === 'prompts' ? { capturePrompts: server } : { captureOutputs: server }),
  };
}

describe('the rule', () => {
  it.each(TABLE)('[D31] [D32] server $server, gate $gate, opt-in $optIn: $kept', ({ server, gate, optIn, kept }) => {
    expect(isCaptured(server, gate, optIn)).toBe(kept);
  });

  it.each(TABLE)('[D31] a hook prompt: server $server, gate $gate, opt-in $optIn', ({ server, gate, optIn, kept }) => {
    const body = { hook_event_name: 'UserPromptSubmit', prompt: PROMPT, 'moda.capture_prompts': optIn };
    const { at, records } = scrub('claude_code', 'hooks', body, deployed('prompts', server, gate));
    expect(at('prompt')).toBe(kept ? PROMPT : `[SUPPRESSED:prompt:${PROMPT.length}]`);
    expect(records[0]).toMatchObject({ promptSuppressed: !kept, outputSuppressed: false });
  });

  it.each(TABLE)('[D32] a tool output: server $server, gate $gate, opt-in $optIn', ({ server, gate, optIn, kept }) => {
    const body = log({ 'event.name': 'codex.tool_result', output: OUTPUT, 'moda.capture_outputs': optIn });
    const scrubbed = scrub('codex', 'logs', body, deployed('outputs', server, gate));
    expect(attributesOf(scrubbed)['output']).toBe(kept ? OUTPUT : `[SUPPRESSED:output:${OUTPUT.length}]`);
    expect(scrubbed.records[0]).toMatchObject({ promptSuppressed: false, outputSuppressed: !kept });
  });

  it.each([
    [true, false],
    [false, true],
  ])('[D33] prompts %s, outputs %s: the switches do not touch each other', (capturePrompts, captureOutputs) => {
    const body = { hook_event_name: 'PostToolUse', tool_input: { prompt: PROMPT }, tool_response: { stdout: OUTPUT } };
    const { at } = scrub('claude_code', 'hooks', body, { capturePrompts, captureOutputs });
    expect(at('tool_input', 'prompt') === PROMPT).toBe(capturePrompts);
    expect(at('tool_response', 'stdout') === OUTPUT).toBe(captureOutputs);
  });

  it('[D33] a prompt inside a captured output still needs the prompt switch', () => {
    const body = { hook_event_name: 'PostToolUse', tool_response: { prompt: PROMPT, status: 'running' } };
    const { at } = scrub('claude_code', 'hooks', body, { captureOutputs: true });
    expect(at('tool_response')).toStrictEqual({ prompt: `[SUPPRESSED:prompt:${PROMPT.length}]`, status: 'running' });
  });
});

describe('opting in', () => {
  const gate = { allowEventLevelOptIn: true };
  const isKept = (own: Record<string, string | number | boolean>, resource = {}, scope = {}): boolean => {
    const body = log({ 'event.name': 'codex.user_prompt', prompt: PROMPT, ...own }, { resource, scope });
    return attributesOf(scrub('codex', 'logs', body, gate))['prompt'] === PROMPT;
  };
  const KEY = 'moda.capture_prompts';

  it.each([[true], ['true'], ['1']])('[D31] %j opts in', (value) => expect(isKept({ [KEY]: value })).toBe(true));
  it.each([[false], ['false'], ['TRUE'], ['yes'], ['on'], [''], ['0'], [1], [' true']])('[D35] %j does not', (value) =>
    expect(isKept({ [KEY]: value })).toBe(false),
  );
  it('[D31] is read on the resource and on the scope, and the innermost scope wins', () => {
    expect(isKept({}, { [KEY]: true })).toBe(true);
    expect(isKept({}, {}, { [KEY]: 'true' })).toBe(true);
    expect(isKept({ [KEY]: false }, { [KEY]: true })).toBe(false);
    expect(isKept({}, { [KEY]: true }, { [KEY]: false })).toBe(false);
    expect(isKept({ [KEY]: true }, { [KEY]: false }, { [KEY]: false })).toBe(true);
  });
  it('[D31] is read on spans, and in the `attributes` of a hook before the payload', () => {
    const body = span({ 'gen_ai.prompt.0.content': PROMPT, [KEY]: true });
    expect(attributesOf(scrub('cursor', 'traces', body, gate))['gen_ai.prompt.0.content']).toBe(PROMPT);
    const hook = { hook_event_name: 'x', prompt: PROMPT, [KEY]: false, attributes: { [KEY]: true } };
    expect(scrub('cursor', 'hooks', hook, gate).at('prompt')).toBe(PROMPT);
  });
  it('[D34] is ignored with the gate off, on every scope', () => {
    const body = log(
      { prompt: PROMPT, output: OUTPUT, [KEY]: true, 'moda.capture_outputs': true },
      { resource: { [KEY]: true } },
    );
    const attributes = attributesOf(scrub('codex', 'logs', body));
    expect([attributes['prompt'], attributes['output']]).not.toContain(PROMPT);
    expect(attributes['output']).not.toBe(OUTPUT);
  });
  it('[D31] of one record does not carry over to the next', () => {
    const bodies = [true, false].map((optIn) => ({
      hook_event_name: 'UserPromptSubmit',
      prompt: PROMPT,
      [KEY]: optIn,
    }));
    const { at } = scrub('claude_code', 'hooks', bodies, gate);
    expect([at(0, 'prompt') === PROMPT, at(1, 'prompt') === PROMPT]).toStrictEqual([true, false]);
  });
});

describe('prompts that Claude emits', () => {
  it.each(['prompt', 'prompt_text', 'user_prompt'])(
    '[D29] %s is kept in logs and traces with all flags unset',
    (name) => {
      expect(attributesOf(scrub('claude_code', 'logs', log({ [name]: PROMPT })))[name]).toBe(PROMPT);
      expect(attributesOf(scrub('claude_code', 'traces', span({ [name]: PROMPT })))[name]).toBe(PROMPT);
    },
  );
  it('[D29] are redacted', () => {
    const prompt = `use password=Hunter2x9 for ${PROMPT}`;
    const scrubbed = scrub('claude_code', 'logs', log({ prompt }));
    expect(attributesOf(scrubbed)['prompt']).toBe(`use password=[REDACTED:password] for ${PROMPT}`);
    expect(scrubbed.records[0]!.redactions).toBe(1);
  });
  it('[D29] are not what other agents, hooks, tool arguments and answers are', () => {
    expect(attributesOf(scrub('codex', 'logs', log({ prompt: PROMPT })))['prompt']).not.toBe(PROMPT);
    expect(attributesOf(scrub('cursor', 'traces', span({ user_prompt: PROMPT })))['user_prompt']).not.toBe(PROMPT);
    expect(
      scrub('claude_code', 'hooks', { hook_event_name: 'UserPromptSubmit', prompt: PROMPT }).at('prompt'),
    ).not.toBe(PROMPT);
    const body = log({ tool_input: JSON.stringify({ prompt: PROMPT, n: 1 }), response: OUTPUT });
    const { text } = scrub('claude_code', 'logs', body);
    expect(text).not.toContain(PROMPT);
    expect(text).not.toContain(OUTPUT);
  });
});

describe('placeholders and markers', () => {
  it.each(['<REDACTED>', '[REDACTED]', ''])('[D28] [D38] %j is no text: it stays and sets no marker', (placeholder) => {
    const body = log({ prompt: placeholder, response: placeholder });
    for (const options of [{}, { capturePrompts: true, captureOutputs: true }]) {
      const scrubbed = scrub('codex', 'logs', body, options);
      expect(attributesOf(scrubbed)).toMatchObject({ prompt: placeholder, response: placeholder });
      expect(scrubbed.records[0]).toStrictEqual({ promptSuppressed: false, outputSuppressed: false, redactions: 0 });
    }
  });
  it('[D38] without text there is no marker', () => {
    const { records } = scrub('codex', 'logs', log({ 'event.name': 'codex.api_request', duration_ms: '12' }));
    expect(records[0]).toMatchObject({ promptSuppressed: false, outputSuppressed: false });
  });
  it('[D37] the marker tells the bytes of UTF-8 that stood there', () => {
    const { at } = scrub('codex', 'hooks', { hook_event_name: 'UserPromptSubmit', prompt: 'größer 🙂' });
    expect(at('prompt')).toBe(`[SUPPRESSED:prompt:${Buffer.byteLength('größer 🙂')}]`);
  });
  it('[D36] captured text is redacted, then cut at a character', () => {
    const options = { capturePrompts: true, captureOutputs: true, promptBytesMax: 20, outputSnippetBytesMax: 7 };
    const body = { hook_event_name: 'x', prompt: `password=${'Ab1'.repeat(20)} and more`, tool_output: 'abcde🙂fgh' };
    const { at } = scrub('cursor', 'hooks', body, options);
    expect(at('prompt')).toBe('password=[REDACTED:p');
    expect(at('tool_output')).toBe('abcde');
  });
});

/** Words that hold text of people or models under one tool or event, and metadata under others. */

import { describe, expect, it } from 'vitest';
import { attributesOf, log, scrub, span, spanEvent } from './scrubbed.ts';

const TEXT = 'blue whales sing at dusk';
const mark = (fieldClass: string, length = TEXT.length): string => `[SUPPRESSED:${fieldClass}:${length}]`;
const call = (tool: string, input: Record<string, unknown>) => ({
  hook_event_name: 'PreToolUse',
  tool_name: tool,
  tool_input: input,
});
const form = (field: Record<string, unknown>) => ({
  hook_event_name: 'Elicitation',
  requested_schema: { type: 'object', properties: { a: field } },
});

describe('what the user says through a tool', () => {
  it.each([
    call('Skill', { skill: 'x', args: TEXT }),
    call('AskUserQuestion', { answers: { Which: TEXT } }),
    call('AskUserQuestion', { annotations: { Which: { notes: TEXT } } }),
  ])('[D30] %j', (body) => {
    const { text, records } = scrub('claude_code', 'hooks', body);
    expect(text).toContain(mark('prompt'));
    expect(text).not.toContain(TEXT);
    expect(records[0]).toMatchObject({ promptSuppressed: true, outputSuppressed: false });
    expect(scrub('claude_code', 'hooks', body, { capturePrompts: true }).text).toContain(TEXT);
  });

  it('[D30] the arguments of a skill in a log record, not those of another tool', () => {
    const withTool = (tool: string): string =>
      scrub('claude_code', 'logs', log({ tool_name: tool, tool_input: JSON.stringify({ args: TEXT }) })).text;
    expect(withTool('Skill')).toContain(mark('prompt'));
    expect(withTool('Skill')).not.toContain(TEXT);
    expect(withTool('mcp__x__run')).toContain(TEXT);
  });
});

describe('what the model says through a tool or an event', () => {
  it.each([
    ['claude_code', { hook_event_name: 'Notification', title: TEXT, notification_type: 'idle_prompt' }],
    ['claude_code', { hook_event_name: 'PermissionDenied', tool_name: 'Bash', reason: TEXT }],
    ['claude_code', form({ type: 'string', description: TEXT })],
    ['claude_code', form({ type: 'string', enum: [TEXT], enumNames: [TEXT] })],
    ['claude_code', call('TodoWrite', { todos: [{ content: '', activeForm: TEXT, status: 'pending' }] })],
    ['claude_code', call('AskUserQuestion', { questions: [{ question: TEXT, options: [{ label: TEXT }] }] })],
    ['codex', call('write_stdin', { session_id: 1, chars: TEXT })],
    ['codex', call('update_plan', { explanation: TEXT, plan: [] })],
  ] as const)('[D32] a hook of %s: %j', (provider, body) => {
    const { text, records } = scrub(provider, 'hooks', body);
    expect(text).toContain(mark('output'));
    expect(text).not.toContain(TEXT);
    expect(records[0]).toMatchObject({ promptSuppressed: false, outputSuppressed: true });
    expect(scrub(provider, 'hooks', body, { captureOutputs: true }).text).toContain(TEXT);
  });

  // As releases 0.89 and 0.107 send them.
  it.each([
    [
      'prompt',
      {},
      spanEvent('Submission', { sub: `Submission { id: "s", op: UserInput { items: [Text { text: "${TEXT}" }] } }` }),
    ],
    [
      'output',
      {},
      spanEvent('Output item', {
        item: `Message { id: None, role: "assistant", content: [OutputText { text: "${TEXT}" }] }`,
      }),
    ],
    ['output', {}, spanEvent(`ToolCall: update_plan {"explanation":"${TEXT}","plan":[]}`, {})],
    [
      'output',
      {
        call: `ToolCall { tool_name: "update_plan", payload: Function { arguments: "{\\"explanation\\":\\"${TEXT}\\"}" } }`,
      },
      undefined,
    ],
  ] as const)(
    '[D30] [D32] the structures that older releases of Codex print on spans: %s %j %j',
    (fieldClass, own, event) => {
      const body = span(own, { name: 'handle_tool_call', ...(event !== undefined && { events: [event] }) });
      const { text } = scrub('codex', 'traces', body);
      expect(text).toContain(`[SUPPRESSED:${fieldClass}:`);
      expect(text).not.toContain(TEXT);
      const captured = fieldClass === 'prompt' ? { capturePrompts: true } : { captureOutputs: true };
      expect(scrub('codex', 'traces', body, captured).text).toContain(TEXT);
    },
  );

  it.each(['write_stdin', 'update_plan'])('[D32] the arguments of %s in a log record', (tool) => {
    const json = JSON.stringify({ session_id: 1, chars: TEXT, explanation: TEXT });
    const kept = attributesOf(scrub('codex', 'logs', log({ tool_name: tool, arguments: json })))['arguments'];
    expect(JSON.parse(String(kept))).toStrictEqual({
      session_id: 1,
      chars: mark('output'),
      explanation: mark('output'),
    });
  });
});

describe('what an event of a conversation holds', () => {
  it.each(['content', 'message.content', 'gen_ai.event.content'])(
    '[D30] %s is prompt or output by the name of the event',
    (name) => {
      const withheld = (event: string): unknown => {
        const own = attributesOf(scrub('codex', 'logs', log({ 'event.name': event, [name]: TEXT })));
        const { text } = scrub('codex', 'traces', span({}, { events: [spanEvent(event, { [name]: TEXT })] }));
        expect(text).toContain(own[name]);
        return own[name];
      };
      for (const event of ['gen_ai.user.message', 'gen_ai.system.message', 'gen_ai.content.prompt']) {
        expect(withheld(event)).toBe(mark('prompt'));
      }
      for (const event of ['gen_ai.choice', 'gen_ai.content.completion', 'x']) {
        expect(withheld(event)).toBe(mark('output'));
      }
    },
  );
});

describe('the same words as metadata', () => {
  it.each([
    { hook_event_name: 'SessionEnd', reason: 'prompt_input_exit' },
    call('mcp__jira__create', { title: 'Fix the build', reason: 'old' }),
    call('mcp__run__start', { command: 'npx', args: ['-y', 'x'], annotations: { readOnlyHint: true, name: 'List' } }),
    call('Skill', { skill: 'review' }),
    form({ type: 'string', minLength: 2, format: 'email' }),
  ])('[D30] %j stays', (body) => expect(scrub('claude_code', 'hooks', body).raw).toStrictEqual(body));

  it('[D30] the reason of another record stays, with the same words before', () => {
    const body = [
      { hook_event_name: 'PermissionDenied', reason: TEXT },
      { hook_event_name: 'SessionEnd', reason: 'logout' },
    ];
    expect(scrub('claude_code', 'hooks', body[0]).text).not.toContain(TEXT);
    expect(scrub('claude_code', 'hooks', body[1]).text).toContain('logout');
  });
});

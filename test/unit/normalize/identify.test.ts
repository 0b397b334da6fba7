/** What a record is: where its name stands, which type the name means, and the numbers that only its text tells. */

import { describe, expect, it } from 'vitest';
import { hook, log, span, type Values } from './normalized.ts';

/** Type and name of a record without a name that any table knows would be `other` and no name. */
const typeAndName = (row: { columns: Readonly<Record<string, unknown>> }): unknown[] => [
  row.columns['event_type'],
  row.columns['event_name'],
];

describe('the name of a log record', () => {
  const named = (record: Values, fields: Values = {}): unknown[] => typeAndName(log('claude_code', { record }, fields));

  it('stands in event.name before the record’s own name, event_name, and the body', () => {
    const body = { stringValue: 'claude_code.api_error' };
    const all = { 'event.name': 'user_prompt', event_name: 'tool_result' };
    expect(named(all, { eventName: 'api_request', body })).toEqual(['user_prompt', 'user_prompt']);
    expect(named({ event_name: 'tool_result' }, { eventName: 'api_request', body })).toEqual([
      'api_request',
      'api_request',
    ]);
    expect(named({ event_name: 'tool_result' }, { body })).toEqual(['tool_result', 'tool_result']);
    expect(named({}, { body })).toEqual(['api_error', 'claude_code.api_error']);
    expect(named({})).toEqual(['other', undefined]);
  });

  it.each(['claude_code.tool_result', 'codex.tool_result', 'cursor.tool_result', 'cursor tool_result', 'tool_result'])(
    'means the same with the agent’s prefix: %s',
    (name) => {
      expect(named({ 'event.name': name })).toEqual(['tool_result', name]);
    },
  );

  it.each(['claude_codeXtool_result', 'moda.tool_result', 'tool_result ', 'Tool_result', ''])(
    'is not known in part: %j',
    (name) => {
      expect(named({ 'event.name': name })[0]).toBe('other');
    },
  );

  it('is not the source location that Codex writes there', () => {
    const fields = { eventName: 'event otel/src/events/session_telemetry.rs:1200' };
    expect(named({ event_name: 'user_prompt' }, fields)).toEqual(['user_prompt', 'user_prompt']);
    expect(named({}, fields)).toEqual(['other', undefined]);
    expect(named({}, { eventName: 'events' })).toEqual(['other', 'events']);
  });

  it.each<[text: string, isName: boolean]>([
    ['a', true],
    ['A.b-c_d.09Zz', true],
    ['x'.repeat(80), true],
    ['x'.repeat(81), false],
    ['two words', false],
    ['stop!', false],
    ['a/b', false],
    ['a:b', false],
    ['a@b', false],
    ['a[b', false],
    ['a`b', false],
    ['a{b', false],
    ['é', false],
  ])('is a body only when that is one short word: %j', (text, isName) => {
    expect(named({}, { body: { stringValue: text } })[1]).toBe(isName ? text : undefined);
  });

  it('is no number', () => {
    expect(named({ 'event.name': 7 }, { body: { intValue: '7' } })).toEqual(['other', undefined]);
  });
});

describe('the name of a hook', () => {
  it('stands in hook_event_name before hook before event_name', () => {
    const all = { hook_event_name: 'PreToolUse', hook: 'PostToolUse', event_name: 'Stop' };
    expect(typeAndName(hook('claude_code', all))).toEqual(['tool_start', 'PreToolUse']);
    const { hook_event_name: _, ...two } = all;
    expect(typeAndName(hook('claude_code', two))).toEqual(['tool_result', 'PostToolUse']);
    expect(typeAndName(hook('claude_code', { event_name: 'Stop' }))).toEqual(['turn_end', 'Stop']);
    expect(typeAndName(hook('claude_code', { hook_event_name: '', hook: 'Stop' }))).toEqual(['turn_end', 'Stop']);
  });

  it('[A8] means the same on every agent’s route', () => {
    for (const provider of ['claude_code', 'codex', 'cursor'] as const) {
      expect(typeAndName(hook(provider, { hook_event_name: 'PreToolUse' }))[0]).toBe('tool_start');
      expect(typeAndName(hook(provider, { hook_event_name: 'beforeShellExecution' }))[0]).toBe('tool_start');
    }
  });

  it('keeps its prefix: only log names have one', () => {
    expect(typeAndName(hook('codex', { hook_event_name: 'codex.Stop' }))).toEqual(['other', 'codex.Stop']);
  });
});

describe('[E42] [E43] a skill activation', () => {
  it.each([
    ['claude_code', 'skill_activated'],
    ['cursor', 'skill_activated'],
    ['codex', 'other'],
  ] as const)('in a log of %s is of type %s', (provider, type) => {
    const record = { 'event.name': 'claude_code.skill_activated', 'skill.name': 'deploy' };
    expect(log(provider, { record }).columns).toMatchObject({ event_type: type, skill_name: 'deploy' });
  });
});

describe('what Codex’s attributes refine', () => {
  const typeOf = (name: string, record: Values): unknown =>
    log('codex', { record: { 'event.name': name, ...record } }).columns['event_type'];

  it.each<[attributes: Values, type: string]>([
    [{}, 'api_request'],
    [{ success: true, 'http.response.status_code': 399 }, 'api_request'],
    [{ 'http.response.status_code': 400 }, 'api_error'],
    [{ 'http.response.status_code': '503' }, 'api_error'],
    [{ success: 'false' }, 'api_error'],
    [{ 'error.message': 'timed out' }, 'api_error'],
  ])('a request with %j', (attributes, type) => {
    expect(typeOf('codex.api_request', attributes)).toBe(type);
    expect(typeOf('codex.websocket_request', attributes)).toBe(type);
    expect(typeOf('codex.turn_cost', attributes)).toBe('other');
  });

  it.each<[attributes: Values, type: string]>([
    [{ 'event.kind': 'response.completed' }, 'other'],
    [{ 'event.kind': 'response.completed', input_token_count: 0 }, 'api_request'],
    [{ 'event.kind': 'response.failed', input_token_count: 5, 'error.message': 'no' }, 'api_error'],
  ])('a stream event with %j', (attributes, type) => {
    expect(typeOf('codex.sse_event', attributes)).toBe(type);
  });
});

describe('a span', () => {
  it.each<[name: string, attributes: Values, fields: Values, type: string]>([
    ['claude_code.llm_request', {}, {}, 'api_request'],
    ['claude_code.llm_request', { success: true }, { status: { code: 1 } }, 'api_request'],
    ['claude_code.llm_request', { success: false }, {}, 'api_error'],
    ['claude_code.llm_request', {}, { status: { code: 2 } }, 'api_error'],
    ['claude_code.tool', { success: false }, { status: { code: 2 } }, 'tool_result'],
    ['anything', {}, {}, 'span'],
    ['api_request', {}, {}, 'span'],
  ])('%s with %j %j', (name, attributes, fields, type) => {
    expect(typeAndName(span('claude_code', name, attributes, fields))).toEqual([type, name]);
  });

  it.each<[attributes: Values, type: string]>([
    [{ call_id: 'c', 'codex.tool.phase': 'done' }, 'tool_result'],
    [{ call_id: 'c' }, 'span'],
    [{ 'codex.tool.phase': 'done' }, 'span'],
  ])('of Codex with %j', (attributes, type) => {
    expect(span('codex', 'exec', attributes).columns['event_type']).toBe(type);
    expect(span('codex', 'session_task.turn', attributes).columns['event_type']).toBe('turn_end');
  });

  it.each<[attributes: Values, type: string]>([
    [{ 'gen_ai.operation.name': 'chat' }, 'api_request'],
    [{ 'gen_ai.operation.name': 'execute_tool' }, 'tool_result'],
    [{ 'gen_ai.operation.name': 'invoke_agent' }, 'turn_end'],
    [{ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': 'a' }, 'subagent_end'],
    [{ 'gen_ai.operation.name': 'invoke_agent', 'cursor.subagent.type': 'a' }, 'subagent_end'],
    [{ 'gen_ai.operation.name': 'embeddings' }, 'span'],
    [{ 'gen_ai.operation.name': 'constructor' }, 'span'],
    [{ 'gen_ai.operation.name': '__proto__' }, 'span'],
    [{ 'gen_ai.operation.name': 'chat'.repeat(9) }, 'span'],
  ])('by the operation that OpenTelemetry names, %j', (attributes, type) => {
    expect(span('cursor', 'step', attributes).columns['event_type']).toBe(type);
  });
});

describe('a native Cursor message', () => {
  const message = (record: Values, text: string): Readonly<Record<string, string | number>> =>
    log('cursor', { record }, { body: { stringValue: text } }).columns;

  it('has the text as body and the name in its attributes', () => {
    const columns = message({ 'event.name': 'conversation.user_message' }, 'fix the test');
    expect(columns).toMatchObject({ event_type: 'user_prompt', prompt_text: 'fix the test', prompt_length: 12 });
    const answer = message({ 'event.name': 'conversation.assistant_message' }, 'done');
    expect(answer).toMatchObject({ event_type: 'assistant_response', output_snippet: 'done' });
    expect(answer).not.toHaveProperty('prompt_length');
  });

  it('is told by its marks when it has no name, even when it is one word', () => {
    for (const mark of ['cursor.conversation.message.id', 'cursor.conversation.provenance']) {
      expect(message({ [mark]: 'x' }, 'stop')).toMatchObject({ event_type: 'user_prompt', prompt_text: 'stop' });
    }
    const direction = { 'cursor.conversation.tool_io.direction': 'output', 'cursor.conversation.message.id': 'x' };
    expect(message(direction, 'stop')).toMatchObject({
      event_type: 'tool_result',
      event_name: 'conversation.tool_io',
      output_snippet: 'stop',
    });
    expect(message({}, 'stop')).toMatchObject({ event_type: 'turn_end', event_name: 'stop' });
    expect(message({ 'event.name': 'stop', 'cursor.conversation.message.id': 'x' }, 'a b')).toMatchObject({
      event_type: 'turn_end',
    });
  });

  it('is one of Cursor’s route alone', () => {
    const columns = log(
      'codex',
      { record: { 'cursor.conversation.message.id': 'x' } },
      { body: { stringValue: 'fix the test' } },
    ).columns;
    expect([columns['event_type'], columns['prompt_text']]).toEqual(['other', undefined]);
  });
});

describe('a hook that a bridge forwards as a log', () => {
  const typed = (hookName: string, body: string): unknown[] =>
    typeAndName(log('cursor', { record: { 'cursor.hook.name': hookName } }, { body: { stringValue: body } }));

  it('is named by the hook unless the body is a name that is known', () => {
    expect(typed('beforeShellExecution', 'bridge_event')).toEqual(['tool_start', 'beforeShellExecution']);
    expect(typed('beforeShellExecution', 'a text of the bridge')).toEqual(['tool_start', 'beforeShellExecution']);
    expect(typed('beforeShellExecution', 'api_request')).toEqual(['api_request', 'api_request']);
    expect(typed('hook-of-next-year', 'bridge_event')).toEqual(['other', 'bridge_event']);
  });
});

describe('the length of a prompt', () => {
  it('counts UTF-16 units, as JavaScript does', () => {
    for (const prompt of ['a', 'é', '한', '👩‍🚀', 'a\u{10ffff}b', '\uffff']) {
      const { columns } = hook('claude_code', { hook_event_name: 'UserPromptSubmit', prompt });
      expect(columns['prompt_length'], prompt).toBe(prompt.length);
    }
  });

  it('is the agent’s own where it tells one', () => {
    const record = { 'event.name': 'user_prompt', prompt: '<REDACTED>', prompt_length: 99 };
    expect(log('claude_code', { record }).columns).toMatchObject({ prompt_length: 99 });
    expect(log('claude_code', { record: { ...record, prompt: 'ab' } }).columns).toMatchObject({ prompt_length: 99 });
  });

  it('is that of the first prompt text that is one', () => {
    const record = { 'event.name': 'user_prompt', prompt: '[REDACTED]', user_prompt: 'four' };
    expect(log('claude_code', { record }).columns['prompt_length']).toBe(4);
    expect(log('claude_code', { record: { ...record, 'event.name': 'api_request' } }).columns).not.toHaveProperty(
      'prompt_length',
    );
  });

  it('is that of the JSON text, not of its parsed form', () => {
    const prompt = '{ "a":   1 }';
    const { columns } = hook('claude_code', { hook_event_name: 'UserPromptSubmit', prompt });
    expect(columns['prompt_length']).toBe(12);
  });
});

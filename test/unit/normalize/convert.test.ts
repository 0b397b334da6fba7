/** Values into columns: what each kind of column takes, and that what it refuses stays among the attributes as it was sent. */

import { describe, expect, it } from 'vitest';
import { hook, log, type Value } from './normalized.ts';

/** What a log record's attribute became: the column's value and the attribute that stayed. */
function converted(key: string, column: string, value: Value): readonly [column: unknown, attribute: unknown] {
  const { columns, attributes } = log('claude_code', { record: { 'event.name': 'api_request', [key]: value } });
  return [columns[column], attributes[key]];
}

describe('a column of integers', () => {
  it.each<[key: string, column: string, max: number]>([
    ['attempt', 'attempt', 2 ** 16 - 1],
    ['status_code', 'status_code', 2 ** 16 - 1],
    ['prompt_length', 'prompt_length', 2 ** 32 - 1],
    ['input_tokens', 'input_tokens', Number.MAX_SAFE_INTEGER],
  ])('takes %s from 0 to the largest number of its type and no more', (key, column, max) => {
    expect(converted(key, column, 0)).toEqual([0, undefined]);
    expect(converted(key, column, max)).toEqual([max, undefined]);
    expect(converted(key, column, String(max))).toEqual([max, undefined]);
    const over = String(BigInt(max) + 1n);
    expect(converted(key, column, over)).toEqual([undefined, over]);
    expect(converted(key, column, -1)).toEqual([undefined, '-1']);
  });

  it.each<Value>([1.5, '1.5', 'many', '12 ', true])('refuses %j', (value) => {
    expect(converted('input_tokens', 'input_tokens', value)).toEqual([undefined, String(value)]);
  });

  it('takes a whole number that was sent as a double or with an exponent', () => {
    expect(converted('input_tokens', 'input_tokens', '1.2e3')).toEqual([1200, undefined]);
    expect(converted('input_tokens', 'input_tokens', '12.0')).toEqual([12, undefined]);
  });
});

describe('a column of decimals', () => {
  it.each<[value: Value, expected: number]>([
    [0, 0],
    [0.25, 0.25],
    ['412.5', 412.5],
    ['1234567890123456', 1_234_567_890_123_456],
    ['1e-3', 0.001],
  ])('takes %j', (value, expected) => {
    expect(converted('duration_ms', 'duration_ms', value)).toEqual([expected, undefined]);
  });

  it.each<Value>([-0.5, '-1', '1e999', 'Infinity', '0x10', '', '.5', '412ms'])('refuses %j', (value) => {
    const kept = value === '' ? undefined : String(value);
    expect(converted('duration_ms', 'duration_ms', value)).toEqual([undefined, kept]);
  });
});

describe('a boolean column', () => {
  it.each<[value: Value, expected: number]>([
    [true, 1],
    [false, 0],
    ['true', 1],
    ['FALSE', 0],
    ['True', 1],
    [1, 1],
    [0, 0],
  ])('takes %j', (value, expected) => {
    expect(converted('success', 'success', value)).toEqual([expected, undefined]);
  });

  it.each<Value>(['yes', '1', 2, -1, 0.5, 'tru', 'truee'])('refuses %j', (value) => {
    expect(converted('success', 'success', value)).toEqual([undefined, String(value)]);
  });
});

describe('a text column', () => {
  it.each<[value: Value, expected: string]>([
    ['Bash', 'Bash'],
    [7, '7'],
    [-7.5, '-7.5'],
    [true, 'true'],
    [false, 'false'],
  ])('takes %j', (value, expected) => {
    expect(converted('model', 'model', value)).toEqual([expected, undefined]);
  });

  it.each<[value: Value, kept: string]>([
    [['a', 1], '["a",1]'],
    [{ name: 'a' }, '{"name":"a"}'],
    [{ nobodyKnows: 'a' }, '{"nobodyKnows":"a"}'],
  ])('refuses %j, which stays as JSON', (value, kept) => {
    expect(converted('model', 'model', value)).toEqual([undefined, kept]);
  });
});

describe('words that hooks wrap', () => {
  it('takes effort out of its object and keeps the object only when it says more', () => {
    const bare = hook('claude_code', { hook_event_name: 'Stop', effort: { level: 'high' } });
    expect([bare.columns['effort'], bare.attributes['effort']]).toEqual(['high', undefined]);
    const more = hook('claude_code', { hook_event_name: 'Stop', effort: { level: 'high', budget: 3 } });
    expect([more.columns['effort'], more.attributes['effort']]).toEqual(['high', '{"level":"high","budget":3}']);
  });

  it('takes the name of an MCP server and keeps the object', () => {
    const server = { name: 'github', source: 'user' };
    const { columns, attributes } = hook('claude_code', { hook_event_name: 'PreToolUse', mcp_server: server });
    expect([columns['mcp_server'], JSON.parse(attributes['mcp_server']!)]).toEqual(['github', server]);
  });

  it.each<Value>([['high'], { depth: 'high' }, { level: null }])('leaves %j among the attributes', (effort) => {
    const { columns, attributes } = hook('claude_code', { hook_event_name: 'Stop', effort });
    expect([columns['effort'], JSON.parse(attributes['effort']!)]).toEqual([undefined, effort]);
  });
});

describe('texts of the conversation', () => {
  it.each(['<REDACTED>', '[REDACTED]', ''])('[D28] [D38] stores no text for %j', (prompt) => {
    const { columns, attributes } = hook('claude_code', { hook_event_name: 'UserPromptSubmit', prompt });
    expect(columns['prompt_text']).toBeUndefined();
    expect(columns['prompt_length']).toBeUndefined();
    expect(attributes).toEqual({});
  });

  it.each(['<REDACTED', '<REDACTED> ', '<redacted>', '[REDACTED>'])('stores %j, which is no placeholder', (prompt) => {
    const { columns } = hook('claude_code', { hook_event_name: 'UserPromptSubmit', prompt });
    expect(columns).toMatchObject({ prompt_text: prompt, prompt_length: prompt.length });
  });

  it('stores an output that is an object as its JSON', () => {
    const output = { stdout: 'ok', lines: [1, 2] };
    const { columns } = hook('claude_code', { hook_event_name: 'PostToolUse', tool_response: output });
    expect(JSON.parse(columns['output_snippet'] as string)).toEqual(output);
  });
});

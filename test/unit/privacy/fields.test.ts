/** What each field may hold: every prompt and output of the agents' documents, error texts, unknown texts, shapes that stay. */

import { describe, expect, it } from 'vitest';
import { attributesOf, log, scrub, span, spanEvent } from './scrubbed.ts';

const TEXT = 'blue whales sing at dusk';
const PROMPT_MARK = `[SUPPRESSED:prompt:${TEXT.length}]`;
const OUTPUT_MARK = `[SUPPRESSED:output:${TEXT.length}]`;

describe('names of other tools for a text of either side', () => {
  const prompts = ['initial_prompt', 'initialPrompt', 'user_input', 'userInput', 'input_text', 'event.prompt'];
  const outputs = ['completion', 'assistant_message', 'assistantMessage'];
  it.each([
    ...prompts.map((name) => [name, PROMPT_MARK, { capturePrompts: true }] as const),
    ...outputs.map((name) => [name, OUTPUT_MARK, { captureOutputs: true }] as const),
  ])('[D30] %s', (name, mark, ownFlag) => {
    for (const provider of ['claude_code', 'codex', 'cursor'] as const) {
      for (const [signal, body] of [
        ['logs', log({ [name]: TEXT })],
        ['traces', span({ [name]: TEXT })],
        ['hooks', { hook_event_name: 'X', tool_name: 'Frobnicate', tool_input: { [name]: TEXT } }],
      ] as const) {
        expect(scrub(provider, signal, body).text).toContain(mark);
        expect(scrub(provider, signal, body).text).not.toContain(TEXT);
        expect(scrub(provider, signal, body, ownFlag).text).toContain(TEXT);
      }
    }
  });

  it('[D30] numbers under them, and names that only begin alike, stay', () => {
    const own = { user_input_count: 3, completion: 17, completion_tokens: 17, completion_status: 'done' };
    const kept = scrub('codex', 'hooks', { hook_event_name: 'X', usage: own });
    expect(kept.at('usage')).toStrictEqual(own);
  });
});

describe('prompt fields', () => {
  it.each([
    ['claude_code', { hook_event_name: 'UserPromptSubmit', prompt: TEXT }],
    ['claude_code', { hook_event_name: 'UserPromptExpansion', command_name: 'x', command_args: TEXT }],
    ['claude_code', { hook_event_name: 'PreToolUse', tool_name: 'Task', tool_input: { prompt: TEXT } }],
    ['claude_code', { hook_event_name: 'PreCompact', trigger: 'manual', custom_instructions: TEXT }],
    ['claude_code', { hook_event_name: 'Stop', session_crons: [{ id: '1', prompt: TEXT }] }],
    ['claude_code', { hook_event_name: 'Stop', background_tasks: [{ id: '1', description: TEXT }] }],
    ['cursor', { hook_event_name: 'beforeSubmitPrompt', prompt: TEXT }],
    ['cursor', { hook_event_name: 'subagentStart', task: TEXT }],
  ] as const)('[D30] a hook of %s: %j', (provider, body) => {
    const { text, records } = scrub(provider, 'hooks', body);
    expect(text).toContain(PROMPT_MARK);
    expect(text).not.toContain(TEXT);
    expect(records[0]).toMatchObject({ promptSuppressed: true, outputSuppressed: false });
    expect(scrub(provider, 'hooks', body, { capturePrompts: true }).text).toContain(TEXT);
  });

  it.each(['new_context', 'system_prompt', 'gen_ai.prompt.0.content', 'gen_ai.input.messages', 'cursor.prompt'])(
    '[D30] %s of a span',
    (name) => {
      expect(attributesOf(scrub('cursor', 'traces', span({ [name]: TEXT })))[name]).toBe(PROMPT_MARK);
    },
  );

  it('keeps the words around a message', () => {
    const own = { 'gen_ai.prompt.0.role': 'user', 'gen_ai.prompt.0.content': TEXT };
    expect(attributesOf(scrub('cursor', 'traces', span(own)))['gen_ai.prompt.0.role']).toBe('user');
  });

  it('withholds a prompt that happens to be JSON as a whole', () => {
    const prompt = JSON.stringify({ a: 1, b: TEXT });
    expect(scrub('codex', 'hooks', { hook_event_name: 'UserPromptSubmit', prompt }).at('prompt')).toBe(
      `[SUPPRESSED:prompt:${prompt.length}]`,
    );
  });
});

describe('output fields', () => {
  it.each([
    [
      'claude_code',
      { hook_event_name: 'PostToolUse', tool_response: { stdout: TEXT, stderr: '', interrupted: false } },
    ],
    ['claude_code', { hook_event_name: 'PostToolUse', tool_response: [{ type: 'text', text: TEXT }] }],
    ['claude_code', { hook_event_name: 'PostToolUse', tool_response: { file: { content: TEXT, numLines: 3 } } }],
    ['claude_code', { hook_event_name: 'PostToolUse', tool_response: { structuredPatch: [{ lines: [TEXT] }] } }],
    ['claude_code', { hook_event_name: 'PostToolBatch', tool_calls: [{ tool_name: 'x', tool_response: TEXT }] }],
    ['claude_code', { hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: { content: TEXT } }],
    ['claude_code', { hook_event_name: 'PreToolUse', tool_name: 'Edit', tool_input: { old_string: TEXT } }],
    [
      'claude_code',
      { hook_event_name: 'PreToolUse', tool_name: 'MultiEdit', tool_input: { edits: [{ new_string: TEXT }] } },
    ],
    ['claude_code', { hook_event_name: 'Stop', last_assistant_message: TEXT }],
    ['claude_code', { hook_event_name: 'Notification', message: TEXT }],
    ['claude_code', { hook_event_name: 'MessageDisplay', delta: TEXT }],
    ['claude_code', { hook_event_name: 'PostCompact', compact_summary: TEXT }],
    ['codex', { hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_response: TEXT }],
    ['codex', { hook_event_name: 'PreToolUse', tool_name: 'apply_patch', tool_input: { command: TEXT } }],
    ['cursor', { hook_event_name: 'afterShellExecution', command: 'ls', output: TEXT }],
    ['cursor', { hook_event_name: 'afterMCPExecution', tool_name: 'x', result_json: JSON.stringify({ a: TEXT }) }],
    ['cursor', { hook_event_name: 'postToolUse', tool_output: JSON.stringify({ exitCode: 0, stdout: TEXT }) }],
    ['cursor', { hook_event_name: 'beforeReadFile', file_path: '/a', content: TEXT }],
    ['cursor', { hook_event_name: 'afterFileEdit', file_path: '/a', edits: [{ old_string: TEXT, new_string: '' }] }],
    ['cursor', { hook_event_name: 'afterAgentResponse', text: TEXT }],
    ['cursor', { hook_event_name: 'preToolUse', tool_name: 'x', agent_message: TEXT }],
    ['cursor', { hook_event_name: 'subagentStop', status: 'completed', summary: TEXT }],
  ] as const)('[D32] a hook of %s: %j', (provider, body) => {
    const { text, records } = scrub(provider, 'hooks', body);
    expect(text).not.toContain(TEXT);
    expect(records[0]).toMatchObject({ promptSuppressed: false, outputSuppressed: true });
    expect(scrub(provider, 'hooks', body, { captureOutputs: true }).text).toContain(TEXT);
  });

  it.each([
    ['codex', 'output'],
    ['codex', 'response'],
    ['claude_code', 'response'],
    ['claude_code', 'body'],
    ['cursor', 'gen_ai.completion.0.content'],
    ['cursor', 'gen_ai.output.messages'],
    ['cursor', 'langsmith.metadata.tool_output'],
  ] as const)('[D32] %s: %s of a log record', (provider, name) => {
    expect(attributesOf(scrub(provider, 'logs', log({ [name]: TEXT })))[name]).toBe(OUTPUT_MARK);
  });

  it('[D32] arguments: JSON is looked into, a patch and cut JSON are output', () => {
    const json = JSON.stringify({ cmd: 'npm test', content: TEXT });
    const kept = attributesOf(scrub('codex', 'logs', log({ arguments: json })))['arguments'];
    expect(JSON.parse(String(kept))).toStrictEqual({ cmd: 'npm test', content: OUTPUT_MARK });
    for (const text of [`*** Begin Patch\n+${TEXT}`, json.slice(0, -3)]) {
      const result = attributesOf(scrub('codex', 'logs', log({ arguments: text })))['arguments'];
      expect(result).toBe(`[SUPPRESSED:output:${text.length}]`);
    }
  });

  it('[D32] a hook payload in an attribute is looked into, one that was cut is output', () => {
    const payload = JSON.stringify({ hook_event_name: 'beforeSubmitPrompt', conversation_id: 'c', prompt: TEXT });
    const kept = attributesOf(scrub('cursor', 'logs', log({ 'cursor.log.payload': payload })))['cursor.log.payload'];
    expect(JSON.parse(String(kept))).toMatchObject({ conversation_id: 'c', prompt: PROMPT_MARK });
    const cut = payload.slice(0, -2);
    const result = attributesOf(scrub('cursor', 'logs', log({ 'cursor.log.payload': cut })))['cursor.log.payload'];
    expect(result).toBe(`[SUPPRESSED:output:${cut.length}]`);
  });

  it('[D32] a patch is output wherever it stands', () => {
    const command = `apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: a\n+${TEXT}\n*** End Patch\nEOF`;
    const { at } = scrub('codex', 'hooks', { hook_event_name: 'PreToolUse', tool_input: { command } });
    expect(at('tool_input', 'command')).toBe(`[SUPPRESSED:output:${command.length}]`);
  });

  it('[D32] Claude’s span events tool.output; other span events keep their words', () => {
    const events = [
      spanEvent('tool.output', { output: TEXT, output_truncated: false }),
      spanEvent('gen_ai.request.attempt', { attempt: 1, client_request_id: 'r' }),
    ];
    const { text, at, records } = scrub('claude_code', 'traces', span({}, { events }));
    expect(text).not.toContain(TEXT);
    expect(records[0]!.outputSuppressed).toBe(true);
    const kept = at('resourceSpans', 0, 'scopeSpans', 0, 'spans', 0, 'events') as {
      name: string;
      attributes: unknown[];
    }[];
    expect(kept.map(({ name }) => name)).toStrictEqual(['tool.output', 'gen_ai.request.attempt']);
    expect(JSON.stringify(kept[1])).toContain('"r"');
    expect(JSON.stringify(kept[0])).toContain('boolValue');
  });

  it('[D32] the bodies of Cursor’s conversation records, by who speaks', () => {
    const marks = { 'cursor.conversation.message.id': 'm', 'cursor.conversation.provenance': 'cloud_agent' };
    const io = { ...marks, 'cursor.conversation.tool_io.direction': 'result' };
    const at = (own: Record<string, string>, options = {}) =>
      scrub('cursor', 'logs', log(own, {}, TEXT), options).at(
        'resourceLogs',
        0,
        'scopeLogs',
        0,
        'logRecords',
        0,
        'body',
        'stringValue',
      );
    expect(at({ 'cursor.event.id': 'e' })).toBe(TEXT);
    expect(at(marks)).toBe(PROMPT_MARK);
    expect(at(io)).toBe(OUTPUT_MARK);
    expect(at({ ...io, 'event.name': 'cursor.conversation.tool_io' }, { captureOutputs: true })).toBe(TEXT);
    // Nothing tells whose message it is: both switches must be on.
    expect(at(marks, { capturePrompts: true })).toBe(OUTPUT_MARK);
    expect(at(marks, { capturePrompts: true, captureOutputs: true })).toBe(TEXT);
  });
});

describe('shapes', () => {
  it('[D30] keep keys that are identifiers, numbers and booleans; other keys become a marker', () => {
    const body = {
      hook_event_name: 'PostToolUse',
      tool_response: { numLines: 3, isImage: false, none: null, [TEXT]: 1, 'a.b-c_D1': { x: TEXT } },
    };
    const { at } = scrub('claude_code', 'hooks', body);
    expect(at('tool_response')).toStrictEqual({
      numLines: 3,
      isImage: false,
      none: null,
      [OUTPUT_MARK]: 1,
      'a.b-c_D1': { x: OUTPUT_MARK },
    });
  });

  it('[D30] metadata stays: names, ids, durations, tokens, success, error types, commands, paths', () => {
    const own = {
      'event.name': 'tool_result',
      tool_name: 'Bash',
      duration_ms: '12',
      success: 'false',
      error_type: 'ShellError',
      tool_parameters: JSON.stringify({ full_command: 'npm test', description: 'Run tests' }),
    };
    const scrubbed = scrub('claude_code', 'logs', log(own));
    expect(attributesOf(scrubbed)).toStrictEqual(own);
    expect(scrubbed.records[0]).toStrictEqual({ promptSuppressed: false, outputSuppressed: false, redactions: 0 });
  });

  it('an unknown text is kept up to 256 bytes and is output beyond, whoever sends it', () => {
    const [short, long] = ['a '.repeat(128), 'a '.repeat(129)];
    const attributes = attributesOf(scrub('codex', 'logs', log({ short, long, 'session.id': long, command: long })));
    expect(attributes).toStrictEqual({
      short,
      long: '[SUPPRESSED:output:258]',
      'session.id': '[SUPPRESSED:output:258]',
      command: long,
    });
    expect(scrub('codex', 'traces', span({}, { name: long })).text).not.toContain(long);
    expect(scrub('claude_code', 'hooks', { hook_event_name: 'Custom', sandbox: { notes: long } }).text).not.toContain(
      long,
    );
  });

  it('a resource’s withheld text marks all its records', () => {
    const { records } = scrub('codex', 'logs', log({ a: 1 }, { resource: { notes: 'b '.repeat(200) } }));
    expect(records[0]).toMatchObject({ outputSuppressed: true });
  });

  it('a metric keeps its own words', () => {
    const metric = {
      name: 'm',
      unit: '1',
      description: 'd'.repeat(300),
      sum: { dataPoints: [{ asInt: '1', attributes: [{ key: 'tool', value: { stringValue: 'Edit' } }] }] },
    };
    const body = {
      resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: { name: 's' }, metrics: [metric] }] }],
    };
    const { text, records } = scrub('codex', 'metrics', body);
    expect(text).toContain('"Edit"');
    expect(text).toContain('d'.repeat(300));
    expect(records[0]!.outputSuppressed).toBe(false);
  });
});

describe('error texts', () => {
  const error = (text: string, options = {}) => {
    const scrubbed = scrub('claude_code', 'hooks', { hook_event_name: 'PostToolUseFailure', error: text }, options);
    return { error: scrubbed.at('error'), marked: scrubbed.records[0]!.outputSuppressed };
  };

  it('keep their first line; the rest is output', () => {
    expect(error(`Exit code 3\n${TEXT}`)).toStrictEqual({ error: 'Exit code 3', marked: true });
    expect(error('File does not exist.')).toStrictEqual({ error: 'File does not exist.', marked: false });
    expect(error(`Exit code 3\n${TEXT}`, { captureOutputs: true })).toStrictEqual({
      error: `Exit code 3\n${TEXT}`,
      marked: false,
    });
  });

  it('keep at most 300 bytes of it, cut at a character, redacted first', () => {
    expect(error('é'.repeat(200))).toStrictEqual({ error: 'é'.repeat(150), marked: true });
    expect(error(`${'x'.repeat(285)} password=Hunter2x9`).error).toBe(`${'x'.repeat(285)} password=[REDA`);
  });

  it('a JSON payload says its kind and message, the payload is output', () => {
    const payload = {
      type: 'response.failed',
      response: {
        output: [{ text: TEXT }],
        instructions: TEXT,
        error: { code: 'server_error', message: `overloaded\n${TEXT}` },
      },
    };
    const scrubbed = scrub('codex', 'logs', log({ 'error.message': JSON.stringify(payload) }));
    expect(attributesOf(scrubbed)['error.message']).toBe('server_error: overloaded');
    expect(scrubbed.records[0]!.outputSuppressed).toBe(true);
    const silent = scrub('codex', 'logs', log({ 'error.message': JSON.stringify({ items: [TEXT] }) }));
    expect(silent.text).not.toContain(TEXT);
  });

  it('a span’s status message is one', () => {
    const { text } = scrub('claude_code', 'traces', span({}, { status: { code: 2, message: `boom\n${TEXT}` } }));
    expect(text).toContain('"boom"');
    expect(text).not.toContain(TEXT);
  });
});

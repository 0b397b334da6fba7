/** The same for Codex and Cursor (event-types.test.ts): documented events that no capture holds. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentedEvent, expectEvent, OUTPUT, PROMPT } from './support/documented-event.ts';
import { logsRequest, tracesRequest } from './support/otlp.ts';
import { type RunningServer, rowOf, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const CODEX_LOGS: readonly DocumentedEvent[] = [
  [
    'codex.tool_result',
    { tool_name: 'shell', success: 'false', duration_ms: '12', output: `Process exited with code 2\n${OUTPUT}` },
    { event_type: 'tool_result', exit_code: 2, success: false, duration_ms: 12 },
  ],
  [
    'codex.tool_result',
    { tool_name: 'shell', success: 'true', output: `{"output":"${OUTPUT}","metadata":{"exit_code":2}}` },
    { event_type: 'tool_result', exit_code: 2, success: false },
  ],
  [
    'codex.tool_result',
    { tool_name: 'apply_patch', call_id: 'c1', arguments: `*** Begin Patch\n-${OUTPUT}\n*** End Patch` },
    { tool_use_id: 'c1', tool_name: 'apply_patch' },
  ],
  [
    'codex.skill_invocation',
    { 'turn.id': 't1', 'skill.name': 'deploy', 'skill.scope': 'repo', 'skill.invocation_type': 'explicit' },
    { event_type: 'other', skill_name: 'deploy', skill_scope: 'repo', skill_trigger: 'explicit', turn_id: 't1' },
  ],
  ['codex.turn_cost', { 'usage.estimated_usd': 0.0123 }, { event_type: 'other', cost_usd: 0.0123 }],
  ['codex.websocket_request', { success: 'true' }, { event_type: 'api_request', success: true }],
  [
    'codex.websocket_request',
    { success: 'false', 'error.message': 'boom' },
    { event_type: 'api_error', success: false, error_message: 'boom' },
  ],
  ['codex.websocket_connect', { success: 'true' }, { event_type: 'other' }],
  [
    'codex.api_request',
    { 'http.response.status_code': 429, attempt: 0 },
    { event_type: 'api_error', status_code: 429, attempt: 0 },
  ],
  [
    'codex.api_request',
    { 'http.response.status_code': '200', attempt: '1' },
    { event_type: 'api_request', status_code: 200, attempt: 1 },
  ],
  [
    'codex.sse_event',
    {
      'event.kind': 'response.completed',
      input_token_count: 100,
      output_token_count: 20,
      cached_token_count: '80',
      reasoning_token_count: '5',
    },
    { event_type: 'api_request', input_tokens: 100, output_tokens: 20, cache_read_tokens: 80, reasoning_tokens: 5 },
  ],
  ['codex.sse_event', { 'event.kind': 'response.output_text.delta', duration_ms: '1' }, { event_type: 'other' }],
  [
    'codex.user_prompt',
    { prompt_length: '41', prompt: PROMPT },
    { event_type: 'user_prompt', prompt_text: '', prompt_length: 41 },
  ],
  [
    'codex.agent_response',
    { response: OUTPUT, response_length: 30 },
    { event_type: 'assistant_response', output_snippet: '' },
  ],
  ['codex.guardian_assessment', { rationale: OUTPUT.repeat(20) }, { event_type: 'other' }],
  [
    'codex.conversation_starts',
    { 'user.email': 'a@b.c', reasoning_effort: 'high' },
    { event_type: 'session_start', user_email: 'a@b.c', effort: 'high' },
  ],
];

const CODEX_HOOKS: readonly DocumentedEvent[] = [
  ['Interrupt', { turn_id: 't1', model: 'gpt' }, { event_type: 'turn_end', turn_id: 't1', model: 'gpt' }],
  [
    'PreToolUse',
    {
      tool_name: 'apply_patch',
      tool_use_id: 'c3',
      tool_input: { command: `*** Begin Patch\n+${OUTPUT}\n*** End Patch` },
    },
    { event_type: 'tool_start', tool_use_id: 'c3' },
  ],
  [
    'PermissionRequest',
    { tool_name: 'Bash', tool_input: { command: 'curl x', description: 'net' } },
    { event_type: 'permission_request', command: 'curl x' },
  ],
  [
    'SubagentStop',
    { agent_id: 'a', agent_type: 'worker', last_assistant_message: OUTPUT },
    { event_type: 'subagent_end', agent_id: 'a', agent_name: 'worker' },
  ],
];

const CURSOR_HOOKS: readonly DocumentedEvent[] = [
  [
    'beforeMCPExecution',
    { tool_name: 'create_issue', tool_input: '{"title":"x"}', url: 'https://mcp.test/x' },
    { event_type: 'tool_start', mcp_tool: 'create_issue' },
  ],
  [
    'beforeMCPExecution',
    { tool_name: 'create_issue', tool_input: '{"title":"x"}', command: 'npx -y issue-server' },
    {
      event_type: 'tool_start',
      tool_name: 'create_issue',
      mcp_tool: 'create_issue',
      command: '',
      attributes: expect.objectContaining({ command: 'npx -y issue-server' }),
    },
  ],
  [
    'afterMCPExecution',
    { tool_name: 'create_issue', result_json: OUTPUT, duration: 77 },
    { event_type: 'tool_result', mcp_tool: 'create_issue', duration_ms: 77 },
  ],
  ['beforeTabFileRead', { file_path: '/f', content: OUTPUT }, { event_type: 'tool_start', file_path: '/f' }],
  [
    'afterTabFileEdit',
    { file_path: '/f', edits: [{ old_string: OUTPUT, new_string: OUTPUT }] },
    { event_type: 'file_edit', file_path: '/f' },
  ],
  [
    'subagentStart',
    { subagent_id: 's1', subagent_type: 'explore', task: PROMPT, tool_call_id: 'tc' },
    { event_type: 'subagent_start', agent_id: 's1', agent_name: 'explore', tool_use_id: 'tc' },
  ],
  [
    'subagentStop',
    { subagent_type: 'explore', status: 'completed', task: PROMPT, summary: OUTPUT, duration_ms: 99 },
    { event_type: 'subagent_end', duration_ms: 99, success: true },
  ],
  ['afterAgentThought', { text: OUTPUT, duration_ms: 5 }, { event_type: 'assistant_response', duration_ms: 5 }],
  [
    'postToolUseFailure',
    {
      tool_name: 'Shell',
      tool_use_id: 't7',
      error_message: `it failed\n${OUTPUT}`,
      failure_type: 'timeout',
      duration: 8,
    },
    { event_type: 'tool_result', success: false, error_type: 'timeout', error_message: 'it failed', duration_ms: 8 },
  ],
  [
    'postToolUse',
    { tool_name: 'Shell', tool_use_id: 't8', tool_output: `{"output":"${OUTPUT}","exitCode":7}` },
    { event_type: 'tool_result', exit_code: 7, success: false },
  ],
  [
    'postToolUse',
    { tool_name: 'MCP:list', tool_use_id: 't9', tool_output: `{"content":[{"text":"${OUTPUT}"}],"isError":true}` },
    { event_type: 'tool_result', mcp_tool: 'list', success: false },
  ],
  ['stop', { status: 'error', loop_count: 0 }, { event_type: 'turn_end', success: false }],
  ['newHook', { zip: 1 }, { event_type: 'other', event_name: 'newHook' }],
];

const CURSOR_LOGS: readonly DocumentedEvent[] = [
  [
    'grok_bot_tool_result',
    { 'cursor.tool.name': 'shell', 'cursor.tool.status': 'failure', 'cursor.grok_bot.tool_result.duration_ms': 12 },
    { event_type: 'tool_result', tool_name: 'shell', success: false, duration_ms: 12 },
  ],
  ['grok_bot_shell_command', { 'cursor.tool.name': 'shell' }, { event_type: 'other' }],
  [
    'hook_execution_complete',
    { 'cursor.hook.outcome': 'timeout', 'cursor.hook.duration_ms': 1234 },
    { event_type: 'hook_execution', success: false, duration_ms: 1234 },
  ],
  ['cloud_agent_mcp_auth_error', { 'cursor.mcp.server.name': 'gh' }, { event_type: 'other', mcp_server: 'gh' }],
  [
    'hook_execution_complete',
    { 'cursor.hook.name': 'preToolUse', 'cursor.hook.type': 'pre_tool_use', 'cursor.hook.outcome': 'blocked' },
    { event_type: 'hook_execution', event_name: 'hook_execution_complete', success: false },
  ],
  [
    PROMPT,
    { 'cursor.conversation.provenance': 'user', 'cursor.conversation.message.id': 'm1' },
    { event_type: 'user_prompt', prompt_text: '', prompt_length: PROMPT.length },
  ],
  [
    OUTPUT,
    {
      'cursor.conversation.tool_io.direction': 'result',
      'cursor.conversation.provenance': 'x',
      'cursor.tool.name': 'shell',
      'cursor.tool.status': 'success',
    },
    { event_type: 'tool_result', tool_name: 'shell', success: true },
  ],
];

describe('documented events without a capture', () => {
  it.each(CODEX_LOGS)('Codex log %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/codex/logs',
      logsRequest([{ attributes: { 'event.name': name, 'conversation.id': 'c', ...fields } }]),
      { session_id: 'c', event_name: name, ...expected },
    ),
  );
  it.each(CODEX_HOOKS)('Codex hook %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/codex/hooks',
      { hook_event_name: name, session_id: 's', cwd: '/p', ...fields },
      { session_id: 's', cwd: '/p', ...expected },
    ),
  );
  it.each(CURSOR_LOGS)('Cursor log %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/cursor/logs',
      logsRequest([
        {
          body: name,
          attributes: { 'cursor.event.id': `id:${name.length}`, 'cursor.conversation.id': 'k', ...fields },
        },
      ]),
      { session_id: 'k', ...expected },
    ),
  );
  it.each(CURSOR_HOOKS)('Cursor hook %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/cursor/hooks',
      { hook_event_name: name, conversation_id: 'k', generation_id: 'g', ...fields },
      { session_id: 'k', turn_id: 'g', event_name: name, ...expected },
    ),
  );

  it.each(['stop', 'error', 'preToolUse'])('a Cursor message of one word is no name of an event: %s', async (word) => {
    const own = { 'cursor.conversation.id': 'k', 'cursor.conversation.message.id': `m-${word}` };
    const { row, raw } = await rowOf(server, '/v1/otel/cursor/logs', logsRequest([{ body: word, attributes: own }]));
    expect(row).toMatchObject({ event_type: 'user_prompt', event_name: 'conversation.user_message', prompt_text: '' });
    expect(raw).not.toContain(`"${word}"`);
  });

  it('a Cursor message that only its name tells is withheld like any other', () =>
    expectEvent(
      server,
      '/v1/otel/cursor/logs',
      logsRequest([{ body: PROMPT, eventName: 'cursor.conversation.user_message' }]),
      { event_type: 'user_prompt', prompt_text: '' },
    ));

  it.each([
    ['failed', false],
    ['completed', true],
  ])('a span of a Codex hook that %s', (outcome, success) =>
    expectEvent(
      server,
      '/v1/otel/codex/traces',
      tracesRequest([{ name: 'codex.hooks.command', attributes: { 'hook.command_outcome': outcome } }]),
      { event_type: 'hook_execution', success },
    ),
  );
});

/**
 * Claude Code's documented events that no capture holds, one request each: type, name and columns as its reference says,
 * and nothing of prompts or outputs with no flags set.
 */

import { afterAll, beforeAll, describe, it } from 'vitest';
import { type DocumentedEvent, expectEvent, OUTPUT, PROMPT, SECRET } from './support/documented-event.ts';
import { logsRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const CLAUDE_LOGS: readonly DocumentedEvent[] = [
  [
    'api_refusal',
    { request_id: 'req_1', attempt: 1 },
    { event_type: 'api_error', api_request_id: 'req_1', attempt: 1 },
  ],
  ['api_request_body', { body: `{"messages":[{"content":"${PROMPT}"}]}`, model: 'm' }, { event_type: 'api_request' }],
  ['api_response_body', { body: OUTPUT, request_id: 'req_2' }, { event_type: 'api_request', api_request_id: 'req_2' }],
  [
    'compaction',
    { success: 'true', duration_ms: '4521', pre_tokens: '9' },
    { event_type: 'compaction', success: true, duration_ms: 4521 },
  ],
  ['at_mention', { mention_type: 'file', success: 'true' }, { event_type: 'other', success: true }],
  [
    'permission_mode_changed',
    { from_mode: 'default', to_mode: 'plan' },
    { event_type: 'permission_mode_changed', permission_mode: 'plan' },
  ],
  [
    'auth',
    { action: 'login', success: 'false', status_code: '401' },
    { event_type: 'auth', success: false, status_code: 401 },
  ],
  ['internal_error', { error_name: 'TypeError' }, { event_type: 'api_error' }],
  [
    'feedback_survey',
    { event_type: 'appeared', response: 'good' },
    { event_type: 'other', event_name: 'feedback_survey' },
  ],
  ['retention_sweep', { result: 'complete', period_days: 30 }, { event_type: 'other' }],
  ['system_prompt', { system_prompt: PROMPT, system_prompt_length: '44' }, { event_type: 'other' }],
  ['tool', { tool_name: 'Bash', tool: OUTPUT.repeat(20) }, { event_type: 'other', tool_name: 'Bash' }],
  ['plugin_installed', { 'plugin.name': 'x', 'marketplace.is_official': 'true' }, { event_type: 'plugin_event' }],
  ['hook_plugin_metrics', { plugin_id: 'a@b', lints: 3, ok: true }, { event_type: 'hook_execution' }],
  [
    'quantum_flux',
    { duration_ms: '9', flux: { a: [1, 'x'] } },
    { event_type: 'other', event_name: 'quantum_flux', duration_ms: 9 },
  ],
  [
    'mcp_server_connection',
    { status: 'failed', duration_ms: '30001' },
    { event_type: 'mcp_connection', success: false, duration_ms: 30001 },
  ],
  [
    'tool_decision',
    { decision: 'reject', source: 'user_reject', permission_mode: 'default' },
    {
      event_type: 'permission_decision',
      decision: 'reject',
      decision_source: 'user_reject',
      permission_mode: 'default',
    },
  ],
  [
    'tool_result',
    { tool_name: 'mcp_tool', success: 'false', tool_parameters: '{"mcp_server_name":"gh","mcp_tool_name":"list"}' },
    { event_type: 'tool_result', success: false, mcp_server: 'gh', mcp_tool: 'list' },
  ],
  [
    'tool_result',
    {
      tool_name: 'Bash',
      error: `Exit code 127\n${OUTPUT}`,
      tool_parameters: `{"full_command":"foo --token=${SECRET}"}`,
    },
    { error_message: 'Exit code 127', tool_name: 'Bash' },
  ],
  [
    'tool_result',
    { tool_name: 'Write', tool_input: `{"file_path":"/a.py","content":"${OUTPUT}"}` },
    { file_path: '/a.py' },
  ],
  [
    'tool_result',
    { tool_name: 'Bash', tool_input: `{"command":"ls","x":"${OUTPUT}… [cut` },
    { event_type: 'tool_result' },
  ],
  [
    'skill_activated',
    { 'skill.name': 'pdf', 'skill.source': 'userSettings', invocation_trigger: 'nested-skill' },
    { event_type: 'skill_activated', skill_name: 'pdf', skill_scope: 'user', skill_trigger: 'nested-skill' },
  ],
  [
    'subagent_completed',
    { agent_type: 'Explore', duration_ms: 350 },
    { event_type: 'subagent_end', agent_name: 'Explore', duration_ms: 350 },
  ],
];

const CLAUDE_HOOKS: readonly DocumentedEvent[] = [
  ['Setup', { trigger: 'init' }, { event_type: 'session_start' }],
  // A hook of the user's own, with the clock of Python's time_ns().
  ['Stop', { timestamp: 1_795_348_078_815_000_000 }, { timestamp: '2026-11-22 11:47:58.815000' }],
  ['UserPromptExpansion', { command_args: PROMPT, prompt: PROMPT }, { event_type: 'user_prompt', prompt_text: '' }],
  [
    'PermissionRequest',
    { tool_name: 'Bash', tool_input: { command: 'rm -r x' } },
    { event_type: 'permission_request', command: 'rm -r x' },
  ],
  [
    'PermissionDenied',
    { tool_name: 'Bash', tool_use_id: 't2', tool_input: { command: 'rm x' } },
    { event_type: 'permission_decision', tool_use_id: 't2', decision: 'reject' },
  ],
  [
    'PostToolUseFailure',
    { tool_name: 'Bash', tool_use_id: 't4', error: `Exit code 3\n${OUTPUT}` },
    { event_type: 'tool_result', success: false, exit_code: 3 },
  ],
  ['PostToolBatch', { tool_calls: [{ tool_name: 'Bash', tool_response: OUTPUT }] }, { event_type: 'other' }],
  ['Notification', { message: PROMPT, notification_type: 'idle_prompt' }, { event_type: 'notification' }],
  ['MessageDisplay', { delta: OUTPUT, final: true, turn_id: 't' }, { event_type: 'assistant_response', turn_id: 't' }],
  [
    'SubagentStop',
    { agent_id: 'ag', agent_type: 'Explore', last_assistant_message: OUTPUT },
    { event_type: 'subagent_end', agent_id: 'ag', agent_name: 'Explore' },
  ],
  ['TaskCreated', { task_id: '1', task_subject: PROMPT, task_description: PROMPT }, { event_type: 'other' }],
  [
    'Stop',
    { last_assistant_message: OUTPUT, session_crons: [{ id: '1', prompt: PROMPT }] },
    { event_type: 'turn_end' },
  ],
  ['StopFailure', { error: 'rate_limit', last_assistant_message: OUTPUT }, { event_type: 'turn_end' }],
  ['FileChanged', { file_path: '/x.ts', event: 'change' }, { event_type: 'file_edit', file_path: '/x.ts' }],
  ['PreCompact', { trigger: 'manual', custom_instructions: PROMPT }, { event_type: 'compaction' }],
  ['PostCompact', { trigger: 'auto', compact_summary: OUTPUT }, { event_type: 'compaction' }],
  ['PreModelSwitch', { from_model: 'a', to_model: 'b' }, { event_type: 'other' }],
  ['NewThing', { zip: { a: 1 } }, { event_type: 'other', event_name: 'NewThing' }],
];

describe('documented events without a capture', () => {
  it.each(CLAUDE_LOGS)('Claude Code log %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/claude/logs',
      logsRequest([{ body: `claude_code.${name}`, attributes: { 'event.name': name, 'session.id': 's', ...fields } }]),
      { session_id: 's', ...expected },
    ),
  );
  it.each(CLAUDE_HOOKS)('Claude Code hook %s', (name, fields, expected) =>
    expectEvent(
      server,
      '/v1/otel/claude/hooks',
      { hook_event_name: name, session_id: 's', cwd: '/p', ...fields },
      { session_id: 's', cwd: '/p', event_name: name, ...expected },
    ),
  );
});

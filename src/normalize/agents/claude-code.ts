/** Claude Code: log names, span names and hook names (client 2.1.100 to 2.1.330 and the official docs). */

import type { EventType } from '../../model/identity.ts';
import { internName } from '../../model/names.ts';
import type { RecordView } from '../../model/record.ts';
import type { Dialect } from '../dialect.ts';
import { booleanOf } from '../values.ts';

const SUCCESS = internName('success');
const LLM_REQUEST = internName('claude_code.llm_request');

function refine(view: RecordView, nameId: number, type: EventType): EventType {
  if (nameId !== LLM_REQUEST) return type;
  const success = view.attribute(SUCCESS);
  const failed = view.statusCode === 2 || (success >= 0 && booleanOf(view.tape, success) === 0);
  return failed ? 'api_error' : type;
}

export const CLAUDE_CODE: Dialect = {
  logs: {
    user_prompt: 'user_prompt',
    assistant_response: 'assistant_response',
    tool_result: 'tool_result',
    tool_decision: 'permission_decision',
    permission_mode_changed: 'permission_mode_changed',
    api_request: 'api_request',
    api_request_body: 'api_request',
    api_response_body: 'api_request',
    api_error: 'api_error',
    api_refusal: 'api_error',
    api_retries_exhausted: 'api_error',
    internal_error: 'api_error',
    skill_activated: 'skill_activated',
    subagent_completed: 'subagent_end',
    compaction: 'compaction',
    mcp_server_connection: 'mcp_connection',
    hook_registered: 'hook_execution',
    hook_execution_start: 'hook_execution',
    hook_execution_complete: 'hook_execution',
    hook_plugin_metrics: 'hook_execution',
    plugin_installed: 'plugin_event',
    plugin_loaded: 'plugin_event',
    auth: 'auth',
    at_mention: 'other',
    managed_settings_resolved: 'other',
    feedback_survey: 'other',
    retention_sweep: 'other',
    system_prompt: 'other',
    tool: 'other',
  },
  spans: {
    'claude_code.interaction': 'turn_end',
    'claude_code.llm_request': 'api_request',
    'claude_code.tool': 'tool_result',
    'claude_code.tool.execution': 'span',
    'claude_code.tool.blocked_on_user': 'permission_decision',
    'claude_code.hook': 'hook_execution',
  },
  hooks: {
    SessionStart: 'session_start',
    Setup: 'session_start',
    SessionEnd: 'session_end',
    session_end: 'session_end',
    Stop: 'turn_end',
    StopFailure: 'turn_end',
    UserPromptSubmit: 'user_prompt',
    UserPromptExpansion: 'user_prompt',
    MessageDisplay: 'assistant_response',
    PreToolUse: 'tool_start',
    PostToolUse: 'tool_result',
    PostToolUseFailure: 'tool_result',
    PostToolBatch: 'other',
    FileChanged: 'file_edit',
    PermissionRequest: 'permission_request',
    PermissionDenied: 'permission_decision',
    SubagentStart: 'subagent_start',
    SubagentStop: 'subagent_end',
    PreCompact: 'compaction',
    PostCompact: 'compaction',
    Notification: 'notification',
    Snapshot: 'snapshot',
    snapshot: 'snapshot',
  },
  refine,
};

/** Codex: log names without `codex.`, span names and hook names (codex-cli 0.169, older names from its source). */

import type { EventType } from '../../model/identity.ts';
import { internName } from '../../model/names.ts';
import type { RecordView } from '../../model/record.ts';
import { Kind } from '../../model/tape.ts';
import type { Dialect } from '../dialect.ts';
import { booleanOf, numberOf } from '../values.ts';

const ERROR_MESSAGE = internName('error.message');
const STATUS = internName('http.response.status_code');
const SUCCESS = internName('success');
const EVENT_KIND = internName('event.kind');
const INPUT_TOKENS = internName('input_token_count');
const USAGE_INPUT = internName('gen_ai.usage.input_tokens');
const CALL_ID = internName('call_id');
const TOOL_PHASE = internName('codex.tool.phase');

const SSE_EVENT = internName('sse_event');
const API_REQUEST = internName('api_request');
const WEBSOCKET_REQUEST = internName('websocket_request');
const HANDLE_RESPONSES = internName('handle_responses');

function failed(view: RecordView): boolean {
  const { tape } = view;
  if (view.attribute(ERROR_MESSAGE) >= 0) return true;
  const status = view.attribute(STATUS);
  if (status >= 0 && numberOf(tape, status) >= 400) return true;
  const success = view.attribute(SUCCESS);
  return success >= 0 && booleanOf(tape, success) === 0;
}

/** Two `response.completed` records per model call: only the one with tokens is the usage record. */
function refineStreamEvent(view: RecordView): EventType {
  if (view.attribute(ERROR_MESSAGE) >= 0) return 'api_error';
  return view.attribute(INPUT_TOKENS) >= 0 ? 'api_request' : 'other';
}

function refineSpan(view: RecordView, nameId: number, type: EventType): EventType {
  if (nameId === HANDLE_RESPONSES) return view.attribute(USAGE_INPUT) >= 0 ? 'api_request' : 'span';
  if (type !== 'span' && type !== 'other') return type;
  const isToolCall = view.attribute(CALL_ID) >= 0 && view.attribute(TOOL_PHASE) >= 0;
  return isToolCall ? 'tool_result' : type;
}

function refine(view: RecordView, nameId: number, type: EventType): EventType {
  if (view.signal === 'traces') return refineSpan(view, nameId, type);
  if (nameId === SSE_EVENT) return refineStreamEvent(view);
  if (nameId === API_REQUEST || nameId === WEBSOCKET_REQUEST) return failed(view) ? 'api_error' : 'api_request';
  return type;
}

/** Stream events without content or usage, which MODA_DROP_STREAM_EVENTS leaves out. */
export function isContentFreeStreamEvent(view: RecordView, nameId: number): boolean {
  if (nameId !== SSE_EVENT || refineStreamEvent(view) !== 'other') return false;
  const kind = view.attribute(EVENT_KIND);
  return kind >= 0 && view.tape.kind[kind] === Kind.STRING;
}

export const CODEX: Dialect = {
  logs: {
    conversation_starts: 'session_start',
    user_prompt: 'user_prompt',
    agent_response: 'assistant_response',
    tool_result: 'tool_result',
    tool_decision: 'permission_decision',
    api_request: 'api_request',
    websocket_request: 'api_request',
    sse_event: 'other',
    skill_invocation: 'other',
    sandbox_outcome: 'other',
    turn_ttft: 'other',
    turn_cost: 'other',
    startup_phase: 'other',
    websocket_connect: 'other',
    auth_recovery: 'other',
    guardian_assessment: 'other',
    agent_communication: 'other',
    sandbox_assessment: 'other',
    // Claude's name; Codex has no native skill activation, so it is never promoted to one.
    skill_activated: 'other',
  },
  spans: {
    'session_task.turn': 'turn_end',
    handle_responses: 'span',
    'codex.hooks.command': 'hook_execution',
  },
  hooks: {
    SessionStart: 'session_start',
    SessionEnd: 'session_end',
    Stop: 'turn_end',
    Interrupt: 'turn_end',
    StopFailure: 'turn_end',
    UserPromptSubmit: 'user_prompt',
    PreToolUse: 'tool_start',
    PostToolUse: 'tool_result',
    PermissionRequest: 'permission_request',
    SubagentStart: 'subagent_start',
    SubagentStop: 'subagent_end',
    PreCompact: 'compaction',
    PostCompact: 'compaction',
  },
  refine,
};

/** Cursor: hook names, the Enterprise export's bodies, and community bridges. */

import type { EventType } from '../../model/identity.ts';
import { internName } from '../../model/names.ts';
import type { RecordView } from '../../model/record.ts';
import type { Dialect } from '../dialect.ts';

const OPERATION = internName('gen_ai.operation.name');
const AGENT_ID = internName('gen_ai.agent.id');
const SUBAGENT_NAMES = ['cursor.subagent.id', 'cursor.subagent.type', 'cursor.subagent.name'].map(internName);

/** A Map, since an operation may be called `constructor`. */
const CALLS: ReadonlyMap<string, EventType> = new Map([
  ['chat', 'api_request'],
  ['text_completion', 'api_request'],
  ['generate_content', 'api_request'],
  ['execute_tool', 'tool_result'],
]);

/** Any span without a name of its own, by `gen_ai.operation.name` (OpenTelemetry semantic conventions). */
export function typeOfGenAiSpan(view: RecordView): EventType {
  const { tape } = view;
  const operation = view.attribute(OPERATION);
  if (operation < 0 || tape.length[operation]! > 32) return 'span';
  const word = tape.text(tape.start[operation]!, tape.length[operation]!);
  if (word === 'invoke_agent') {
    const isSubagent = view.attribute(AGENT_ID) >= 0 || SUBAGENT_NAMES.some((name) => view.attribute(name) >= 0);
    return isSubagent ? 'subagent_end' : 'turn_end';
  }
  return CALLS.get(word) ?? 'span';
}

const HOOKS: Readonly<Record<string, EventType>> = {
  sessionStart: 'session_start',
  sessionEnd: 'session_end',
  stop: 'turn_end',
  beforeSubmitPrompt: 'user_prompt',
  afterAgentResponse: 'assistant_response',
  afterAgentThought: 'assistant_response',
  preToolUse: 'tool_start',
  beforeShellExecution: 'tool_start',
  beforeMCPExecution: 'tool_start',
  beforeReadFile: 'tool_start',
  beforeTabFileRead: 'tool_start',
  postToolUse: 'tool_result',
  postToolUseFailure: 'tool_result',
  afterShellExecution: 'tool_result',
  afterMCPExecution: 'tool_result',
  afterFileEdit: 'file_edit',
  afterTabFileEdit: 'file_edit',
  subagentStart: 'subagent_start',
  subagentStop: 'subagent_end',
  preCompact: 'compaction',
};

export const CURSOR: Dialect = {
  logs: {
    api_request: 'api_request',
    'api.request': 'api_request',
    api_error: 'api_error',
    'api.error': 'api_error',
    skill_activated: 'skill_activated',
    'skill.activated': 'skill_activated',
    hook_execution_complete: 'hook_execution',
    'hook.execution_complete': 'hook_execution',
    plugin_installed: 'plugin_event',
    'plugin.installed': 'plugin_event',
    'conversation.user_message': 'user_prompt',
    'conversation.assistant_message': 'assistant_response',
    'conversation.tool_io': 'tool_result',
    grok_bot_tool_result: 'tool_result',
    // A bridge that forwards hooks as logs names the hook in the record.
    ...HOOKS,
  },
  spans: {},
  hooks: HOOKS,
};

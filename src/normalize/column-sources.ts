/**
 * Which attribute names fill which column of coding_agent_events, first name wins. Identity columns look at the name
 * first and then at the innermost scope; all others at the innermost scope first and then at the name.
 */

import { eventColumn } from '../model/event.ts';
import { internName, NAMES_MAX } from '../model/names.ts';
import { CODING_AGENT_EVENTS, type ColumnKind } from '../model/schema.ts';

interface ColumnSource {
  readonly column: string;
  readonly names: readonly string[];
  /** Names outrank scopes (acceptance 23). */
  readonly identity?: boolean;
}

const SOURCES: readonly ColumnSource[] = [
  {
    column: 'session_id',
    names: [
      'session.id',
      'session_id',
      'conversation.id',
      'conversation_id',
      'cursor.conversation.id',
      'langsmith.trace.session_id',
      'gen_ai.conversation.id',
    ],
  },
  { column: 'prompt_id', names: ['prompt.id', 'prompt_id'] },
  {
    column: 'turn_id',
    names: ['turn.id', 'turn_id', 'generation_id', 'cursor.generation.id', 'cursor.grok_bot.turn.id'],
  },
  { column: 'agent_id', names: ['agent_id', 'gen_ai.agent.id', 'subagent_id'] },
  { column: 'api_request_id', names: ['request_id', 'gen_ai.response.id', 'cursor.request.id', 'auth.request_id'] },
  { column: 'event_sequence', names: ['event.sequence', 'cursor.grok_bot.event.sequence'] },
  { column: 'org_id', names: ['org_id', 'org.id', 'company.id', 'organization.id'], identity: true },
  { column: 'project_id', names: ['project_id', 'project.id', 'moda.project_id'], identity: true },
  { column: 'user_id', names: ['moda.user_id', 'enduser.id', 'user.id', 'cursor.user.id'], identity: true },
  {
    column: 'user_email',
    names: ['user.email', 'enduser.email', 'user_email', 'cursor.user.email'],
    identity: true,
  },
  { column: 'repo', names: ['repo'], identity: true },
  { column: 'branch', names: ['branch'], identity: true },
  { column: 'cwd', names: ['cwd'] },
  { column: 'environment', names: ['deployment.environment.name', 'deployment.environment', 'env'] },
  { column: 'app_version', names: ['app.version', 'cursor_version', 'service.version'] },
  { column: 'entrypoint', names: ['app.entrypoint', 'originator', 'cursor.entrypoint'] },
  { column: 'model', names: ['model', 'gen_ai.response.model', 'gen_ai.request.model', 'cursor.model.name'] },
  { column: 'effort', names: ['effort', 'reasoning_effort', 'model_reasoning_effort'] },
  { column: 'query_source', names: ['query_source', 'query_source_safe'] },
  { column: 'tool_name', names: ['tool_name', 'gen_ai.tool.name', 'cursor.tool.name', 'tool.name'] },
  {
    column: 'tool_use_id',
    names: [
      'tool_use_id',
      'gen_ai.tool.call.id',
      'call_id',
      'tool.call_id',
      'tool_call_id',
      'cursor.grok_bot.tool_call.id',
    ],
  },
  {
    column: 'mcp_server',
    names: [
      'mcp_server_name',
      'mcp_server.name',
      'mcp_server',
      'cursor.mcp.server.name',
      'mcp.server.name',
      'anthropic.mcp.server.name',
      'cursor.mcp.server',
    ],
  },
  { column: 'mcp_tool', names: ['mcp_tool_name', 'mcp_tool.name', 'mcp_tool', 'cursor.mcp.tool'] },
  { column: 'file_path', names: ['file_path'] },
  { column: 'command', names: ['full_command', 'bash_command', 'command'] },
  { column: 'success', names: ['success', 'cursor.tool.success'] },
  {
    column: 'duration_ms',
    names: [
      'duration_ms',
      'duration',
      'total_duration_ms',
      'interaction.duration_ms',
      'cursor.hook.duration_ms',
      'cursor.cloud_agent.setup.duration_ms',
      'cursor.grok_bot.tool_result.duration_ms',
      'cursor.tool.duration_ms',
    ],
  },
  { column: 'ttft_ms', names: ['ttft_ms'] },
  { column: 'attempt', names: ['attempt', 'total_attempts'] },
  {
    column: 'error_type',
    names: [
      'error.type',
      'error_type',
      'error_class',
      'failure_type',
      'cursor.tool.failure_type',
      'error_code',
      'error_name',
    ],
  },
  { column: 'error_message', names: ['error', 'error.message', 'error_message', 'cursor.tool.error_message'] },
  { column: 'status_code', names: ['status_code', 'http.response.status_code'] },
  { column: 'decision', names: ['decision', 'decision_type'] },
  { column: 'decision_source', names: ['decision_source'] },
  { column: 'permission_mode', names: ['permission_mode', 'to_mode'] },
  {
    column: 'input_tokens',
    names: ['input_tokens', 'input_token_count', 'gen_ai.usage.input_tokens', 'cursor.api.request.input_tokens'],
  },
  {
    column: 'output_tokens',
    names: ['output_tokens', 'output_token_count', 'gen_ai.usage.output_tokens', 'cursor.api.request.output_tokens'],
  },
  {
    column: 'cache_read_tokens',
    names: [
      'cache_read_tokens',
      'cached_token_count',
      'gen_ai.usage.cache_read.input_tokens',
      'cursor.api.request.cache_read_tokens',
    ],
  },
  {
    column: 'cache_creation_tokens',
    names: [
      'cache_creation_tokens',
      'cache_write_token_count',
      'gen_ai.usage.cache_write.input_tokens',
      'gen_ai.usage.cache_creation.input_tokens',
      'cursor.api.request.cache_creation_tokens',
    ],
  },
  { column: 'reasoning_tokens', names: ['reasoning_token_count', 'codex.usage.reasoning_output_tokens'] },
  { column: 'cost_usd', names: ['cost_usd', 'usage.estimated_usd'] },
  { column: 'skill_name', names: ['skill.name', 'skill_name', 'cursor.skill.name'] },
  { column: 'skill_scope', names: ['skill.scope', 'skill_scope', 'skill.source', 'cursor.skill.source'] },
  { column: 'skill_trigger', names: ['invocation_trigger', 'skill.invocation_type', 'cursor.skill.trigger'] },
  { column: 'agent_name', names: ['agent.name', 'agent_name', 'gen_ai.agent.name', 'agent_type', 'subagent_type'] },
  {
    column: 'prompt_text',
    names: ['prompt', 'prompt_text', 'user_prompt', 'cursor.prompt', 'gen_ai.prompt.0.content'],
  },
  {
    column: 'output_snippet',
    names: [
      'tool_response',
      'tool_output',
      'output',
      'result_json',
      'response',
      'text',
      'last_assistant_message',
      'delta',
      'compact_summary',
      'summary',
      'content',
      'gen_ai.output.messages',
      'langsmith.metadata.tool_output',
    ],
  },
  { column: 'prompt_length', names: ['prompt_length', 'user_prompt_length'] },
  { column: 'output_size_bytes', names: ['tool_result_size_bytes'] },
  { column: 'input_size_bytes', names: ['tool_input_size_bytes'] },
  { column: 'snapshot_commit', names: ['snapshot_commit'] },
  { column: 'snapshot_tree', names: ['snapshot_tree'] },
];

/** Column that a key fills by its number, -1 when it has none. */
export const COLUMN_OF_KEY = new Int16Array(NAMES_MAX).fill(-1);
/** Rank of the name among its column's names. */
export const RANK_OF_KEY = new Uint8Array(NAMES_MAX);
/** 1 where names outrank scopes. */
export const IS_IDENTITY = new Uint8Array(CODING_AGENT_EVENTS.columns.length);

for (const source of SOURCES) {
  const column = eventColumn(source.column);
  if (source.identity) IS_IDENTITY[column] = 1;
  source.names.forEach((name, rank) => {
    const key = internName(name);
    COLUMN_OF_KEY[key] = column;
    RANK_OF_KEY[key] = rank;
  });
}

/** How a value becomes a column: numbers, because the choice is made for every value of every record. */
export const Conversion = { TEXT: 0, BOOLEAN: 1, FLOAT: 2, INTEGER: 3 } as const;

const CONVERSIONS: Partial<Record<ColumnKind, number>> = {
  text: Conversion.TEXT,
  nullableBool: Conversion.BOOLEAN,
  nullableFloat64: Conversion.FLOAT,
};
const INTEGER_MAX: Partial<Record<ColumnKind, number>> = {
  nullableUint16: 0xffff,
  nullableUint32: 0xffffffff,
  nullableInt32: 0x7fffffff,
};

/** Conversion by column. */
export const CONVERSION_OF_COLUMN = Uint8Array.from(
  CODING_AGENT_EVENTS.columns,
  (column) => CONVERSIONS[column.kind] ?? Conversion.INTEGER,
);
/** Largest integer that the column holds exactly. */
export const INTEGER_MAX_OF_COLUMN = Float64Array.from(
  CODING_AGENT_EVENTS.columns,
  (column) => INTEGER_MAX[column.kind] ?? Number.MAX_SAFE_INTEGER,
);

/**
 * What each field may hold: one table (agent, signal, event, tool, path) → class, after the agents' own documents and captures.
 * The capture rule and the scrubber ask it; nothing else decides what is a prompt and what is output.
 */

import type { Provider, Signal } from '../model/identity.ts';
import { METADATA_NAMES } from './metadata-names.ts';

/**
 * UNKNOWN: not in the table; kept when short, output when longer than UNKNOWN_STRING_BYTES_MAX. PLAIN: an identifier,
 * number or enumeration, the same; its key never marks its value as a secret. SCANNED: kept at any length, secrets
 * redacted. ARGUMENTS: a tool's arguments: an object is looked into, a text that is no JSON (a patch, cut JSON) is output.
 * ERROR: the first line stays, the rest is output. PROMPT, OUTPUT: kept under the capture rule only.
 */
export const FieldClass = {
  UNKNOWN: 0,
  PLAIN: 1,
  SCANNED: 2,
  ARGUMENTS: 3,
  ERROR: 4,
  PROMPT: 5,
  OUTPUT: 6,
} as const;
export type FieldClassValue = (typeof FieldClass)[keyof typeof FieldClass];

export interface FieldRule {
  readonly agent: Provider | '*';
  readonly signal: Signal | '*';
  /** Native event name (span event name inside span events), or `*`. */
  readonly event: string;
  /**
   * An attribute or payload key at any depth; `name*` is a prefix, `outer/inner` a key anywhere below the container
   * `outer`, `*` every key. Of several rows that match, the last one in the table wins.
   */
  readonly path: string;
  readonly fieldClass: FieldClassValue;
  /** The record's tool, where only its words are meant. */
  readonly tool?: string;
}

/** A key whose only content is text of the user, of the operator's instructions, or made from it. */
const PROMPTS = [
  'prompt',
  'prompt_text',
  'user_prompt',
  'command_args',
  'task',
  'task_subject',
  'task_description',
  'session_title',
  'user_message',
  'initial_user_message',
  'initial_prompt',
  'user_input',
  'input_text',
  'event.prompt',
  'followup_message',
  'input_messages',
  'custom_instructions',
  'instructions',
  'system_prompt',
  'system_prompt_preview',
  'user_system_prompt',
  'system_instructions',
  'system_reminders',
  'new_context',
  'cursor.prompt',
  'cursor.subagent.task',
  'gen_ai.prompt',
  'gen_ai.prompt.*',
  'gen_ai.content.prompt',
  'user.prompt',
  'prompt.text',
  'gen_ai.input.messages',
  'gen_ai.system_instructions',
  'input.value',
  'llm.input_messages*',
  'llm.prompts*',
  'traceloop.entity.input',
  'background_tasks/description',
  'background_tasks/prompt',
  'session_crons/prompt',
  'session_crons/description',
  // What the user answers a tool that asks.
  'answers',
] as const;

/** What a tool or the model produced, and the contents of files on their way in either direction. */
const OUTPUTS = [
  'tool_response',
  'tool_result',
  'tool_output',
  'tool_calls',
  'stdout',
  'stderr',
  'content',
  'contents',
  'original_file',
  'structured_patch',
  'result_json',
  'result',
  'output',
  'response',
  'last_assistant_message',
  'assistant_message',
  'agent_message',
  'agent_response',
  'message',
  'text',
  'delta',
  'summary',
  'compact_summary',
  'thinking',
  'reasoning',
  'rationale',
  'plan',
  'explanation',
  'active_form',
  'questions',
  // What is typed into a running command.
  'chars',
  'body',
  'tool',
  'tools',
  'tool_definitions',
  'additional_context',
  'system_message',
  'old_string',
  'new_string',
  'old_str',
  'new_str',
  'old_line',
  'new_line',
  'old_content',
  'new_content',
  'new_source',
  'file_text',
  'file_content',
  'insert_text',
  'code_edit',
  'edits',
  'patch',
  'diff',
  'lines',
  'snippet',
  'response.model_output',
  'completion',
  'gen_ai.completion',
  'gen_ai.completion.*',
  'gen_ai.content.completion',
  'gen_ai.event.content',
  'message.content',
  'gen_ai.output.messages',
  'gen_ai.tool.call.result',
  'gen_ai.tool.definitions',
  'output.value',
  'llm.output_messages*',
  'llm.completions*',
  'traceloop.entity.output',
  'langsmith.metadata.*',
] as const;

const ERRORS = [
  'error',
  'error.message',
  'error_message',
  'error_details',
  'auth.error',
  'cursor.tool.error_message',
  'exception.message',
  'exception.stacktrace',
] as const;

const ARGUMENTS = [
  'tool_input',
  'tool_parameters',
  'arguments',
  'input',
  'updated_input',
  'gen_ai.tool.arguments',
  'gen_ai.tool.call.arguments',
  // A whole hook payload, which a bridge may cut.
  'cursor.log.payload',
] as const;

/** Names a tool's object or place: kept at any length, since a command or a path can be long. */
const SCANNED = [
  'command',
  'full_command',
  'bash_command',
  'cmd',
  'shell_command',
  'cwd',
  'old_cwd',
  'new_cwd',
  'directory',
  'file_path',
  'paths',
  'globs',
  'pattern',
  'url',
  'url.full',
  'http.url',
  'query',
  'transcript_path',
  'agent_transcript_path',
  'workspace_roots',
  'code.file.path',
  'workspace.host_paths',
  'modified_files',
  'permission_suggestions',
  'hook_definitions',
  'mcp_servers',
] as const;

/** Keys that end in a word of a secret and never hold one. */
const PLAIN = [
  'auth.env_provider_key_name',
  'auth.header_name',
  'auth_mode',
  'auth_method',
  'token_type',
  'cursor.token.type',
  'event.name',
  'event.timestamp',
  'session.id',
  'session_id',
  'conversation.id',
  'prompt.id',
  'user.id',
  'code.module.name',
  'thread.name',
  'target',
  ...METADATA_NAMES,
];

/** Words of the list above that are tags or parts of a metric. */
const METRIC_WORDS = 'summary tool tools result output text task reasoning body message'.split(' ');

const everywhere = (fieldClass: FieldClassValue, paths: readonly string[]): FieldRule[] =>
  paths.map((path) => ({ agent: '*', signal: '*', event: '*', path, fieldClass }));

const row = (
  agent: FieldRule['agent'],
  signal: FieldRule['signal'],
  event: string,
  path: string,
  fieldClass: FieldClassValue,
): FieldRule => ({ agent, signal, event, path, fieldClass });

export const FIELD_RULES: readonly FieldRule[] = [
  ...everywhere(FieldClass.PLAIN, PLAIN),
  ...everywhere(FieldClass.SCANNED, SCANNED),
  ...everywhere(FieldClass.ARGUMENTS, ARGUMENTS),
  ...everywhere(FieldClass.ERROR, ERRORS),
  ...everywhere(FieldClass.OUTPUT, OUTPUTS),
  ...everywhere(FieldClass.PROMPT, PROMPTS),
  // The words that surround a text in a list of messages are no text.
  ...everywhere(FieldClass.PLAIN, [
    'gen_ai.prompt.*.role',
    'gen_ai.completion.*.role',
    'gen_ai.completion.*.finish_reason',
  ]),
  // Inside an error object the kind of error stays whole.
  ...everywhere(FieldClass.ERROR, ['error/*', 'error/message']),
  ...everywhere(FieldClass.SCANNED, ['error/type', 'error/code', 'error/name', 'error/status']),
  // A form that an MCP server shows: names, types and limits of its fields stay.
  ...everywhere(
    FieldClass.OUTPUT,
    ['title', 'description', 'default', 'const', 'enum', 'enum_names', 'examples'].map(
      (key) => `requested_schema/${key}`,
    ),
  ),
  // A metric is described by its emitter: only its points' attributes come from a session.
  ...METRIC_WORDS.map((path) => row('*', 'metrics', '*', path, FieldClass.UNKNOWN)),
  row('*', 'metrics', '*', 'description', FieldClass.SCANNED),
  // What the parent agent asked of it, in a few words.
  row('cursor', 'hooks', 'subagentStart', 'description', FieldClass.PROMPT),
  row('cursor', 'hooks', 'subagentStop', 'description', FieldClass.PROMPT),
  // What Claude says of itself, under words that are metadata elsewhere.
  row('claude_code', 'hooks', 'Notification', 'title', FieldClass.OUTPUT),
  row('claude_code', 'hooks', 'PermissionDenied', 'reason', FieldClass.OUTPUT),
  // What a skill is called with: words of the user. Other tools have words of a command line there.
  { ...row('*', '*', '*', 'args', FieldClass.PROMPT), tool: 'Skill' },
  // Notes on the options of a question, keyed by its text.
  { ...row('*', '*', '*', 'annotations', FieldClass.PROMPT), tool: 'AskUserQuestion' },
  // Answers of a few words.
  row('claude_code', 'logs', 'retention_sweep', 'result', FieldClass.UNKNOWN),
  row('claude_code', 'logs', 'feedback_survey', 'response', FieldClass.UNKNOWN),
  // Rendered conversations as log records or span events: who speaks stands in the event's name.
  ...['gen_ai.user.message', 'gen_ai.system.message', 'gen_ai.content.prompt'].flatMap((event) =>
    ['content', 'message.content', 'gen_ai.event.content'].map((path) => row('*', '*', event, path, FieldClass.PROMPT)),
  ),
  row('*', '*', 'tool.output', '*', FieldClass.OUTPUT),
  // Codex up to 0.107 prints its own structures: what was asked, what the model said.
  row('codex', 'traces', 'Submission', 'sub', FieldClass.PROMPT),
  row('codex', 'traces', 'Output item', 'item', FieldClass.OUTPUT),
];

/** Who sent what kind of telemetry: the closed words of routes and of the columns `provider`, `signal` and `source`. */

export const PROVIDERS = ['claude_code', 'codex', 'cursor'] as const;
export type Provider = (typeof PROVIDERS)[number];

export const SIGNALS = ['logs', 'traces', 'metrics', 'hooks'] as const;
export type Signal = (typeof SIGNALS)[number];

/** The word in the URL for each provider. */
export const PROVIDER_BY_ROUTE: Readonly<Record<string, Provider>> = {
  claude: 'claude_code',
  codex: 'codex',
  cursor: 'cursor',
};

export type Source = 'otlp' | 'coding_agent_hook';

/** `events_raw.source` for a signal. */
export function sourceOf(signal: Signal): Source {
  return signal === 'hooks' ? 'coding_agent_hook' : 'otlp';
}

/** Closed list of `coding_agent_events.event_type`. */
export const EVENT_TYPES = [
  'session_start',
  'session_end',
  'turn_end',
  'user_prompt',
  'assistant_response',
  'tool_start',
  'tool_result',
  'permission_request',
  'permission_decision',
  'permission_mode_changed',
  'api_request',
  'api_error',
  'skill_activated',
  'subagent_start',
  'subagent_end',
  'compaction',
  'file_edit',
  'mcp_connection',
  'hook_execution',
  'plugin_event',
  'notification',
  'auth',
  'snapshot',
  'span',
  'other',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** How the three agents word their hooks: names of events, where ids stand, what they read on standard output. */

import type { AgentId } from '../agents/agent.ts';

export type HookPayload = Readonly<Record<string, unknown>>;

export interface HookDialect {
  readonly agent: AgentId;
  readonly provider: string;
  readonly sessionStart: string;
  readonly sessionEnd: string;
  /** Ends a turn; also ends the session of an agent that has no session-end hook. */
  readonly stop: string;
  /** Every release that runs hooks also has a session-end hook. */
  readonly alwaysEndsSessions: boolean;
  /** Events at which the workspace may differ from what the last snapshot saw. */
  readonly snapshotEvents: ReadonlySet<string>;
  /** Standard output for an event. Plain text would enter Claude's context; Codex rejects unknown keys; Cursor wants JSON. */
  readonly answer: (event: string) => string;
}

const CLAUDE: HookDialect = {
  agent: 'claude',
  provider: 'claude_code',
  sessionStart: 'SessionStart',
  sessionEnd: 'SessionEnd',
  stop: 'Stop',
  alwaysEndsSessions: true,
  snapshotEvents: new Set([
    'SessionStart',
    'UserPromptSubmit',
    'PreToolUse',
    'PostToolUse',
    'PostToolUseFailure',
    'SubagentStop',
    'Stop',
    'SessionEnd',
  ]),
  answer: () => '',
};

const CODEX: HookDialect = {
  ...CLAUDE,
  agent: 'codex',
  provider: 'codex',
  alwaysEndsSessions: false,
  snapshotEvents: new Set([...CLAUDE.snapshotEvents, 'Interrupt']),
};

const CURSOR: HookDialect = {
  agent: 'cursor',
  provider: 'cursor',
  sessionStart: 'sessionStart',
  sessionEnd: 'sessionEnd',
  stop: 'stop',
  alwaysEndsSessions: false,
  snapshotEvents: new Set([
    'sessionStart',
    'beforeSubmitPrompt',
    'preToolUse',
    'postToolUse',
    'postToolUseFailure',
    'beforeShellExecution',
    'afterShellExecution',
    'afterMCPExecution',
    'afterFileEdit',
    'subagentStop',
    'stop',
    'sessionEnd',
  ]),
  // Never a permission: "allow" would skip the question that Cursor asks its user.
  answer: (event) => (event === 'beforeSubmitPrompt' ? '{"continue":true}' : '{}'),
};

export const DIALECTS: Readonly<Record<AgentId, HookDialect>> = { claude: CLAUDE, codex: CODEX, cursor: CURSOR };

/** Native name of the event; `hook` is the form of the public example. */
export function eventOf(payload: HookPayload): string {
  return textOf(payload['hook_event_name']) ?? textOf(payload['hook']) ?? '';
}

/** The session's id; Cursor calls it conversation. */
export function sessionOf(payload: HookPayload): string {
  return textOf(payload['session_id']) ?? textOf(payload['conversation_id']) ?? '';
}

/** Where the agent works. */
export function directoryOf(payload: HookPayload): string | undefined {
  const roots = payload['workspace_roots'];
  return textOf(payload['cwd']) ?? (Array.isArray(roots) ? textOf(roots[0]) : undefined);
}

/** The ids that join a snapshot to its event, under the names that the server reads. */
export function correlationOf(payload: HookPayload): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['prompt_id', 'turn_id', 'generation_id', 'tool_use_id', 'agent_id']) {
    const value = textOf(payload[name]);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * An event as an agent writes it: how the three word their hooks (names, ids, what they read on standard output), and the
 * body that is sent, which is what the agent wrote, byte for byte, with this machine's knowledge added behind it.
 */

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

/** Larger payloads (a written file comes three times) get their long texts cut; the server would refuse them. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const LONG_TEXT_CHARACTERS = 64 * 1024;

/**
 * A new event id: UUID version 7 (RFC 9562), its time the event's. It must be unique and need not be secret, so Math.random
 * (seeded by the system for each process) serves; loading Web Crypto for it costs as much as sending the event.
 */
export function eventIdAt(firedAtMs: number): string {
  const time = firedAtMs.toString(16).padStart(12, '0');
  const tail = `${hex(12)}${((8 + Math.floor(Math.random() * 4)) & 0xf).toString(16)}${hex(60)}`;
  const digits = `${time}7${tail}`;
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(0, -1)
    .map((start, index) => digits.slice(start, cuts[index + 1]))
    .join('-');
}

/** Random hexadecimal digits for a multiple of four bits. */
function hex(bits: number): string {
  let digits = '';
  while (digits.length * 4 < bits) digits += Math.floor(Math.random() * 16).toString(16);
  return digits;
}

/** Parses what an agent wrote; undefined when it is not a JSON object. */
export function parsePayload(text: string): HookPayload | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as HookPayload) : undefined;
  } catch {
    // The message would quote the payload.
    return undefined;
  }
}

/**
 * `text` with `fields` as further members. Members that the agent wrote itself win. Splicing instead of writing the whole
 * object anew keeps numbers that JavaScript cannot hold.
 */
export function withFields(text: string, payload: HookPayload, fields: Readonly<Record<string, unknown>>): string {
  const added = Object.entries(fields).filter(([name, value]) => value !== undefined && !Object.hasOwn(payload, name));
  if (Buffer.byteLength(text) > BODY_BYTES_MAX) {
    return JSON.stringify({ ...payload, ...Object.fromEntries(added) }, cutLongText);
  }
  if (added.length === 0) return text;
  const open = text.trimEnd().slice(0, -1).trimEnd();
  const members = JSON.stringify(Object.fromEntries(added)).slice(1);
  return `${open}${open.endsWith('{') ? '' : ','}${members}`;
}

function cutLongText(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= LONG_TEXT_CHARACTERS) return value;
  return `${value.slice(0, LONG_TEXT_CHARACTERS)}[... ${value.length - LONG_TEXT_CHARACTERS} characters cut by moda]`;
}

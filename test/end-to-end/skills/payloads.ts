/**
 * A made session as the agents send it: Claude Code's and Codex's OTLP logs with their hooks, Cursor's hooks. Shapes follow
 * the captures in test/golden; hooks carry the fields that `moda hook` adds (timestamp, event_id, repo).
 */

import { createHash } from 'node:crypto';

import type { Action, FleetSession } from '../../integration/skills/fleet.ts';
import { type LogSpec, logsRequest, type Value } from '../support/otlp.ts';

export interface Post {
  readonly path: string;
  readonly body: unknown;
}

const STEP_MS = 7_000;

interface Sending {
  readonly session: FleetSession;
  readonly logs: LogSpec[];
  readonly hooks: Record<string, unknown>[];
  atMs: number;
}

/** Requests of one session: at most one with logs, and one for each hook. */
export function postsOf(session: FleetSession): Post[] {
  const sending: Sending = { session, logs: [], hooks: [], atMs: session.startedAtMs };
  const agent = session.agent === 'claude_code' ? 'claude' : session.agent;
  hook(sending, { hook_event_name: agent === 'cursor' ? 'sessionStart' : 'SessionStart' });
  session.actions.forEach((action, index) => {
    sending.atMs += STEP_MS;
    SENDERS[session.agent](sending, action, `call-${session.id}-${index}`);
  });
  sending.atMs += STEP_MS;
  hook(sending, { hook_event_name: agent === 'cursor' ? 'sessionEnd' : 'SessionEnd', reason: 'other' });
  const resource: Record<string, Value> = {
    'service.name': agent,
    repo: session.repo,
    'user.email': `${session.user}@acme.test`,
  };
  const logs =
    sending.logs.length === 0 ? [] : [{ path: `/v1/otel/${agent}/logs`, body: logsRequest(sending.logs, resource) }];
  return [...logs, ...sending.hooks.map((body) => ({ path: `/v1/otel/${agent}/hooks`, body }))];
}

const SENDERS: Record<FleetSession['agent'], (sending: Sending, action: Action, call: string) => void> = {
  claude_code: sendClaude,
  codex: sendCodex,
  cursor: sendCursor,
};

function hook(sending: Sending, fields: Record<string, unknown>): void {
  const { session } = sending;
  const own =
    session.agent === 'cursor'
      ? { conversation_id: session.id, workspace_roots: [session.cwd], user_email: `${session.user}@acme.test` }
      : { session_id: session.id, cwd: session.cwd };
  sending.atMs += 20;
  sending.hooks.push({
    ...own,
    ...fields,
    timestamp: new Date(sending.atMs).toISOString(),
    event_id: createHash('md5').update(`${session.id} ${sending.hooks.length}`).digest('hex'),
    repo: session.repo,
    branch: 'main',
  });
}

function log(sending: Sending, name: string, attributes: Record<string, Value>): void {
  const { session } = sending;
  sending.atMs += 20;
  const time = { 'event.timestamp': new Date(sending.atMs).toISOString() };
  const isClaude = session.agent === 'claude_code';
  const id = isClaude ? { 'session.id': session.id } : { 'conversation.id': session.id };
  sending.logs.push({
    ...(isClaude && { body: `claude_code.${name}` }),
    timeUnixNano: isClaude ? `${sending.atMs}000000` : '0',
    observedTimeUnixNano: `${sending.atMs}000000`,
    attributes: { 'event.name': isClaude ? name : `codex.${name}`, ...id, ...time, ...attributes },
  });
}

function sendClaude(sending: Sending, action: Action, call: string): void {
  if (action.act === 'prompt') {
    const prompt = { 'prompt.id': `p-${call}`, prompt_length: '40', prompt: '<REDACTED>', prompt_text: '<REDACTED>' };
    log(sending, 'user_prompt', prompt);
    hook(sending, { hook_event_name: 'UserPromptSubmit', prompt_id: `p-${call}`, prompt: action.text || 'go on' });
    return;
  }
  if (action.act === 'interrupt') return;
  const tool = toolOf(action, { shell: 'Bash', edit: 'Edit', read: 'Read' });
  const input = inputOf(action, sending.session);
  const known = { tool_name: tool, tool_use_id: call };
  hook(sending, { hook_event_name: 'PreToolUse', ...known, tool_input: input });
  const isRefused = 'outcome' in action && action.outcome === 'rejected';
  const source = isRefused ? 'user_reject' : 'config';
  log(sending, 'tool_decision', { ...known, decision: isRefused ? 'reject' : 'accept', source });
  if (isRefused) return;
  const isFailed = 'outcome' in action && action.outcome === 'failed';
  log(sending, 'tool_result', {
    ...known,
    success: isFailed ? 'false' : 'true',
    duration_ms: '57',
    ...(isFailed && { error_type: 'ShellError' }),
  });
  const end = isFailed
    ? {
        hook_event_name: 'PostToolUseFailure',
        error: `Exit code ${exitCodeOf(action)}\nsecret output`,
        is_interrupt: false,
      }
    : { hook_event_name: 'PostToolUse', tool_response: { stdout: 'secret output', stderr: '', interrupted: false } };
  hook(sending, { ...known, tool_input: input, ...end });
}

function sendCodex(sending: Sending, action: Action, call: string): void {
  if (action.act === 'prompt') {
    log(sending, 'user_prompt', { prompt_length: '40', prompt: '[REDACTED]' });
    return;
  }
  if (action.act === 'interrupt') {
    hook(sending, { hook_event_name: 'Interrupt', turn_id: 't1' });
    return;
  }
  const tool = toolOf(action, { shell: 'exec_command', edit: 'apply_patch', read: 'read_file' });
  const isPatch = action.act === 'edit';
  const patch = `*** Begin Patch\n*** Update File: ${'path' in action ? action.path : ''}\n@@\n-a\n+b\n*** End Patch`;
  const hookInput = isPatch ? { command: patch } : inputOf(action, sending.session);
  const known = {
    tool_name: action.act === 'shell' ? 'Bash' : tool,
    tool_use_id: call,
    turn_id: 't1',
    tool_input: hookInput,
  };
  hook(sending, { hook_event_name: 'PreToolUse', ...known });
  const isRefused = 'outcome' in action && action.outcome === 'rejected';
  const decision = {
    tool_name: tool,
    call_id: call,
    decision: isRefused ? 'denied' : 'approved',
    source: isRefused ? 'User' : 'Config',
  };
  log(sending, 'tool_decision', decision);
  if (isRefused) return;
  const args = action.act === 'shell' ? JSON.stringify({ cmd: action.command }) : isPatch ? patch : '{}';
  const output = `Chunk ID: 3b6d7f\nWall time: 0.0000 seconds\nProcess exited with code ${exitCodeOf(action)}\nOutput:\nsecret output\n`;
  log(sending, 'tool_result', {
    tool_name: tool,
    call_id: call,
    duration_ms: '57',
    success: 'true',
    arguments: args,
    output,
  });
  hook(sending, { hook_event_name: 'PostToolUse', ...known, tool_response: 'secret output' });
}

function sendCursor(sending: Sending, action: Action, call: string): void {
  if (action.act === 'prompt') {
    hook(sending, { hook_event_name: 'beforeSubmitPrompt', prompt: action.text || 'go on', attachments: [] });
    return;
  }
  if (action.act === 'interrupt') {
    hook(sending, { hook_event_name: 'stop', status: 'aborted', loop_count: 1 });
    return;
  }
  const tool = toolOf(action, { shell: 'Shell', edit: 'Write', read: 'Read' });
  const known = {
    tool_name: tool,
    tool_use_id: call,
    tool_input: inputOf(action, sending.session),
    cwd: sending.session.cwd,
  };
  hook(sending, { hook_event_name: 'preToolUse', ...known });
  if ('outcome' in action && action.outcome === 'rejected') {
    const refusal = {
      error_message: 'User rejected',
      failure_type: 'permission_denied',
      duration: 10,
      is_interrupt: false,
    };
    hook(sending, { hook_event_name: 'postToolUseFailure', ...known, ...refusal });
    return;
  }
  if (action.act === 'shell') {
    hook(sending, { hook_event_name: 'beforeShellExecution', command: action.command, cwd: sending.session.cwd });
    hook(sending, {
      hook_event_name: 'afterShellExecution',
      command: action.command,
      output: 'secret output',
      duration: 12,
    });
  }
  const output = JSON.stringify({ exitCode: exitCodeOf(action), stdout: 'secret output' });
  hook(sending, { hook_event_name: 'postToolUse', ...known, tool_output: output, duration: 12 });
}

type Work = Exclude<Action, { act: 'prompt' } | { act: 'interrupt' }>;

function toolOf(action: Work, names: Record<Work['act'], string>): string {
  return names[action.act];
}

function inputOf(action: Work, session: FleetSession): Record<string, unknown> {
  return action.act === 'shell' ? { command: action.command } : { file_path: `${session.cwd}/${action.path}` };
}

function exitCodeOf(action: Work): number {
  return action.act === 'shell' && action.outcome === 'failed' ? (action.exitCode ?? 1) : 0;
}

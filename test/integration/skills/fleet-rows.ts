/**
 * A fleet as rows of coding_agent_events: each agent tells of a call in its own several rows (log, hooks with and without
 * an id), with the columns that ingestion fills for it. Prompt text is absent, as with capture off.
 */

import { createHash } from 'node:crypto';

import type { Action, FleetSession } from './fleet.ts';

export type EventRow = Record<string, unknown>;

const STEP_MS = 7_000;

/** Rows of one session, a session_end last; `isComplete` keeps the rows that a lossy network would lose. */
export function sessionRows(tenantId: string, session: FleetSession, isComplete = false): EventRow[] {
  const rows: EventRow[] = [];
  let atMs = session.startedAtMs;
  const emit = (ordinal: string, row: EventRow) => {
    rows.push({
      event_id: createHash('md5').update(`${session.id} ${ordinal}`).digest('base64').slice(0, 16),
      tenant_id: tenantId,
      timestamp: timeText(atMs + rows.length),
      ingested_at: timeText(atMs + 500),
      request_id: '00000000-0000-0000-0000-000000000000',
      provider: session.agent,
      session_id: session.id,
      user_email: `${session.user}@acme.test`,
      repo: session.repo,
      cwd: session.cwd,
      ...row,
    });
  };
  emit('start', { event_type: 'session_start', signal: 'hooks' });
  session.actions.forEach((action, index) => {
    atMs += STEP_MS;
    const call = `call-${session.id.slice(-12)}-${index}`;
    for (const [part, row] of actionRows(session, action, call).entries()) {
      if (isComplete || !isLost(session, index, part)) emit(`${index}.${part}`, row);
    }
  });
  atMs += STEP_MS;
  emit('end', { event_type: 'session_end', signal: 'hooks' });
  return rows;
}

/** Telemetry is not complete: one row in twenty never arrives. */
function isLost(session: FleetSession, index: number, part: number): boolean {
  return createHash('md5').update(`lost ${session.id} ${index} ${part}`).digest()[0]! < 13;
}

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
}

function actionRows(session: FleetSession, action: Action, call: string): EventRow[] {
  switch (action.act) {
    case 'prompt': {
      const text = { event_type: 'user_prompt', prompt_text: action.text, prompt_length: action.text.length || 40 };
      if (session.agent === 'cursor') return [{ ...text, signal: 'hooks' }];
      const prompt = session.agent === 'claude_code' ? { prompt_id: `p-${call}` } : {};
      return [
        { ...text, ...prompt, signal: 'logs' },
        { ...text, ...prompt, signal: 'hooks' },
      ];
    }
    case 'interrupt':
      if (session.agent === 'cursor') {
        return [
          {
            event_type: 'turn_end',
            signal: 'hooks',
            event_name: 'stop',
            success: false,
            attributes: { status: 'aborted' },
          },
        ];
      }
      return [{ event_type: 'turn_end', signal: 'hooks', event_name: 'Interrupt' }];
    case 'read':
      return toolRows(session, call, 'ok', undefined, { file_path: `${session.cwd}/${action.path}` }, [
        'Read',
        'read_file',
        'Read',
      ]);
    case 'edit':
      return toolRows(session, call, action.outcome, undefined, { file_path: `${session.cwd}/${action.path}` }, [
        'Edit',
        'apply_patch',
        'Write',
      ]);
    case 'shell':
      return toolRows(session, call, action.outcome, action.exitCode, { command: action.command }, [
        'Bash',
        'exec_command',
        'Shell',
      ]);
  }
}

type Outcome = 'ok' | 'failed' | 'rejected';
type Names = readonly [claude: string, codex: string, cursor: string];

function toolRows(
  session: FleetSession,
  call: string,
  outcome: Outcome,
  exitCode: number | undefined,
  input: EventRow,
  names: Names,
): EventRow[] {
  if (session.agent === 'claude_code') return claudeRows(call, outcome, exitCode, input, names[0]);
  if (session.agent === 'codex') return codexRows(call, outcome, exitCode, input, names[1]);
  return cursorRows(call, outcome, exitCode, input, names[2]);
}

/** Log without the command (details are off), hooks with it. */
function claudeRows(
  call: string,
  outcome: Outcome,
  exitCode: number | undefined,
  input: EventRow,
  tool: string,
): EventRow[] {
  const id = { tool_use_id: call, tool_name: tool };
  const decision = { ...id, signal: 'logs', event_type: 'permission_decision' };
  const start = { ...id, ...input, signal: 'hooks', event_type: 'tool_start', event_name: 'PreToolUse' };
  if (outcome === 'rejected') return [start, { ...decision, decision: 'reject', decision_source: 'user_reject' }];
  const success = outcome === 'ok';
  return [
    start,
    { ...decision, decision: 'accept', decision_source: 'config' },
    { ...id, signal: 'logs', event_type: 'tool_result', success, error_type: success ? '' : 'ShellError' },
    {
      ...{ ...id, ...input, signal: 'hooks', event_type: 'tool_result', success },
      event_name: success ? 'PostToolUse' : 'PostToolUseFailure',
      exit_code: success ? null : (exitCode ?? null),
    },
  ];
}

/** `exec_command` in the log and `Bash` in the hooks; the hook calls every end a success. */
function codexRows(
  call: string,
  outcome: Outcome,
  exitCode: number | undefined,
  input: EventRow,
  tool: string,
): EventRow[] {
  const hookName = tool === 'exec_command' ? 'Bash' : tool;
  const log = { tool_use_id: call, tool_name: tool, signal: 'logs' };
  const hook = { tool_use_id: call, tool_name: hookName, signal: 'hooks', ...input };
  const start = { ...hook, event_type: 'tool_start', event_name: 'PreToolUse' };
  if (outcome === 'rejected') return [start, { ...log, event_type: 'permission_decision', decision: 'denied' }];
  const code = exitCode ?? 0;
  return [
    start,
    { ...log, event_type: 'permission_decision', decision: 'approved' },
    { ...log, ...input, event_type: 'tool_result', success: code === 0, exit_code: code },
    { ...hook, event_type: 'tool_result', success: true, event_name: 'PostToolUse' },
  ];
}

/** Two hooks with an id, two without; a refusal is a failure of its own type. */
function cursorRows(
  call: string,
  outcome: Outcome,
  exitCode: number | undefined,
  input: EventRow,
  tool: string,
): EventRow[] {
  const known = { tool_use_id: call, tool_name: tool, signal: 'hooks', ...input };
  const start = { ...known, event_type: 'tool_start', event_name: 'preToolUse' };
  if (outcome === 'rejected') {
    const refusal = { event_type: 'tool_result', success: false, error_type: 'permission_denied' };
    return [start, { ...known, ...refusal, event_name: 'postToolUseFailure' }];
  }
  const code = exitCode ?? 0;
  const result = {
    ...known,
    event_type: 'tool_result',
    event_name: 'postToolUse',
    success: code === 0,
    exit_code: code,
  };
  if (tool !== 'Shell')
    return [start, { ...input, signal: 'hooks', event_type: 'file_edit', event_name: 'afterFileEdit' }, result];
  return [
    start,
    { ...input, signal: 'hooks', event_type: 'tool_start', event_name: 'beforeShellExecution' },
    { ...input, signal: 'hooks', event_type: 'tool_result', event_name: 'afterShellExecution' },
    result,
  ];
}

/** The view tool_calls: the same call as log, span and hook is one row. */

import { describe, expect, it } from 'vitest';

import { hook, log, span, useEventStore } from './event-store.ts';

const { events, store, read } = useEventStore();

describe('tool_calls', () => {
  it('[B18] takes one call from two logs, two spans and two hooks, and merges it column by column', async () => {
    const id = { tool_use_id: 'toolu_1' };
    await store(
      hook({
        at: 10,
        ...id,
        event_type: 'tool_start',
        event_name: 'PreToolUse',
        tool_name: 'mcp__fake__add',
        mcp_server: 'fake',
        mcp_tool: 'add',
        command: '',
        cwd: '/w',
      }),
      log({
        at: 10.1,
        ...id,
        event_type: 'permission_decision',
        tool_name: 'mcp_tool',
        decision: 'accept',
        decision_source: 'config',
      }),
      log({
        at: 10.3,
        ...id,
        event_type: 'tool_result',
        tool_name: 'mcp_tool',
        success: true,
        duration_ms: 134,
        output_size_bytes: 28,
        user_email: 'a@b.c',
      }),
      hook({
        at: 10.4,
        ...id,
        event_type: 'tool_result',
        event_name: 'PostToolUse',
        tool_name: 'mcp__fake__add',
        success: true,
        duration_ms: 140,
      }),
      span({
        at: 10,
        ...id,
        event_type: 'tool_result',
        tool_name: 'mcp__fake__add',
        duration_ms: 167,
        trace_id: 't',
        span_id: 'tool',
      }),
      span({
        at: 10,
        event_type: 'permission_decision',
        decision: 'accept',
        decision_source: 'user_temporary',
        trace_id: 't',
        span_id: 'wait',
        parent_span_id: 'tool',
      }),
    );
    expect(
      await read(
        'tool_calls',
        'tool_use_id, tool_name, mcp_server, mcp_tool, success, outcome, duration_ms, decision, decision_source, cwd, user_email, output_size_bytes, signals, toString(started_at) AS started_at, toString(ended_at) AS ended_at',
      ),
    ).toEqual([
      {
        tool_use_id: 'toolu_1',
        tool_name: 'mcp__fake__add',
        mcp_server: 'fake',
        mcp_tool: 'add',
        success: true,
        outcome: 'success',
        duration_ms: 134,
        decision: 'accept',
        decision_source: 'config',
        cwd: '/w',
        user_email: 'a@b.c',
        output_size_bytes: '28',
        signals: ['hooks', 'logs', 'traces'],
        started_at: '2026-11-22 10:00:10.000000',
        ended_at: '2026-11-22 10:00:10.400000',
      },
    ]);
  });

  it('names a Codex MCP tool by server and tool, and lets the hook name a shell call', async () => {
    const codex = { provider: 'codex' };
    await store(
      log({
        ...codex,
        tool_use_id: 'c1',
        event_type: 'tool_result',
        tool_name: 'echo_text',
        mcp_server: 'echo',
        success: true,
      }),
      span({ ...codex, tool_use_id: 'c1', event_type: 'tool_result', tool_name: 'mcp__echoecho_text' }),
      log({
        ...codex,
        tool_use_id: 'c2',
        event_type: 'tool_result',
        tool_name: 'exec_command',
        command: 'echo log',
        success: true,
      }),
      hook({ ...codex, tool_use_id: 'c2', event_type: 'tool_start', tool_name: 'Bash', command: 'echo hook' }),
    );
    expect(await read('tool_calls', 'tool_use_id, tool_name, command')).toEqual([
      { tool_use_id: 'c1', tool_name: 'mcp__echo__echo_text', command: '' },
      { tool_use_id: 'c2', tool_name: 'Bash', command: 'echo hook' },
    ]);
  });

  it('calls a call failed when any report says so, rejected without a result, else unknown', async () => {
    await store(
      log({ tool_use_id: 'a', event_type: 'tool_result', success: true }),
      hook({ tool_use_id: 'a', event_type: 'tool_result', success: false, exit_code: 3, error_type: 'ShellError' }),
      log({ tool_use_id: 'b', event_type: 'permission_decision', decision: 'reject' }),
      hook({ tool_use_id: 'b', event_type: 'tool_start', tool_name: 'Bash' }),
      hook({ tool_use_id: 'c', event_type: 'tool_start', tool_name: 'Bash' }),
      log({ tool_use_id: 'd', event_type: 'permission_decision', decision: 'timed_out' }),
    );
    expect(await read('tool_calls', 'tool_use_id, outcome, exit_code, error_type, ended_at IS NULL AS open')).toEqual([
      { tool_use_id: 'a', outcome: 'failure', exit_code: 3, error_type: 'ShellError', open: 0 },
      { tool_use_id: 'b', outcome: 'rejected', exit_code: null, error_type: '', open: 1 },
      { tool_use_id: 'c', outcome: 'unknown', exit_code: null, error_type: '', open: 1 },
      { tool_use_id: 'd', outcome: 'rejected', exit_code: null, error_type: '', open: 1 },
    ]);
  });

  it('takes the outcome from the span of the execution where only spans came', async () => {
    const execution = { event_type: 'span', event_name: 'claude_code.tool.execution', duration_ms: 34 };
    await store(
      span({ tool_use_id: 'a', event_type: 'tool_result', tool_name: 'Bash', duration_ms: 40 }),
      span({ tool_use_id: 'a', ...execution, success: false, error_type: 'tool_error' }),
      span({ tool_use_id: 'b', event_type: 'tool_result', tool_name: 'Bash', duration_ms: 40 }),
      span({ tool_use_id: 'b', ...execution, success: true }),
      span({ tool_use_id: 'c', event_type: 'span', event_name: 'unified_exec.exec_command', success: true }),
    );
    expect(await read('tool_calls', 'tool_use_id, outcome, duration_ms, error_type')).toEqual([
      { tool_use_id: 'a', outcome: 'failure', duration_ms: 40, error_type: 'tool_error' },
      { tool_use_id: 'b', outcome: 'success', duration_ms: 40, error_type: '' },
    ]);
  });

  it('keeps the same id of two tenants and of two providers apart', async () => {
    const row = log({ tool_use_id: 'same', event_type: 'tool_result' });
    await store(row, { ...row, provider: 'codex' });
    const first = events().tenant;
    events().newTenant();
    await store(row);
    expect(await read('tool_calls', 'tool_use_id')).toHaveLength(1);
    events().tenant = first;
    expect(await read('tool_calls', 'provider')).toEqual([{ provider: 'claude_code' }, { provider: 'codex' }]);
  });

  it('pairs rows without an id by session, tool and time', async () => {
    const bash = { tool_name: 'Bash' };
    await store(
      hook({ at: 0, event_type: 'tool_start', ...bash, command: 'one' }),
      log({ at: 1, event_type: 'tool_result', ...bash, success: true }),
      hook({ at: 1.1, event_type: 'tool_result', ...bash, success: true }),
      hook({ at: 0.5, event_type: 'tool_start', tool_name: 'Read' }),
      hook({ at: 0.7, event_type: 'tool_result', tool_name: 'Read', success: true }),
      log({ at: 3600, event_type: 'tool_result', ...bash, success: false }),
      hook({ at: 7200, event_type: 'tool_result', ...bash, success: true }),
      log({ at: 1, session_id: 'other', event_type: 'tool_result', ...bash }),
    );
    expect(await read('tool_calls', 'session_id, tool_name, command, outcome', 'session_id, started_at')).toEqual([
      { session_id: 'other', tool_name: 'Bash', command: '', outcome: 'unknown' },
      { session_id: 's', tool_name: 'Bash', command: 'one', outcome: 'success' },
      { session_id: 's', tool_name: 'Read', command: '', outcome: 'success' },
      { session_id: 's', tool_name: 'Bash', command: '', outcome: 'failure' },
      { session_id: 's', tool_name: 'Bash', command: '', outcome: 'success' },
    ]);
  });

  it('pairs calls that run side by side, and a result that comes after ten minutes', async () => {
    await store(
      hook({ at: 0, event_type: 'tool_start', tool_name: 'Bash' }),
      hook({ at: 0.1, event_type: 'tool_start', tool_name: 'Bash' }),
      hook({ at: 1, event_type: 'tool_result', tool_name: 'Bash', success: true }),
      hook({ at: 1.1, event_type: 'tool_result', tool_name: 'Bash', success: true }),
      hook({ at: 2, event_type: 'tool_start', tool_name: 'Agent' }),
      hook({ at: 602, event_type: 'tool_result', tool_name: 'Agent', success: true }),
    );
    expect(await read('tool_calls', 'tool_name', 'tool_name')).toEqual([
      { tool_name: 'Agent' },
      { tool_name: 'Bash' },
      { tool_name: 'Bash' },
    ]);
  });

  it('gives a log without an id to the hook call that stands beside it', async () => {
    await store(
      hook({ at: 0, tool_use_id: 'toolu_1', event_type: 'tool_start', tool_name: 'Bash', command: 'ls' }),
      hook({ at: 1, tool_use_id: 'toolu_1', event_type: 'tool_result', tool_name: 'Bash' }),
      log({ at: 1, event_type: 'tool_result', tool_name: 'Bash', success: false, error_type: 'ShellError' }),
      log({ at: 900, event_type: 'tool_result', tool_name: 'Bash', success: true }),
    );
    expect(await read('tool_calls', 'tool_use_id, command, outcome, error_type', 'started_at')).toEqual([
      { tool_use_id: 'toolu_1', command: 'ls', outcome: 'failure', error_type: 'ShellError' },
      { tool_use_id: '', command: '', outcome: 'success', error_type: '' },
    ]);
  });

  it('counts one call for the four hooks of a Cursor shell call, and none for hooks without an id alone', async () => {
    const cursor = { provider: 'cursor' };
    await store(
      hook({
        ...cursor,
        at: 0,
        tool_use_id: 'x',
        event_type: 'tool_start',
        event_name: 'preToolUse',
        tool_name: 'Shell',
      }),
      hook({ ...cursor, at: 0.1, event_type: 'tool_start', event_name: 'beforeShellExecution', command: 'ls' }),
      hook({ ...cursor, at: 1, event_type: 'tool_result', event_name: 'afterShellExecution', command: 'ls' }),
      hook({
        ...cursor,
        at: 1.1,
        tool_use_id: 'x',
        event_type: 'tool_result',
        event_name: 'postToolUse',
        tool_name: 'Shell',
      }),
      hook({ ...cursor, at: 2, event_type: 'tool_start', event_name: 'beforeReadFile' }),
      hook({ ...cursor, at: 3, event_type: 'tool_result', event_name: 'afterMCPExecution', tool_name: 'x' }),
    );
    expect(await read('tool_calls', 'tool_use_id, tool_name')).toEqual([{ tool_use_id: 'x', tool_name: 'Shell' }]);
  });

  it('leaves canaries and retried exports out', async () => {
    const row = log({ tool_use_id: 'a', event_type: 'tool_result', event_id: 'x'.repeat(16) });
    await store(row);
    await store({ ...row, ingested_at: '2026-11-22 12:00:01.000' });
    await store(log({ tool_use_id: 'canary', event_type: 'tool_result', attributes: { 'moda.canary': '1' } }));
    expect(await read('tool_calls', 'tool_use_id')).toEqual([{ tool_use_id: 'a' }]);
  });

  it('stays in range for hostile durations', async () => {
    await store(
      log({ tool_use_id: 'a', event_type: 'tool_result', duration_ms: 1e300 }),
      log({ tool_use_id: 'b', event_type: 'tool_result', duration_ms: -5 }),
    );
    expect(await read('tool_calls', 'tool_use_id')).toHaveLength(2);
  });
});

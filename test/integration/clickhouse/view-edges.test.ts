/** Edges of the views tool_calls and sessions: times from durations, names of one kind, the pause that parts two calls. */

import { describe, expect, it } from 'vitest';

import { hook, log, type Row, span, usage, useEventStore } from './event-store.ts';

const { store, read } = useEventStore();

describe('tool_calls', () => {
  const result: Row = { event_type: 'tool_result', tool_name: 'Bash' };
  const start: Row = { event_type: 'tool_start', tool_name: 'Bash' };

  it('begins its duration before a result of a log or hook, and ends its duration behind the start of a span', async () => {
    await store(
      log({ at: 10, ...result, tool_use_id: 'log', duration_ms: 2500.25 }),
      hook({ at: 10, ...result, tool_use_id: 'hook', duration_ms: 2500 }),
      span({ at: 10, ...result, tool_use_id: 'span', duration_ms: 2500 }),
      hook({ at: 10, ...start, tool_use_id: 'start', duration_ms: 2500 }),
      log({ at: 10, ...result, tool_use_id: 'negative', duration_ms: -2500 }),
      log({ at: 10, ...result, tool_use_id: 'none' }),
    );
    const times = 'tool_use_id AS id, toString(started_at) AS started, toString(ended_at) AS ended';
    const at = (seconds: string): string => `2026-11-22 10:00:${seconds}`;
    expect(await read('tool_calls', times)).toEqual([
      { id: 'hook', started: at('07.500000'), ended: at('10.000000') },
      { id: 'log', started: at('07.499750'), ended: at('10.000000') },
      { id: 'negative', started: at('10.000000'), ended: at('10.000000') },
      { id: 'none', started: at('10.000000'), ended: at('10.000000') },
      { id: 'span', started: at('10.000000'), ended: at('12.500000') },
      { id: 'start', started: at('10.000000'), ended: null },
    ]);
  });

  it('keeps a hostile duration within the range of time', async () => {
    await store(span({ at: 0, ...result, tool_use_id: 'a', duration_ms: 1e300 }));
    // 10^10 ms are 115 days, 17 hours, 46 minutes and 40 seconds.
    expect(await read('tool_calls', 'duration_ms, toString(ended_at) AS ended')).toEqual([
      { duration_ms: 1e300, ended: '2027-03-18 03:46:40.000000' },
    ]);
  });

  it('reads server and tool from an MCP name where nothing else tells them', async () => {
    const named = (id: string, tool_name: string, more: Row = {}): Row =>
      hook({ event_type: 'tool_start', tool_use_id: id, tool_name, ...more });
    await store(
      named('a', 'mcp__git_hub__create__issue'),
      named('b', 'mcp__x__y', { mcp_server: 'given', mcp_tool: 'too' }),
      named('c', 'mcp__x'),
      named('d', 'Read'),
    );
    expect(await read('tool_calls', 'tool_name, mcp_server, mcp_tool', 'tool_use_id')).toEqual([
      { tool_name: 'mcp__git_hub__create__issue', mcp_server: 'git_hub', mcp_tool: 'create__issue' },
      { tool_name: 'mcp__x__y', mcp_server: 'given', mcp_tool: 'too' },
      { tool_name: 'mcp__x', mcp_server: '', mcp_tool: '' },
      { tool_name: 'Read', mcp_server: '', mcp_tool: '' },
    ]);
  });

  it.each<[what: string, log: Row, hook: Row]>([
    ['a shell by another name', { tool_name: 'exec_command' }, { tool_name: 'Bash' }],
    ['a shell in other letters', { tool_name: 'Shell' }, { tool_name: 'container.exec' }],
    ['an MCP tool that the log hides', { tool_name: 'mcp_tool' }, { tool_name: 'mcp__a__b' }],
    ['an MCP tool of Cursor', { tool_name: 'b', mcp_server: 'a' }, { tool_name: 'MCP:b' }],
    ['any tool in other letters', { tool_name: 'read' }, { tool_name: 'Read' }],
  ])('pairs rows without an id of %s', async (_what, ofLog, ofHook) => {
    await store(
      hook({ at: 0, ...start, ...ofHook }),
      log({ at: 1, ...result, ...ofLog, success: true }),
      hook({ at: 1.1, ...result, ...ofHook }),
      log({ at: 1.2, ...result, tool_name: 'Other', success: false }),
    );
    expect(await read('tool_calls', 'outcome, signals', 'outcome')).toEqual([
      { outcome: 'failure', signals: ['logs'] },
      { outcome: 'success', signals: ['hooks', 'logs'] },
    ]);
  });

  it.each([
    [60, 1],
    [61, 2],
  ])('takes reports %d s apart for %d', async (seconds, calls) => {
    await store(hook({ at: 0, ...result }), log({ at: seconds, ...result }));
    expect(await read('tool_calls', 'tool_name')).toHaveLength(calls);
  });

  it.each([
    ['reject', 'rejected'],
    ['denied', 'rejected'],
    ['deny', 'rejected'],
    ['abort', 'rejected'],
    ['timed_out', 'rejected'],
    ['accept', 'unknown'],
    ['', 'unknown'],
  ])('of which only the decision %j is known is %s', async (decision, outcome) => {
    await store(log({ tool_use_id: 'a', event_type: 'permission_decision', decision }));
    expect(await read('tool_calls', 'outcome')).toEqual([{ outcome }]);
  });

  it('does not count the arguments that Cursor’s export sends beside the result of a call without an id', async () => {
    const io = (direction: string): Row =>
      log({ ...result, provider: 'cursor', attributes: { 'cursor.conversation.tool_io.direction': direction } });
    await store(io('arguments'), io('result'));
    expect(await read('tool_calls', 'tool_name')).toHaveLength(1);
  });
});

describe('model_calls', () => {
  it('charges the tokens that Codex wrote to the cache once: they stand inside its input', async () => {
    const codex: Row = { provider: 'codex', model: 'gpt-5', event_type: 'api_request', output_tokens: 10 };
    await store(
      log({ ...codex, at: 1, input_tokens: 1000, cache_read_tokens: 600, cache_creation_tokens: 300 }),
      log({ ...codex, at: 2, input_tokens: 5, cache_read_tokens: 600 }),
    );
    const [first, second] = await read('model_calls', 'estimated_cost_usd', 'called_at');
    expect(first?.['estimated_cost_usd']).toBeCloseTo((100 * 1 + 10 * 10 + 600 * 0.1 + 300 * 1) / 1e6, 12);
    expect(second?.['estimated_cost_usd']).toBeCloseTo((10 * 10 + 600 * 0.1) / 1e6, 12);
  });

  it('counts Cursor’s spans only where the session has no logs: a request id spans several calls there', async () => {
    const turn: Row = { ...usage, provider: 'cursor', api_request_id: 'turn' };
    const noSession: Row = { ...turn, session_id: '', api_request_id: 'elsewhere' };
    await store(
      log({ at: 1, ...turn }),
      log({ at: 2, ...turn }),
      span({ at: 2, ...turn }),
      span({ at: 2, ...turn, api_request_id: 'seen by the span alone' }),
      span({ at: 3, ...turn, session_id: 'spans', api_request_id: 'r1' }),
      span({ at: 3, ...turn, session_id: 'spans', api_request_id: 'r1' }),
      span({ at: 4, ...noSession }),
    );
    expect(await read('model_calls', 'session_id, signal', 'session_id, called_at')).toEqual([
      { session_id: 's', signal: 'logs' },
      { session_id: 's', signal: 'logs' },
      { session_id: 'spans', signal: 'traces' },
    ]);
  });
});

describe('sessions', () => {
  it('counts a prompt by its id, else by its turn, else by its record', async () => {
    const prompt: Row = { event_type: 'user_prompt' };
    await store(
      log({ ...prompt, prompt_id: 'p', turn_id: 't1' }),
      log({ ...prompt, prompt_id: 'p', turn_id: 't2' }),
      log({ ...prompt, turn_id: 't3' }),
      log({ ...prompt, turn_id: 't3' }),
      log(prompt),
      log(prompt),
      span(prompt),
    );
    expect(await read('sessions', 'prompts, is_ended')).toEqual([{ prompts: '4', is_ended: 0 }]);
  });

  it('counts failed requests from spans where there are no logs', async () => {
    const failed: Row = { event_type: 'api_error', event_name: 'claude_code.llm_request' };
    await store(span({ ...failed, api_request_id: 'r' }), span({ ...failed, api_request_id: 'r' }), span(failed));
    expect(await read('sessions', 'api_errors')).toEqual([{ api_errors: '2' }]);
  });

  it('adds what is reported and what is estimated', async () => {
    await store(log({ ...usage, cost_usd: 0.5 }), log(usage), log({ ...usage, model: 'unheard-of' }));
    // 1000 tokens in at 2 dollars a million, 100 out at 20.
    expect(
      await read('sessions', 'model_calls, input_tokens, cost_usd, estimated_cost_usd, total_cost_usd, models'),
    ).toEqual([
      {
        model_calls: '3',
        input_tokens: '3000',
        cost_usd: 0.5,
        estimated_cost_usd: 0.004,
        total_cost_usd: 0.504,
        models: ['m', 'unheard-of'],
      },
    ]);
  });

  it('takes the latest word that is one', async () => {
    await store(
      log({ at: 2, branch: 'new', cwd: '' }),
      log({ at: 1, branch: 'old', cwd: '/w' }),
      log({ at: 3, branch: '' }),
    );
    expect(await read('sessions', 'branch, cwd, duration_seconds')).toEqual([
      { branch: 'new', cwd: '/w', duration_seconds: 2 },
    ]);
  });
});

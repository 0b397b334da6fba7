/** Counting rules of the views, on rows as the agents' dialects give them: the same call as log, span and hook. */

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { StoreClient } from '../../../src/clickhouse/client.ts';
import { migrate } from '../../../src/clickhouse/migrations.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

type Row = Readonly<Record<string, unknown>>;

let open: OpenEngine;
let client: StoreClient;
let tenant: string;
let ordinal = 0;

beforeAll(async () => {
  open = await openEngine();
  client = open.client('moda');
  await migrate(client, {
    layout: { database: 'moda', isSynced: true },
    retentionRawDays: 30,
    retentionEventsDays: 365,
    prices: [
      { model: 'm', validFrom: '2026-01-01', input: 1, output: 10, cacheRead: 0.1, cacheCreation: 2 },
      { model: 'm', validFrom: '2026-06-01', input: 2, output: 20, cacheRead: 0.2, cacheCreation: 4 },
      { model: 'm-large', validFrom: '2026-03-01', input: 5, output: 50, cacheRead: 0.5, cacheCreation: 10 },
      { model: 'gpt-5', validFrom: '2020-01-01', input: 1, output: 10, cacheRead: 0.1, cacheCreation: 1 },
    ],
    now: () => Date.parse('2026-11-22T12:00:00Z'),
  });
});
afterAll(() => open.close());
beforeEach(() => {
  tenant = randomUUID();
});

const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 22, 10, 0, 0) + seconds * 1000).toISOString().slice(0, 23).replace('T', ' ');

/** Inserts events with what they have; the rest is empty or NULL, as in the table. */
async function store(...rows: Row[]): Promise<void> {
  const complete = rows.map((row) => {
    ordinal += 1;
    return {
      tenant_id: tenant,
      event_id: String(ordinal).padStart(16, '0'),
      ingested_at: '2026-11-22 12:00:00.000',
      provider: 'claude_code',
      session_id: 's',
      ...row,
      timestamp: typeof row['at'] === 'number' ? at(row['at']) : at(0),
    };
  });
  await client.insertRows('coding_agent_events', complete, { input_format_skip_unknown_fields: 1 });
}

const read = (view: string, columns: string, order = '1'): Promise<Row[]> =>
  client.rows(`SELECT ${columns} FROM ${view} WHERE tenant_id = {tenant:String} ORDER BY ${order}`, { tenant });

const log = (row: Row): Row => ({ signal: 'logs', ...row });
const hook = (row: Row): Row => ({ signal: 'hooks', ...row });
const span = (row: Row): Row => ({ signal: 'traces', ...row });

describe('tool_calls', () => {
  it('[A18] takes one call from two logs, two spans and two hooks, and merges it column by column', async () => {
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
    );
    expect(await read('tool_calls', 'tool_use_id, outcome, exit_code, error_type, ended_at IS NULL AS open')).toEqual([
      { tool_use_id: 'a', outcome: 'failure', exit_code: 3, error_type: 'ShellError', open: 0 },
      { tool_use_id: 'b', outcome: 'rejected', exit_code: null, error_type: '', open: 1 },
      { tool_use_id: 'c', outcome: 'unknown', exit_code: null, error_type: '', open: 1 },
    ]);
  });

  it('keeps the same id of two tenants and of two providers apart', async () => {
    const row = log({ tool_use_id: 'same', event_type: 'tool_result' });
    await store(row, { ...row, provider: 'codex' });
    const first = tenant;
    tenant = randomUUID();
    await store(row);
    expect(await read('tool_calls', 'tool_use_id')).toHaveLength(1);
    tenant = first;
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
    const counts = await client.rows(
      'SELECT tool_name, count() AS n FROM tool_calls WHERE tenant_id = {tenant:String} GROUP BY tool_name ORDER BY tool_name',
      { tenant },
    );
    expect(counts).toEqual([
      { tool_name: 'Agent', n: '1' },
      { tool_name: 'Bash', n: '2' },
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

const usage = { event_type: 'api_request', model: 'm', input_tokens: 1000, output_tokens: 100 };

describe('model_calls and cost_by_model_day', () => {
  it('counts a call once by its request id: the log, not the span', async () => {
    await store(
      log({ ...usage, api_request_id: 'r1', cost_usd: 0.5 }),
      span({ ...usage, api_request_id: 'r1' }),
      span({ ...usage, api_request_id: 'r2' }),
      log({ event_type: 'api_request', event_name: 'api_request_body', model: 'm' }),
      log({ event_type: 'api_request', event_name: 'api_response_body', model: 'm', api_request_id: 'r1' }),
    );
    expect(await read('model_calls', 'api_request_id, signal, cost_usd, estimated_cost_usd, total_cost_usd')).toEqual([
      { api_request_id: 'r1', signal: 'logs', cost_usd: 0.5, estimated_cost_usd: null, total_cost_usd: 0.5 },
      { api_request_id: 'r2', signal: 'traces', cost_usd: null, estimated_cost_usd: 0.004, total_cost_usd: 0.004 },
    ]);
  });

  it('never counts spans beside logs that have no ids, nor spans of no session', async () => {
    await store(
      log({ ...usage, cost_usd: 0.1 }),
      log({ ...usage, cost_usd: 0.1 }),
      span({ ...usage, api_request_id: 'r1' }),
      span({ ...usage }),
      span({ ...usage, session_id: '' }),
      span({ ...usage, session_id: 'spans only' }),
    );
    expect(await read('model_calls', 'session_id, signal', 'signal, session_id')).toEqual([
      { session_id: 's', signal: 'logs' },
      { session_id: 's', signal: 'logs' },
      { session_id: 'spans only', signal: 'traces' },
    ]);
  });

  it('counts Codex by its usage records, and its cached tokens inside the input', async () => {
    const codex = { provider: 'codex', model: 'gpt-5-codex', event_type: 'api_request' };
    const tokens = {
      input_tokens: 1234,
      output_tokens: 56,
      cache_read_tokens: 1000,
      cache_creation_tokens: 0,
      reasoning_tokens: 20,
    };
    await store(
      log({ ...codex, event_name: 'codex.api_request', duration_ms: 19 }),
      log({ ...codex, event_name: 'codex.sse_event', ...tokens }),
      span({ ...codex, event_name: 'handle_responses', ...tokens }),
    );
    const [row] = await read('cost_by_model_day', '*');
    expect(row).toMatchObject({
      day: '2026-11-22',
      provider: 'codex',
      model: 'gpt-5-codex',
      model_calls: '1',
      input_tokens: '1234',
      reasoning_tokens: '20',
      unpriced_calls: '0',
    });
    expect(row?.['estimated_cost_usd']).toBeCloseTo((234 * 1 + 56 * 10 + 1000 * 0.1) / 1e6, 12);
  });

  it('takes the cost that Codex gives for its turns instead of an estimate', async () => {
    const codex = { provider: 'codex', model: 'gpt-5' };
    await store(
      log({ ...usage, ...codex }),
      log({ ...usage, ...codex }),
      log({ ...codex, event_type: 'other', event_name: 'codex.turn_cost', cost_usd: 0.25 }),
    );
    expect(
      await read('cost_by_model_day', 'model_calls, cost_usd, estimated_cost_usd, total_cost_usd, unpriced_calls'),
    ).toEqual([{ model_calls: '2', cost_usd: 0.25, estimated_cost_usd: 0, total_cost_usd: 0.25, unpriced_calls: '0' }]);
    expect(await read('model_calls', 'model')).toHaveLength(2);
  });

  it('counts each call of a Cursor turn, which share a request id', async () => {
    const cursor = { provider: 'cursor', api_request_id: 'turn' };
    await store(log({ ...usage, ...cursor }), log({ ...usage, ...cursor, input_tokens: 500 }));
    expect(await read('cost_by_model_day', 'model_calls, input_tokens')).toEqual([
      { model_calls: '2', input_tokens: '1500' },
    ]);
  });

  it.each([
    ['m', 1000, 0.004],
    ['m-2026-01-01', 1000, 0.004],
    ['M', 1000, 0.004],
    ['m[1m]', 1000, 0.004],
    ['anthropic/m', 1000, 0.004],
    ['us.anthropic.m-20260101-v1:0', 1000, 0.004],
    ['m-large', 1000, 0.01],
    ['m-large-latest', 1000, 0.01],
    ['m-2', 1000, null],
    ['m.2', 1000, null],
    ['mm', 1000, null],
    ['', 1000, null],
  ])('prices model %j by the longest name that fits', async (model, input, expected) => {
    await store(log({ ...usage, model, input_tokens: input }));
    const [row] = await read('model_calls', 'estimated_cost_usd');
    if (expected === null) expect(row).toEqual({ estimated_cost_usd: null });
    else expect(row?.['estimated_cost_usd']).toBeCloseTo(expected, 12);
  });

  it('prices by the day of the call, cache and all', async () => {
    const tokens = {
      input_tokens: 1_000_000,
      output_tokens: 1_000_000,
      cache_read_tokens: 1_000_000,
      cache_creation_tokens: 1_000_000,
    };
    const months = ['2025-12-31', '2026-01-01', '2026-05-31', '2026-06-01'];
    for (const day of months) {
      ordinal += 1;
      const row = {
        tenant_id: tenant,
        event_id: String(ordinal).padStart(16, '0'),
        ingested_at: '2026-11-22 12:00:00',
        timestamp: `${day} 12:00:00`,
      };
      await client.insertRows('coding_agent_events', [
        { ...row, provider: 'claude_code', signal: 'logs', ...usage, ...tokens },
      ]);
    }
    expect(await read('cost_by_model_day', 'day, estimated_cost_usd, unpriced_calls', 'day')).toEqual([
      { day: '2025-12-31', estimated_cost_usd: 0, unpriced_calls: '1' },
      { day: '2026-01-01', estimated_cost_usd: 13.1, unpriced_calls: '0' },
      { day: '2026-05-31', estimated_cost_usd: 13.1, unpriced_calls: '0' },
      { day: '2026-06-01', estimated_cost_usd: 26.2, unpriced_calls: '0' },
    ]);
  });

  it('[A15] shows no token-usage metric: metrics live in events_raw alone', async () => {
    const raw = { tenant_id: tenant, timestamp: at(0), request_id: randomUUID(), source: 'otlp', signal: 'metrics' };
    await client.insertRows('events_raw', [
      { ...raw, raw_event: '{"resourceMetrics":[{"name":"claude_code.token.usage"}]}' },
    ]);
    for (const view of ['cost_by_model_day', 'model_calls', 'sessions', 'tool_calls', 'skill_usage']) {
      expect(await read(view, '*')).toEqual([]);
    }
  });

  it('leaves canaries out', async () => {
    await store(log({ ...usage, attributes: { 'moda.canary': '1' } }));
    expect(await read('cost_by_model_day', '*')).toEqual([]);
    expect(await read('sessions', '*')).toEqual([]);
  });
});

describe('skill_usage', () => {
  const activated = {
    event_type: 'skill_activated',
    prompt_id: 'p',
    skill_scope: 'projectSettings',
    skill_trigger: 'user-slash',
  };

  it('[E42] shows an activation once, although the Skill tool and the model calls name the skill too', async () => {
    await store(
      log({ at: 1, ...activated, skill_name: 'hello' }),
      log({ at: 1.1, event_type: 'tool_result', prompt_id: 'p', tool_name: 'Skill', skill_name: 'hello' }),
      hook({ at: 1.2, event_type: 'tool_result', prompt_id: 'p', tool_name: 'Skill', skill_name: 'hello' }),
      log({ at: 2, event_type: 'api_request', prompt_id: 'p', skill_name: 'hello' }),
    );
    expect(await read('skill_usage', 'skill_name, skill_scope, skill_trigger, is_activation')).toEqual([
      { skill_name: 'hello', skill_scope: 'projectSettings', skill_trigger: 'user-slash', is_activation: 1 },
    ]);
  });

  it('resolves custom_skill by session and prompt to the name that stands nearest', async () => {
    await store(
      log({ at: 1, ...activated, skill_name: 'custom_skill' }),
      log({ at: 2, event_type: 'api_request', prompt_id: 'p', skill_name: 'first' }),
      log({ at: 50, ...activated, skill_name: 'custom_skill' }),
      log({ at: 51, event_type: 'tool_result', prompt_id: 'p', skill_name: 'second' }),
      log({ at: 60, ...activated, prompt_id: 'q', skill_name: 'custom_skill' }),
      log({ at: 61, session_id: 'other', event_type: 'api_request', prompt_id: 'q', skill_name: 'elsewhere' }),
    );
    expect(await read('skill_usage', 'session_id, prompt_id, skill_name, is_activation', 'used_at')).toEqual([
      { session_id: 's', prompt_id: 'p', skill_name: 'first', is_activation: 1 },
      { session_id: 's', prompt_id: 'p', skill_name: 'second', is_activation: 1 },
      { session_id: 's', prompt_id: 'q', skill_name: 'custom_skill', is_activation: 1 },
      { session_id: 'other', prompt_id: 'q', skill_name: 'elsewhere', is_activation: 0 },
    ]);
  });

  it('[E43] shows Codex hints as hints, once per turn', async () => {
    const hint = log({
      provider: 'codex',
      event_type: 'other',
      event_name: 'codex.skill_invocation',
      skill_name: 'deploy',
      skill_scope: 'repo',
    });
    await store({ ...hint, turn_id: 't1' }, { ...hint, turn_id: 't1' }, { ...hint, turn_id: 't2' });
    expect(
      await read('skill_usage', 'provider, prompt_id, skill_name, skill_scope, is_activation', 'prompt_id'),
    ).toEqual([
      { provider: 'codex', prompt_id: 't1', skill_name: 'deploy', skill_scope: 'repo', is_activation: 0 },
      { provider: 'codex', prompt_id: 't2', skill_name: 'deploy', skill_scope: 'repo', is_activation: 0 },
    ]);
  });
});

describe('a retried export', () => {
  it('counts once in every view before the parts merge', async () => {
    const rows = [
      log({ event_id: randomUUID().slice(0, 16), ...usage, cost_usd: 0.5 }),
      log({
        event_id: randomUUID().slice(0, 16),
        tool_use_id: 'x',
        event_type: 'tool_result',
        tool_name: 'Bash',
        success: false,
      }),
      log({ event_id: randomUUID().slice(0, 16), event_type: 'tool_result', tool_name: 'Read', success: true }),
      log({ event_id: randomUUID().slice(0, 16), event_type: 'skill_activated', skill_name: 'hello' }),
      log({ event_id: randomUUID().slice(0, 16), event_type: 'user_prompt' }),
      log({ event_id: randomUUID().slice(0, 16), event_type: 'api_error' }),
    ];
    await store(...rows);
    await store(...rows.map((row) => ({ ...row, ingested_at: '2026-11-22 12:00:05.000' })));
    expect(await read('tool_calls', 'tool_name', 'tool_name')).toEqual([{ tool_name: 'Bash' }, { tool_name: 'Read' }]);
    expect(await read('cost_by_model_day', 'model_calls, cost_usd')).toEqual([{ model_calls: '1', cost_usd: 0.5 }]);
    expect(await read('skill_usage', 'skill_name')).toEqual([{ skill_name: 'hello' }]);
    expect(await read('sessions', 'prompts, tool_calls, model_calls, skill_activations, api_errors')).toEqual([
      { prompts: '1', tool_calls: '2', model_calls: '1', skill_activations: '1', api_errors: '1' },
    ]);
  });
});

describe('sessions', () => {
  it('[A18] shows who, where, when and every count once', async () => {
    await store(
      hook({ at: 0, event_type: 'session_start', cwd: '/w', repo: 'acme/web', branch: 'main' }),
      log({
        at: 1,
        event_type: 'user_prompt',
        prompt_id: 'p1',
        user_email: 'a@b.c',
        user_id: 'u',
        org_id: 'o',
        project_id: 'j',
        app_version: '2',
      }),
      hook({ at: 1, event_type: 'user_prompt', prompt_id: 'p1' }),
      hook({ at: 50, event_type: 'user_prompt', prompt_id: 'p2', branch: 'feature' }),
      log({ at: 2, ...usage, api_request_id: 'r1', cost_usd: 0.5 }),
      span({ at: 2, ...usage, api_request_id: 'r1' }),
      log({ at: 3, event_type: 'api_error', api_request_id: 'r2' }),
      span({ at: 3, event_type: 'api_error', api_request_id: 'r2' }),
      hook({ at: 4, tool_use_id: 'x', event_type: 'tool_start', tool_name: 'Bash' }),
      log({ at: 5, tool_use_id: 'x', event_type: 'tool_result', tool_name: 'Bash', success: false }),
      log({ at: 6, tool_use_id: 'y', event_type: 'permission_decision', decision: 'reject' }),
      log({ at: 7, event_type: 'skill_activated', skill_name: 'hello' }),
      hook({ at: 100, event_type: 'session_end' }),
      log({ at: 1, session_id: '', event_type: 'other' }),
    );
    const [row, ...others] = await read('sessions', '*');
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      provider: 'claude_code',
      session_id: 's',
      started_at: '2026-11-22 10:00:00.000000',
      last_event_at: '2026-11-22 10:01:40.000000',
      duration_seconds: 100,
      is_ended: 1,
      user_email: 'a@b.c',
      user_id: 'u',
      org_id: 'o',
      project_id: 'j',
      repo: 'acme/web',
      branch: 'feature',
      cwd: '/w',
      models: ['m'],
      prompts: '2',
      tool_calls: '2',
      failed_tool_calls: '1',
      rejected_tool_calls: '1',
      model_calls: '1',
      input_tokens: '1000',
      output_tokens: '100',
      cost_usd: 0.5,
      total_cost_usd: 0.5,
      skill_activations: '1',
      api_errors: '1',
    });
  });

  it('shows a session of Cursor hooks with no tokens and no cost', async () => {
    await store(
      hook({ provider: 'cursor', event_type: 'user_prompt', turn_id: 'g1' }),
      hook({ provider: 'cursor', event_type: 'turn_end', turn_id: 'g1' }),
    );
    expect(await read('sessions', 'provider, prompts, model_calls, tool_calls, total_cost_usd')).toEqual([
      { provider: 'cursor', prompts: '1', model_calls: '0', tool_calls: '0', total_cost_usd: 0 },
    ]);
  });
});

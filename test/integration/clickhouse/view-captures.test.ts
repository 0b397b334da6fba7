/** The views on what real agents sent, where the same call comes as log, span and hook. Expected values are read off the captures. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { captureFiles, storeCaptures } from './captures.ts';
import { EventStore, type Row } from './event-store.ts';

let events: EventStore;
const read: EventStore['read'] = (...query) => events.read(...query);

beforeAll(async () => {
  events = await EventStore.start();
});
afterAll(() => events.close());
beforeEach(() => {
  events.newTenant();
});

const send = (agent: string, ...prefixes: string[]): Promise<void> =>
  storeCaptures(
    events.client,
    events.tenant,
    agent,
    captureFiles(agent, ...prefixes).filter((file) => file.endsWith('.json')),
  );
const sum = (rows: readonly Row[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

describe('Claude Code, logs and spans of one session', () => {
  it('[B18] has one Bash call and two model calls, at the cost that the agent reported', async () => {
    await send('claude', 'logs.tool-run.', 'traces.tool-run.');
    expect(await read('tool_calls', 'tool_name, outcome, duration_ms, decision, signals')).toEqual([
      { tool_name: 'Bash', outcome: 'success', duration_ms: 59, decision: 'accept', signals: ['logs', 'traces'] },
    ]);
    const calls = await read(
      'model_calls',
      'signal, model, input_tokens, output_tokens, cache_read_tokens, total_cost_usd',
    );
    expect(calls).toEqual(
      Array.from({ length: 2 }, () => ({
        signal: 'logs',
        model: 'claude-opus-5-5',
        input_tokens: '1234',
        output_tokens: '56',
        cache_read_tokens: '3000',
        total_cost_usd: 0.0076560000000000005,
      })),
    );
    expect(await read('sessions', 'prompts, tool_calls, model_calls, models')).toEqual([
      { prompts: '1', tool_calls: '1', model_calls: '2', models: ['claude-opus-5-5'] },
    ]);
  });

  it('counts a request that failed after its retries once', async () => {
    await send('claude', 'logs.api-error-529.', 'traces.api-error-529.');
    expect(await read('sessions', 'api_errors')).toEqual([{ api_errors: '1' }]);
  });

  it('names the MCP tool that the log hides', async () => {
    await send('claude', 'logs.mcp.', 'traces.mcp.');
    expect(await read('tool_calls', 'tool_name, mcp_server, mcp_tool, outcome, signals')).toEqual([
      {
        tool_name: 'mcp__fakesrv__add',
        mcp_server: 'fakesrv',
        mcp_tool: 'add',
        outcome: 'success',
        signals: ['logs', 'traces'],
      },
    ]);
    expect(await read('model_calls', 'signal')).toEqual([{ signal: 'logs' }, { signal: 'logs' }]);
  });

  it('counts a subagent in its session: two tools, five model calls, two prompts', async () => {
    await send('claude', 'logs.subagent', 'traces.subagent');
    expect(await read('tool_calls', 'tool_name, command', 'tool_name')).toEqual([
      { tool_name: 'Agent', command: '' },
      { tool_name: 'Bash', command: 'echo sub' },
    ]);
    expect(await read('sessions', 'prompts, tool_calls, model_calls')).toEqual([
      { prompts: '2', tool_calls: '2', model_calls: '5' },
    ]);
  });

  it('[E42] shows each skill once by its name, also where the log says custom_skill', async () => {
    await send('claude', 'logs.skill', 'traces.skill');
    const columns = 'skill_name, skill_trigger, is_activation';
    expect(await read('skill_usage', columns, 'skill_trigger')).toEqual([
      { skill_name: 'hello-skill', skill_trigger: 'claude-proactive', is_activation: 1 },
      { skill_name: 'hello-skill', skill_trigger: 'user-slash', is_activation: 1 },
    ]);
  });
});

describe('Codex, logs, spans and hooks of one session', () => {
  it('[B18] has one MCP call and the two usage records, although 670 spans say the same', async () => {
    await send('codex', 'logs.mcp.', 'traces.mcp.', 'hooks.PreToolUse.mcp', 'hooks.PostToolUse.mcp');
    expect(await read('tool_calls', 'tool_name, mcp_server, mcp_tool, outcome, signals')).toEqual([
      {
        tool_name: 'mcp__echo__echo_text',
        mcp_server: 'echo',
        mcp_tool: 'echo_text',
        outcome: 'success',
        signals: ['hooks', 'logs', 'traces'],
      },
    ]);
    const calls = await read('model_calls', 'signal, model, input_tokens, output_tokens, cache_read_tokens');
    expect(new Set(calls.map((call) => `${call['signal']} ${call['model']}`))).toEqual(new Set(['logs gpt-5.1-codex']));
    expect([sum(calls, 'input_tokens'), sum(calls, 'output_tokens'), sum(calls, 'cache_read_tokens')]).toEqual([
      2634, 68, 2200,
    ]);
  });

  it('knows the model of the calls when only spans are sent', async () => {
    await send('codex', 'traces.mcp.');
    const calls = await read('model_calls', 'signal, model, input_tokens', 'input_tokens');
    expect(calls).toEqual([
      { signal: 'traces', model: 'gpt-5.1-codex', input_tokens: '1234' },
      { signal: 'traces', model: 'gpt-5.1-codex', input_tokens: '1400' },
    ]);
  });

  it('calls a command failed that exited 3 although the log says success', async () => {
    await send('codex', 'logs.tool-exit3', 'traces.tool-exit3', 'hooks.PostToolUse.exit3');
    expect(await read('tool_calls', 'tool_name, command, outcome, exit_code')).toEqual([
      { tool_name: 'Bash', command: 'exit 3', outcome: 'failure', exit_code: 3 },
    ]);
  });
});

describe('Cursor, hooks and the native export', () => {
  it('counts the calls that have an id, not the four hooks of each', async () => {
    await send('cursor', 'cursor.');
    expect(await read('tool_calls', 'tool_name, command, outcome, duration_ms', 'tool_name DESC')).toEqual([
      { tool_name: 'Shell', command: 'npm test -- refund', outcome: 'success', duration_ms: 5432 },
      { tool_name: 'MCP:create_issue', command: '', outcome: 'success', duration_ms: 812.4 },
    ]);
    expect(await read('cost_by_model_day', 'provider, model, model_calls, input_tokens')).toEqual([
      { provider: 'cursor', model: 'claude-4.5-sonnet', model_calls: '1', input_tokens: '1200' },
    ]);
  });
});

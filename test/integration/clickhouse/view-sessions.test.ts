/** The views sessions and skill_usage, and what all views do with a retried export. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { hook, log, span, usage, useEventStore } from './event-store.ts';

const { store, read } = useEventStore();

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

  it('takes a span, which knows no prompt, as a hint only where nothing else names the skill', async () => {
    await store(
      log({ at: 1, ...activated, skill_name: 'hello' }),
      span({ at: 1, event_type: 'tool_result', skill_name: 'hello' }),
      span({ at: 1, session_id: 'spans only', event_type: 'tool_result', skill_name: 'hello' }),
      span({ at: 2, session_id: 'spans only', event_type: 'api_request', skill_name: 'hello' }),
    );
    expect(await read('skill_usage', 'session_id, is_activation', 'session_id')).toEqual([
      { session_id: 's', is_activation: 1 },
      { session_id: 'spans only', is_activation: 0 },
    ]);
  });

  it('shows no hint of a skill beside an activation that knows no prompt', async () => {
    const cursor = { provider: 'cursor', skill_name: 'deploy' };
    await store(
      log({ at: 1, ...cursor, event_type: 'skill_activated' }),
      hook({ at: 2, ...cursor, event_type: 'tool_result', turn_id: 't1' }),
      hook({ at: 3, ...cursor, event_type: 'tool_result', turn_id: 't2', skill_name: 'other' }),
      hook({ at: 4, ...cursor, event_type: 'tool_result', turn_id: 't3', session_id: 'another' }),
    );
    expect(await read('skill_usage', 'session_id, prompt_id, skill_name, is_activation', 'used_at')).toEqual([
      { session_id: 's', prompt_id: '', skill_name: 'deploy', is_activation: 1 },
      { session_id: 's', prompt_id: 't2', skill_name: 'other', is_activation: 0 },
      { session_id: 'another', prompt_id: 't3', skill_name: 'deploy', is_activation: 0 },
    ]);
  });

  it('shows hints of rows without a session, whatever another row without one has activated', async () => {
    const sessionless = { provider: 'cursor', session_id: '', skill_name: 'deploy' };
    await store(
      log({ at: 1, ...sessionless, event_type: 'skill_activated' }),
      hook({ at: 2, ...sessionless, event_type: 'tool_result', turn_id: 't1' }),
    );
    expect(await read('skill_usage', 'prompt_id, is_activation', 'used_at')).toEqual([
      { prompt_id: '', is_activation: 1 },
      { prompt_id: 't1', is_activation: 0 },
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
  it('names the models that were called, else those of events that are more than a span', async () => {
    await store(
      log({ ...usage, model: 'claude-opus-4-8', api_request_id: 'r1' }),
      span({ ...usage, model: 'claude-opus-4-8[1m]', api_request_id: 'r1' }),
      hook({ provider: 'codex', session_id: 't', event_type: 'session_start', model: 'gpt-5.1-codex' }),
      span({
        provider: 'codex',
        session_id: 't',
        event_type: 'span',
        event_name: 'get_model_info',
        model: 'gpt-5.6-luna',
      }),
    );
    expect(await read('sessions', 'session_id, models', 'session_id')).toEqual([
      { session_id: 's', models: ['claude-opus-4-8'] },
      { session_id: 't', models: ['gpt-5.1-codex'] },
    ]);
  });

  it('counts what a Codex subagent is asked in its own session, although its hook names the one above', async () => {
    const prompt = { provider: 'codex', event_type: 'user_prompt' };
    await store(
      log({ ...prompt, session_id: 'above' }),
      hook({ ...prompt, session_id: 'above', turn_id: 't1' }),
      log({ ...prompt, session_id: 'sub' }),
      hook({ ...prompt, session_id: 'above', turn_id: 't2', agent_id: 'sub' }),
    );
    expect(await read('sessions', 'session_id, prompts', 'session_id')).toEqual([
      { session_id: 'above', prompts: '1' },
      { session_id: 'sub', prompts: '1' },
    ]);
  });

  it('[B18] shows who, where, when and every count once', async () => {
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
      log({ at: 3, event_type: 'api_error', event_name: 'api_error', api_request_id: 'r2' }),
      log({ at: 3, event_type: 'api_error', event_name: 'api_retries_exhausted' }),
      log({ at: 3, event_type: 'api_error', event_name: 'claude_code.internal_error' }),
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

  it('counts each failed call of a Cursor turn, which share a request id', async () => {
    const failed = { provider: 'cursor', event_type: 'api_error', event_name: 'api_error', api_request_id: 'turn' };
    const [first, second] = [log({ at: 1, ...failed, event_id: 'a'.repeat(16) }), log({ at: 2, ...failed })];
    await store(first, second);
    await store({ ...first, ingested_at: '2026-11-22 12:00:05.000' });
    expect(await read('sessions', 'api_errors')).toEqual([{ api_errors: '2' }]);
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

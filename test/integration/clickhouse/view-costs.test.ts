/** The views model_calls and cost_by_model_day: each model call once, and what it costs. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { at, log, span, usage, useEventStore } from './event-store.ts';

const { events, store, read } = useEventStore();

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

  it('estimates a Cursor call at nothing that is not billed, by its own word or by a correction', async () => {
    const call = (usageEvent: string, more: Record<string, string> = {}) =>
      log({ ...usage, provider: 'cursor', attributes: { 'cursor.usage_event.id': usageEvent, ...more } });
    const correction = (usageEvent: string, event_name: string, kind: string) =>
      log({
        provider: 'cursor',
        session_id: '',
        event_type: 'other',
        event_name,
        attributes: { 'cursor.usage_event.id': usageEvent, 'cursor.api.correction.kind': kind },
      });
    await store(
      correction('u1', 'api_correction_not_billed_errored', 'not_billed_errored'),
      call('u1'),
      call('u2', { 'cursor.api.billable': 'true' }),
      call('u3', { 'cursor.api.billable': 'false' }),
      call('u4'),
      correction('u4', 'cursor.api.correction', 'not_billed_aborted_before_timeout'),
      call('u5'),
      correction('u5', 'api_correction_other_kind', 'other_kind'),
      call(''),
      correction('', 'api_correction_not_billed_errored', 'not_billed_errored'),
    );
    expect(await read('cost_by_model_day', 'model_calls, input_tokens, total_cost_usd, unpriced_calls')).toEqual([
      { model_calls: '6', input_tokens: '6000', total_cost_usd: 0.012, unpriced_calls: '0' },
    ]);
    expect(await read('sessions', 'model_calls, total_cost_usd')).toEqual([
      { model_calls: '6', total_cost_usd: 0.012 },
    ]);
    expect((await read('model_calls', 'is_billable')).filter((row) => row['is_billable'] === 0)).toHaveLength(3);
    events().newTenant();
    await store(call('u1'));
    expect(await read('model_calls', 'is_billable, total_cost_usd')).toEqual([
      { is_billable: 1, total_cost_usd: 0.004 },
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
    await store(...months.map((day) => log({ ...usage, ...tokens, timestamp: `${day} 12:00:00` })));
    expect(await read('cost_by_model_day', 'day, estimated_cost_usd, unpriced_calls', 'day')).toEqual([
      { day: '2025-12-31', estimated_cost_usd: 0, unpriced_calls: '1' },
      { day: '2026-01-01', estimated_cost_usd: 13.1, unpriced_calls: '0' },
      { day: '2026-05-31', estimated_cost_usd: 13.1, unpriced_calls: '0' },
      { day: '2026-06-01', estimated_cost_usd: 26.2, unpriced_calls: '0' },
    ]);
  });

  it('keeps the day of a call whose clock is off by a century', async () => {
    const days = ['1969-12-31', '1970-01-01', '2149-06-07', '2200-06-05'];
    await store(...days.map((day) => log({ ...usage, timestamp: `${day} 12:00:00` })));
    expect(await read('cost_by_model_day', 'day, estimated_cost_usd', 'day')).toEqual([
      { day: '1969-12-31', estimated_cost_usd: 0 },
      { day: '1970-01-01', estimated_cost_usd: 0 },
      { day: '2149-06-07', estimated_cost_usd: 0.004 },
      { day: '2200-06-05', estimated_cost_usd: 0.004 },
    ]);
    expect(await read('model_calls', 'toString(day) AS day', '1')).toEqual(days.map((day) => ({ day })));
  });

  it('[B15] shows no token-usage metric: metrics live in events_raw alone', async () => {
    const raw = {
      tenant_id: events().tenant,
      timestamp: at(0),
      request_id: randomUUID(),
      source: 'otlp',
      signal: 'metrics',
    };
    await events().client.insertRows('events_raw', [
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

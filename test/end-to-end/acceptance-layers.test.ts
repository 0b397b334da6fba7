/** Statements 10–18: the raw layer and the normalized rows, over HTTP against the embedded ClickHouse. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENTS, bodies, PROTOBUF, SIGNALS } from './support/bodies.ts';
import { logsRequest, metricsRequest, toProtobuf } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

const BODY_BYTES_MAX = 65_536;

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({ MODA_MAX_BODY_BYTES: String(BODY_BYTES_MAX) });
});
afterAll(() => server.stop());

const PAGE_SELECT = `SELECT timestamp, source, http_status, raw_event
FROM moda.events_raw
WHERE source = 'otlp'
   OR source = 'coding_agent_hook'
ORDER BY timestamp DESC
LIMIT 50`;

describe('layers', () => {
  it.each(Object.entries(AGENTS))(
    '[B10] [B11] [B16] %s: every request leaves one raw row, logs, traces and hooks also normalized rows',
    async (agent, provider) => {
      for (const signal of SIGNALS) {
        const requestId = await server.send(`/v1/otel/${agent}/${signal}`, bodies[signal]());
        const raw = await server.sql('SELECT * FROM events_raw WHERE request_id = {id:UUID}', { id: requestId });
        expect(raw).toHaveLength(1);
        expect(raw[0]).toMatchObject({
          source: signal === 'hooks' ? 'coding_agent_hook' : 'otlp',
          provider,
          signal,
          http_status: 200,
          record_count: 1,
          normalized_count: signal === 'metrics' ? 0 : 1,
          tenant_id: 'alpha',
        });
        expect(await server.events(requestId)).toHaveLength(signal === 'metrics' ? 0 : 1);
      }
    },
  );

  it('[B12] the page’s SELECT runs unchanged, newest first', async () => {
    const rows = await server.sql<{ timestamp: string; source: string }>(PAGE_SELECT);
    expect(rows.length).toBeGreaterThan(10);
    const times = rows.map((row) => row.timestamp);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('[B13] a body refused for its content leaves a row with status and reason and none of its bytes', async () => {
    const marker = 'canary-7f3a2b';
    const cases = [
      { headers: {}, body: `{"resourceLogs": [ "${marker}`, status: 400 },
      { headers: PROTOBUF, body: Buffer.from(`\x0a\xff${marker}`, 'latin1'), status: 400 },
      { headers: {}, body: JSON.stringify({ resourceLogs: [], [marker]: 'x'.repeat(BODY_BYTES_MAX) }), status: 413 },
      { headers: { 'content-type': 'text/plain' }, body: marker, status: 415 },
    ];
    for (const { headers, body, status } of cases) {
      const reply = await server.post('/v1/otel/claude/logs', body, headers);
      expect(reply.status).toBe(status);
      await server.stored(reply.requestId);
      const rows = await server.sql<Record<string, unknown>>('SELECT * FROM events_raw WHERE request_id = {id:UUID}', {
        id: reply.requestId,
      });
      expect(rows[0]).toMatchObject({ http_status: status });
      expect(rows[0]!['error']).not.toBe('');
      expect(JSON.stringify(rows)).not.toContain(marker);
    }
  });

  it('[B13] raw_event shows payload shape and event names, for protobuf too', async () => {
    const requestId = await server.send('/v1/otel/claude/logs', toProtobuf('logs', bodies.logs()), PROTOBUF);
    const rows = await server.sql<{ raw_event: string }>(
      'SELECT raw_event FROM events_raw WHERE request_id = {id:UUID}',
      { id: requestId },
    );
    const raw = JSON.parse(rows[0]!.raw_event);
    expect(raw.resourceLogs[0].scopeLogs[0].logRecords[0].body).toEqual({ stringValue: 'claude_code.at_mention' });
  });

  it.each(Object.keys(AGENTS))(
    '[B14] [B15] %s metrics leave a raw row and nothing in coding_agent_events or its views',
    async (agent) => {
      const marker = `metric-session-${agent}`;
      const requestId = await server.send(
        `/v1/otel/${agent}/metrics`,
        metricsRequest('claude_code.token.usage', 99, { 'session.id': marker }),
      );
      expect(await server.events(requestId)).toEqual([]);
      for (const view of ['sessions', 'tool_calls', 'model_calls', 'skill_usage']) {
        const rows = await server.sql(`SELECT * FROM ${view} WHERE session_id = {marker:String}`, { marker });
        expect(rows, view).toEqual([]);
      }
    },
  );

  it('[B17] unknown names and extra hook fields become rows of type other and attributes', async () => {
    const logs = await server.send(
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { 'event.name': 'brand_new', novelty: 'yes' } }, { body: 'just a line of text' }, {}]),
    );
    const rows = await server.events(logs);
    expect(rows).toHaveLength(3);
    expect(rows.every((row) => row['event_type'] === 'other')).toBe(true);
    expect(rows.some((row) => (row['attributes'] as Record<string, string>)['novelty'] === 'yes')).toBe(true);
    const hook = await server.send('/v1/otel/claude/hooks', {
      hook: 'CustomApproval',
      session_id: 's',
      approval: { by: 'policy', level: 3 },
      sandbox: 'strict',
    });
    const [row] = await server.events(hook);
    expect(row).toMatchObject({
      event_type: 'other',
      event_name: 'CustomApproval',
      attributes: { approval: '{"by":"policy","level":3}', sandbox: 'strict' },
    });
  });

  it('[B18] sessions, tools, skills and cost are answerable from coding_agent_events', async () => {
    const session = 'session-b18';
    await server.send(
      '/v1/otel/claude/logs',
      logsRequest([
        {
          attributes: {
            'event.name': 'api_request',
            'session.id': session,
            model: 'claude-opus-5-5',
            cost_usd: 0.25,
            input_tokens: 10,
            output_tokens: 5,
            request_id: 'req_b18',
          },
        },
        {
          attributes: {
            'event.name': 'tool_result',
            'session.id': session,
            tool_name: 'Bash',
            tool_use_id: 'toolu_b18',
            success: 'true',
            duration_ms: '12',
          },
        },
        {
          attributes: {
            'event.name': 'skill_activated',
            'session.id': session,
            'skill.name': 'release-notes',
            'skill.source': 'projectSettings',
          },
        },
      ]),
    );
    const [row] = await server.sql(
      `SELECT sum(cost_usd) AS cost, countIf(event_type = 'tool_result') AS tools, anyIf(skill_name, event_type = 'skill_activated') AS skill
       FROM coding_agent_events WHERE session_id = {session:String}`,
      { session },
    );
    expect(row).toEqual({ cost: 0.25, tools: '1', skill: 'release-notes' });
  });
});

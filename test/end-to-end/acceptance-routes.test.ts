/** Statements 1–18: routes, authentication, formats, layers, over HTTP against the embedded ClickHouse. */

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest, metricsRequest, toProtobuf, tracesRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const AGENTS = { claude: 'claude_code', codex: 'codex', cursor: 'cursor' } as const;
const SIGNALS = ['logs', 'traces', 'metrics', 'hooks'] as const;
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

const bodies = {
  logs: () =>
    logsRequest([{ body: 'claude_code.at_mention', attributes: { 'event.name': 'at_mention', 'session.id': 's1' } }]),
  traces: () => tracesRequest([{ name: 'some.span', attributes: { 'session.id': 's1' } }]),
  metrics: () => metricsRequest('claude_code.token.usage', 12, { type: 'input' }),
  hooks: () => ({ hook: 'PostToolUse', session_id: 's1', tool_name: 'Bash' }),
};

const PAGE_HOOK = `{
    "hook": "PostToolUse",
    "session_id": "sess_123",
    "tool_name": "Bash",
    "tool_use_id": "tool_abc",
    "success": true,
    "duration_ms": 412,
    "cwd": "/home/user/repo",
    "repo": "acme/web",
    "branch": "main",
    "timestamp": "2025-01-15T12:34:56Z"
  }`;

const PAGE_SELECT = `SELECT timestamp, source, http_status, raw_event
FROM moda.events_raw
WHERE source = 'otlp'
   OR source = 'coding_agent_hook'
ORDER BY timestamp DESC
LIMIT 50`;

describe('routes', () => {
  it.each(Object.keys(AGENTS).flatMap((agent) => SIGNALS.map((signal) => [agent, signal] as const)))(
    '[A1] POST /v1/otel/%s/%s takes a valid body',
    async (agent, signal) => {
      const reply = await server.post(`/v1/otel/${agent}/${signal}`, bodies[signal]());
      expect(reply.status).toBe(200);
    },
  );

  it.each(['/v1/otel/gemini/logs', '/v1/otel/claude/events', '/v1/otel/claude', '/v1/otel/claude/logs/x', '/'])(
    '[A1] answers 404 on %s',
    async (path) => {
      expect((await server.post(path, {})).status).toBe(404);
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('[A1] answers 405 on %s of a known route', async (method) => {
    const response = await fetch(`${server.url}/v1/otel/claude/logs`, { method });
    expect(response.status).toBe(405);
  });

  it.each(Object.keys(AGENTS).flatMap((agent) => SIGNALS.map((signal) => [agent, signal] as const)))(
    '[A2] /v1/otel/%s/%s refuses a missing and an unknown key with 401 and stores nothing',
    async (agent, signal) => {
      const before = await server.sql<{ n: string }>('SELECT count() AS n FROM events_raw WHERE http_status = 401');
      for (const authorization of ['', 'Bearer wrong', 'Basic abc']) {
        const response = await fetch(`${server.url}/v1/otel/${agent}/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
          body: JSON.stringify(bodies[signal]()),
        });
        expect(response.status).toBe(401);
        const text = await response.text();
        expect(text).toContain('Invalid or missing API key');
        const requestId = response.headers.get('x-request-id');
        const rows = await server.sql<{ n: string }>(
          'SELECT count() AS n FROM events_raw WHERE request_id = {id:UUID}',
          { id: requestId },
        );
        expect(rows[0]?.n).toBe('0');
      }
      expect(before[0]?.n).toBe('0');
    },
  );

  it.each(['/v1/otel/cursor/v1/logs', '/v1/otel/claude/v1/logs', '/v1/otel/codex/v1/logs'])(
    'takes the alias %s',
    async (path) => {
      expect((await server.post(path, bodies.logs())).status).toBe(200);
    },
  );
});

describe('formats', () => {
  it.each(Object.keys(AGENTS))(
    '[A3] %s: one payload sent as JSON and as protobuf gives the same normalized rows',
    async (agent) => {
      for (const signal of ['logs', 'traces'] as const) {
        const request = bodies[signal]();
        const asJson = await server.send(`/v1/otel/${agent}/${signal}`, request);
        const jsonRows = await server.events(asJson);
        const asProtobuf = await server.send(`/v1/otel/${agent}/${signal}`, toProtobuf(signal, request), PROTOBUF);
        const protobufRows = await server.events(asProtobuf);
        const stable = ({ request_id, ingested_at, ...rest }: Record<string, unknown>) => rest;
        expect(protobufRows.map(stable)).toEqual(jsonRows.map(stable));
        expect(jsonRows).toHaveLength(1);
      }
      expect(
        (await server.post(`/v1/otel/${agent}/metrics`, toProtobuf('metrics', bodies.metrics()), PROTOBUF)).status,
      ).toBe(200);
    },
  );

  it.each(Object.keys(AGENTS))('[A4] %s hooks take JSON and refuse protobuf with 415', async (agent) => {
    expect((await server.post(`/v1/otel/${agent}/hooks`, bodies.hooks())).status).toBe(200);
    expect((await server.post(`/v1/otel/${agent}/hooks`, Buffer.from([10, 0]), PROTOBUF)).status).toBe(415);
  });

  it('[A5] [A6] Claude logs as protobuf and JSON, traces as JSON while logs are protobuf', async () => {
    const logs = await server.post('/v1/otel/claude/logs', toProtobuf('logs', bodies.logs()), PROTOBUF);
    expect([logs.status, logs.body.length, logs.headers.get('content-type')]).toEqual([
      200,
      0,
      'application/x-protobuf',
    ]);
    const traces = await server.post('/v1/otel/claude/traces', bodies.traces());
    expect([traces.status, traces.json()]).toEqual([200, {}]);
  });

  it('[A7] the page’s hook curl yields one row', async () => {
    const requestId = await server.send('/v1/otel/claude/hooks', PAGE_HOOK);
    const rows = await server.events(requestId);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      provider: 'claude_code',
      event_type: 'tool_result',
      event_name: 'PostToolUse',
      tool_name: 'Bash',
      tool_use_id: 'tool_abc',
      success: true,
      duration_ms: 412,
      cwd: '/home/user/repo',
      repo: 'acme/web',
      branch: 'main',
      session_id: 'sess_123',
      timestamp: '2025-01-15 12:34:56.000000',
      tenant_id: 'alpha',
    });
  });

  it.each(['codex', 'cursor'] as const)(
    '[A8] the same hook body works on %s, only the provider differs',
    async (agent) => {
      const one = (await server.events(await server.send('/v1/otel/claude/hooks', PAGE_HOOK)))[0]!;
      const two = (await server.events(await server.send(`/v1/otel/${agent}/hooks`, PAGE_HOOK)))[0]!;
      const changed = Object.keys(one).filter((key) => JSON.stringify(one[key]) !== JSON.stringify(two[key]));
      expect(changed.filter((key) => !['event_id', 'request_id', 'ingested_at'].includes(key))).toEqual(['provider']);
      expect(two['provider']).toBe(agent);
    },
  );

  it('[A9] a Codex exporter with lower-case authorization lands at the codex logs route', async () => {
    const request = logsRequest([
      {
        timeUnixNano: '0',
        observedTimeUnixNano: '1795348083852812234',
        attributes: {
          'event.name': 'codex.user_prompt',
          'conversation.id': 'c9',
          prompt: '[REDACTED]',
          prompt_length: '44',
        },
      },
    ]);
    const requestId = await server.send('/v1/otel/codex/logs', toProtobuf('logs', request), PROTOBUF);
    const rows = await server.events(requestId);
    expect(rows[0]).toMatchObject({
      event_type: 'user_prompt',
      session_id: 'c9',
      prompt_text: '',
      prompt_length: 44,
      timestamp: '2026-11-22 11:48:03.852812',
    });
  });

  it('takes gzip and refuses an unknown encoding with 415', async () => {
    const body = gzipSync(JSON.stringify(bodies.logs()));
    expect((await server.post('/v1/otel/claude/logs', body, { 'content-encoding': 'gzip' })).status).toBe(200);
    const refused = await server.post('/v1/otel/claude/logs', body, { 'content-encoding': 'br' });
    expect(refused.status).toBe(415);
    expect(refused.body.toString()).toContain('gzip');
  });
});

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
      const sessions = await server.sql('SELECT * FROM sessions WHERE session_id = {marker:String}', { marker });
      expect(sessions).toEqual([]);
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

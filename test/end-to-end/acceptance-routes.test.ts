/** Statements 1–9: routes, authentication, formats, over HTTP against the embedded ClickHouse. */

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENTS, bodies, PROTOBUF, SIGNALS } from './support/bodies.ts';
import { logsRequest, toProtobuf } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

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
      const refused: string[] = [];
      for (const authorization of ['', 'Bearer wrong', 'Basic abc']) {
        const response = await fetch(`${server.url}/v1/otel/${agent}/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
          body: JSON.stringify(bodies[signal]()),
        });
        expect(response.status).toBe(401);
        expect(await response.text()).toContain('Invalid or missing API key');
        refused.push(response.headers.get('x-request-id') ?? '');
      }
      // What the refused requests left behind would be in the store before a later request is.
      const later = await server.send(`/v1/otel/${agent}/${signal}`, bodies[signal]());
      for (const table of ['events_raw', 'coding_agent_events']) {
        const rows = await server.sql<{ id: string }>(
          `SELECT DISTINCT request_id AS id FROM ${table} WHERE request_id IN {ids:Array(UUID)}`,
          { ids: [...refused, later] },
        );
        expect(
          rows.map(({ id }) => id),
          table,
        ).toEqual(table === 'events_raw' || signal !== 'metrics' ? [later] : []);
      }
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
    const asJson = await server.post('/v1/otel/claude/logs', bodies.logs());
    expect([asJson.status, asJson.json()]).toEqual([200, {}]);
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

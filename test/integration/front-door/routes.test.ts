import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { IngestOutcome } from '../../../src/http/ingest.ts';
import { type FrontDoorOptions, KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';

let door: RunningFrontDoor;
afterEach(() => door.stop());

const open = async (options: FrontDoorOptions = {}): Promise<void> => {
  door = await openFrontDoor(options);
};

const post = (
  path: string,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '{}',
): Promise<Response> =>
  fetch(door.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body,
  });

// The oracle for protobuf answers: the messages as their .proto files define them.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message PartialSuccess { int64 rejected = 1; string error_message = 2; }
  message ExportResponse { PartialSuccess partial_success = 1; }
`);

async function statusOf(response: Response): Promise<{ code?: number; message?: string }> {
  const type = root.lookupType('Status');
  return type.toObject(type.decode(new Uint8Array(await response.arrayBuffer())));
}

const AGENTS = { claude: 'claude_code', codex: 'codex', cursor: 'cursor' } as const;

describe('routes', () => {
  it('[A1] hands each of the twelve routes on with its provider and signal', async () => {
    await open();
    for (const [word, provider] of Object.entries(AGENTS)) {
      for (const signal of ['logs', 'traces', 'metrics', 'hooks']) {
        expect((await post(`/v1/otel/${word}/${signal}`)).status).toBe(200);
        expect(door.received.at(-1)).toMatchObject({ provider, signal, tenantId: 'alpha' });
      }
    }
    expect(door.received).toHaveLength(12);
  });

  it('takes the aliases that exporters make by appending /v1/<signal>', async () => {
    await open();
    for (const word of Object.keys(AGENTS)) {
      for (const signal of ['logs', 'traces', 'metrics']) {
        expect((await post(`/v1/otel/${word}/v1/${signal}`)).status).toBe(200);
        expect(door.received.at(-1)?.signal).toBe(signal);
      }
    }
  });

  it('stores the session_end signal as a hook of the provider that it names', async () => {
    await open();
    await post('/v1/sessions/end?provider=codex');
    await post('/v1/sessions/end');
    expect(door.received.map(({ provider, signal }) => [provider, signal])).toEqual([
      ['codex', 'hooks'],
      ['claude_code', 'hooks'],
    ]);
  });

  it.each([
    '/v1/otel/gemini/logs',
    '/v1/otel/claude/events',
    '/v1/otel/claude',
    '/v1/otel/claude/logs/',
    '//v1/otel/claude/logs',
    '/v1//otel/claude/logs',
    '/v1/otel/claude/%6cogs',
    '/V1/otel/claude/logs',
    '/',
  ])('[A1] knows no route at %s', async (path) => {
    await open();
    const response = await post(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(door.received).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])(
    '[A1] answers 405 with Allow to %s of a known route',
    async (method) => {
      await open();
      for (const path of ['/v1/otel/claude/logs', '/v1/otel/claude/hooks']) {
        const response = await fetch(door.url + path, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toBe('POST');
      }
    },
  );

  it('gives every answer the id under which its row is stored', async () => {
    await open();
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await post('/v1/otel/claude/logs')).headers.get('x-request-id')),
    );
    expect(new Set(ids)).toEqual(new Set(door.received.map((request) => request.requestId)));
    expect(ids).toHaveLength(new Set(ids).size);
  });
});

describe('keys', () => {
  it.each(['', 'Bearer', 'Bearer ', 'Bearer wrong', `Basic ${KEY}`, KEY, `Bearer ${'x'.repeat(2000)}`])(
    '[A2] refuses the authorization %j with 401 and hands nothing on',
    async (authorization) => {
      await open();
      const response = await fetch(`${door.url}/v1/otel/claude/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) },
        body: '{}',
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ code: 16, message: 'Invalid or missing API key' });
      expect(door.received).toEqual([]);
      expect(door.ledger.tenants.size).toBe(0);
    },
  );

  it('[A9] takes the scheme in any case, as Codex sends it', async () => {
    await open();
    expect((await post('/v1/otel/codex/logs', { authorization: `bearer ${KEY}` })).status).toBe(200);
  });
});

describe('answers of the OTLP routes', () => {
  const partial: IngestOutcome = {
    ok: true,
    recordCount: 3,
    rejectedCount: 2,
    rejectedReason: 'body: expected a string',
    isAgentHook: false,
  };

  it('answers a stored protobuf body with an empty protobuf body and JSON with {}', async () => {
    await open();
    const binary = await post(
      '/v1/otel/claude/logs',
      { 'content-type': 'application/x-protobuf' },
      new Uint8Array([0]),
    );
    expect(binary.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await binary.arrayBuffer()).byteLength).toBe(0);
    const json = await post('/v1/otel/claude/logs', { 'content-type': 'application/json; charset=utf-8' });
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(await json.text()).toBe('{}');
  });

  it.each([
    ['logs', 'rejectedLogRecords'],
    ['traces', 'rejectedSpans'],
    ['metrics', 'rejectedDataPoints'],
  ])('reports refused records of %s as partial success in both encodings', async (signal, field) => {
    await open({ outcome: () => partial });
    const json = await post(`/v1/otel/claude/${signal}`);
    expect(await json.json()).toEqual({ partialSuccess: { [field]: '2', errorMessage: 'body: expected a string' } });
    const binary = await post(`/v1/otel/claude/${signal}`, { 'content-type': 'application/x-protobuf' });
    const type = root.lookupType('ExportResponse');
    const message = type.toObject(type.decode(new Uint8Array(await binary.arrayBuffer())), { longs: Number });
    expect(message).toEqual({ partialSuccess: { rejected: 2, errorMessage: 'body: expected a string' } });
  });

  it.each([
    [{ ok: false, code: 'MALFORMED_PROTOBUF', detail: 'offset 7' }, 400, 3, undefined],
    [{ ok: false, code: 'DECODED_TOO_LARGE', detail: '' }, 413, 3, undefined],
    [{ ok: false, code: 'QUEUE_TIMEOUT', detail: '' }, 503, 14, '1'],
    [{ ok: false, code: 'SPOOL_FULL', detail: '' }, 503, 14, '5'],
  ] as const)(
    'answers the refusal %o as google.rpc.Status in the encoding of the request',
    async (outcome, status, code, retryAfter) => {
      await open({ outcome: () => outcome });
      const binary = await post('/v1/otel/claude/logs', { 'content-type': 'application/x-protobuf' });
      expect(binary.status).toBe(status);
      expect(binary.headers.get('retry-after') ?? undefined).toBe(retryAfter);
      const decoded = await statusOf(binary);
      expect(decoded.code).toBe(code);
      const json = await post('/v1/otel/claude/logs');
      expect(json.status).toBe(status);
      expect(await json.json()).toEqual({ code, message: decoded.message });
    },
  );

  it('answers 401, 404, 405 and 415 as Status too, in JSON when the type is unknown', async () => {
    await open();
    const protobufType = { 'content-type': 'application/x-protobuf' };
    expect((await statusOf(await post('/v1/otel/claude/logs', { ...protobufType, authorization: 'x' }))).code).toBe(16);
    expect((await statusOf(await post('/v1/otel/claude/nothing', protobufType))).code).toBe(5);
    const method = await fetch(`${door.url}/v1/otel/claude/logs`, { method: 'PUT', headers: protobufType, body: 'x' });
    expect((await statusOf(method)).code).toBe(12);
    const unknown = await post('/v1/otel/claude/logs', { 'content-type': 'text/plain' });
    expect(unknown.status).toBe(415);
    expect(await unknown.json()).toMatchObject({ code: 3 });
  });
});

describe('answers of the hook routes', () => {
  const hook = (isAgentHook: boolean): IngestOutcome => ({
    ok: true,
    recordCount: 2,
    rejectedCount: 0,
    rejectedReason: '',
    isAgentHook,
  });

  it('says nothing to an agent that waits for its own hook', async () => {
    await open({ outcome: () => hook(true) });
    expect(await (await post('/v1/otel/claude/hooks')).text()).toBe('{}');
  });

  it('counts for everybody else', async () => {
    await open({ outcome: () => hook(false) });
    const response = await post('/v1/otel/claude/hooks');
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toEqual({ success: true, count: 2, requestId });
  });

  it.each([
    ['MALFORMED_HOOK', 400, false],
    ['SERVER_FULL', 503, true],
  ] as const)('answers %s with its status and whether to retry', async (code, status, retryable) => {
    await open({ outcome: () => ({ ok: false, code, detail: 'expected an object' }) });
    const response = await post('/v1/otel/claude/hooks');
    expect(response.status).toBe(status);
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toMatchObject({ success: false, requestId, retryable });
  });

  it('[A4] refuses protobuf with 415', async () => {
    await open();
    expect((await post('/v1/otel/claude/hooks', { 'content-type': 'application/x-protobuf' })).status).toBe(415);
  });
});

describe('content that is refused after authentication', () => {
  it.each([
    ['no type', '/v1/otel/claude/logs', { 'content-type': '' }, 'UNSUPPORTED_CONTENT_TYPE', 415],
    ['a foreign type', '/v1/otel/claude/logs', { 'content-type': 'text/html' }, 'UNSUPPORTED_CONTENT_TYPE', 415],
    [
      'protobuf on hooks',
      '/v1/otel/claude/hooks',
      { 'content-type': 'application/x-protobuf' },
      'UNSUPPORTED_CONTENT_TYPE',
      415,
    ],
    ['a foreign coding', '/v1/otel/claude/logs', { 'content-encoding': 'br' }, 'UNSUPPORTED_CONTENT_ENCODING', 415],
    [
      'a list of codings',
      '/v1/otel/claude/logs',
      { 'content-encoding': 'gzip, gzip' },
      'UNSUPPORTED_CONTENT_ENCODING',
      415,
    ],
  ] as const)(
    '[B13] hands %s on without its body, so that it leaves a row',
    async (_name, path, headers, code, status) => {
      await open();
      expect((await post(path, headers, 'secret')).status).toBe(status);
      expect(door.received).toHaveLength(1);
      expect(door.received[0]).toMatchObject({ refusal: { code } });
      expect(door.received[0]?.body).toHaveLength(0);
      expect(door.budget.bytes).toBe(0);
    },
  );

  it('[B13] hands on a body over the limit, announced or chunked, without its bytes', async () => {
    await open({ bodyBytesMax: 10_000 });
    const body = new Uint8Array(50_000);
    expect((await post('/v1/otel/claude/logs', {}, body)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body);
        controller.close();
      },
    });
    const chunked = await fetch(`${door.url}/v1/otel/claude/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(door.received.map((request) => [request.refusal?.code, request.body.length])).toEqual([
      ['BODY_TOO_LARGE', 0],
      ['BODY_TOO_LARGE', 0],
    ]);
    expect(door.budget.bytes).toBe(0);
  });
});

describe('JSON routes', () => {
  const echo = {
    method: 'POST' as const,
    pattern: '/v1/things/{id}/echo',
    handle: (request: { params: unknown; tenantId: string; body: unknown; query: URLSearchParams }) => ({
      status: 202,
      json: { ...request, query: [...request.query] },
    }),
  };

  it('passes tenant, parameters, query and body', async () => {
    await open({ api: [echo] });
    const response = await post('/v1/things/a%20b/echo?x=1&x=2', {}, '{"n":1}');
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      tenantId: 'alpha',
      params: { id: 'a b' },
      query: [
        ['x', '1'],
        ['x', '2'],
      ],
      body: { n: 1 },
    });
  });

  it('refuses a missing key, another method, a bad body and a path that escapes its segment', async () => {
    await open({ api: [echo] });
    expect((await post('/v1/things/1/echo', { authorization: '' })).status).toBe(401);
    expect((await fetch(`${door.url}/v1/things/1/echo`)).status).toBe(405);
    expect((await post('/v1/things/1/echo', {}, '{')).status).toBe(400);
    expect((await post('/v1/things/..%2f..%2fetc/echo')).status).toBe(404);
    expect((await post('/v1/things/%ff/echo')).status).toBe(404);
    expect((await post('/v1/things/1/echo', {}, new Uint8Array(2 * 1024 * 1024))).status).toBe(413);
  });

  it('answers 503 and tells the operator when the function fails, without its message', async () => {
    const failing = {
      ...echo,
      handle: () => {
        throw new Error('secret inside');
      },
    };
    await open({ api: [failing] });
    const response = await post('/v1/things/1/echo');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('secret');
    expect(door.failures).toHaveLength(1);
  });
});

describe('probes', () => {
  const text = { status: 200, contentType: 'text/plain', body: 'ok' };

  it('answers GET and HEAD without a key', async () => {
    await open({ probes: [{ path: '/healthz', access: 'open', answer: () => text }] });
    expect(await (await fetch(`${door.url}/healthz`)).text()).toBe('ok');
    const head = await fetch(`${door.url}/healthz`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '2']);
    expect((await fetch(`${door.url}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('shows operator routes to loopback, but to nobody behind a proxy without the admin key', async () => {
    const adminKey = 'an-admin-key-of-some-length';
    await open({ adminKey, probes: [{ path: '/metrics', access: 'operator', answer: () => text }] });
    const get = (headers: Record<string, string>): Promise<number> =>
      fetch(`${door.url}/metrics`, { headers }).then((response) => response.status);
    expect(await get({})).toBe(200);
    expect(await get({ 'x-forwarded-for': '203.0.113.7' })).toBe(401);
    expect(await get({ 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer wrong' })).toBe(401);
    expect(await get({ 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${adminKey}` })).toBe(200);
  });
});

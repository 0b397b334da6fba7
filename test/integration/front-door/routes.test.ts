import { afterEach, describe, expect, it } from 'vitest';
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
    await post('/v1/sessions/end', {}, '{"signal":"session_end","provider":"cursor"}');
    await post('/v1/sessions/end', {}, '{"provider":"__proto__"}');
    await post('/v1/sessions/end', {}, 'not json');
    expect(door.received.map(({ provider, signal }) => [provider, signal])).toEqual([
      ['codex', 'hooks'],
      ['cursor', 'hooks'],
      ['claude_code', 'hooks'],
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

  it('shows operator routes to loopback, but not through a proxy or a web page without the admin key', async () => {
    const adminKey = 'an-admin-key-of-some-length';
    await open({ adminKey, probes: [{ path: '/metrics', access: 'operator', answer: () => text }] });
    const get = (headers: Record<string, string>): Promise<number> =>
      fetch(`${door.url}/metrics`, { headers }).then((response) => response.status);
    expect(await get({})).toBe(200);
    expect(await get({ 'x-forwarded-for': '203.0.113.7' })).toBe(401);
    for (const name of ['forwarded', 'via', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']) {
      expect([name, await get({ [name]: 'example.com' })]).toEqual([name, 401]);
    }
    expect(await get({ origin: 'https://example.com' })).toBe(401);
    expect(await get({ 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer wrong' })).toBe(401);
    expect(await get({ 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${adminKey}` })).toBe(200);
  });
});

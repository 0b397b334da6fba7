/** Statements 19–27: who an event belongs to, on every scope and in hooks, over HTTP against the embedded ClickHouse. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest, tracesRequest } from './support/otlp.ts';
import { KEY, OTHER_KEY, type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const NAMES: readonly (readonly [statement: string, column: string, names: readonly string[]])[] = [
  ['C19', 'org_id', ['org_id', 'org.id', 'company.id', 'organization.id']],
  ['C20', 'project_id', ['project_id', 'project.id', 'moda.project_id']],
  ['C21', 'user_id', ['user.id', 'enduser.id', 'moda.user_id']],
  ['C21', 'user_email', ['user.email', 'enduser.email']],
  ['C22', 'repo', ['repo']],
  ['C22', 'branch', ['branch']],
];
const EACH = NAMES.flatMap(([statement, column, names]) => names.map((name) => [statement, column, name] as const));

const one = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
  const rows = await server.events(await server.send(path, body));
  expect(rows).toHaveLength(1);
  return rows[0]!;
};

describe('each name alone', () => {
  it.each(EACH)(
    '[%s] [C23] [C24] %s from %s on resource, scope, record, span and hook',
    async (_statement, column, name) => {
      const value = `${name}-value`;
      const own = { [name]: value };
      const bodies: readonly (readonly [string, unknown])[] = [
        ['/v1/otel/claude/logs', logsRequest([{}], own)],
        ['/v1/otel/codex/logs', logsRequest([{}], {}, own)],
        ['/v1/otel/cursor/logs', logsRequest([{ attributes: own }])],
        ['/v1/otel/claude/traces', tracesRequest([{ name: 'x', attributes: own }])],
        ['/v1/otel/claude/traces', tracesRequest([{ name: 'x' }], own)],
        ['/v1/otel/claude/hooks', { hook: 'Stop', session_id: 's', ...own }],
      ];
      for (const [path, body] of bodies) {
        const row = await one(path, body);
        expect(row[column], path).toBe(value);
        expect(row['attributes'], path).not.toHaveProperty([name]);
      }
    },
  );
});

describe('several names', () => {
  it('[C19] [C20] the order of names decides, whatever the scope', async () => {
    const row = await one(
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { 'organization.id': 'four', 'company.id': 'three', 'moda.project_id': 'last' } }], {
        org_id: 'one',
        'org.id': 'two',
        project_id: 'first',
      }),
    );
    expect(row).toMatchObject({ org_id: 'one', project_id: 'first' });
    expect(row['attributes']).toMatchObject({
      'organization.id': 'four',
      'company.id': 'three',
      'org.id': 'two',
      'moda.project_id': 'last',
    });
  });

  it('[C23] the same name on several scopes: the innermost wins', async () => {
    const row = await one(
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { repo: 'record' } }], { repo: 'resource' }, { repo: 'scope', branch: 'scope' }),
    );
    expect(row).toMatchObject({ repo: 'record', branch: 'scope' });
  });

  it('[C23] moda.user_id > enduser.id > user.id', async () => {
    const all = { 'user.id': 'u', 'enduser.id': 'e', 'moda.user_id': 'm' };
    expect(
      (
        await one(
          '/v1/otel/claude/logs',
          logsRequest([{ attributes: { 'user.id': 'u' } }], { 'enduser.id': 'e', 'moda.user_id': 'm' }),
        )
      )['user_id'],
    ).toBe('m');
    expect(
      (await one('/v1/otel/claude/logs', logsRequest([{ attributes: { 'user.id': 'u' } }], { 'enduser.id': 'e' })))[
        'user_id'
      ],
    ).toBe('e');
    expect((await one('/v1/otel/claude/hooks', { hook: 'Stop', ...all }))['user_id']).toBe('m');
  });

  it('[C23] Claude’s 64-hex installation id gives way to the resource’s user.id and stays in attributes', async () => {
    const hex = '93002308726bc282234dbac123bf2e220a16fb02255c28f3b2f01bd6550c2131';
    const row = await one(
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { 'user.id': hex } }], { 'user.id': 'dana' }),
    );
    expect(row['user_id']).toBe('dana');
    expect(row['attributes']).toMatchObject({ 'user.id': hex });
    expect((await one('/v1/otel/claude/logs', logsRequest([{ attributes: { 'user.id': hex } }])))['user_id']).toBe(hex);
  });
});

it('[C25] the page’s OTEL_RESOURCE_ATTRIBUTES sample fills org, project, email, repo; provider stays an attribute', async () => {
  const row = await one(
    '/v1/otel/claude/logs',
    logsRequest([{}], {
      provider: 'something_else',
      'company.id': 'acme',
      'project.id': 'web',
      'user.email': 'dana@example.com',
      repo: 'acme/web',
    }),
  );
  expect(row).toMatchObject({
    provider: 'claude_code',
    org_id: 'acme',
    project_id: 'web',
    user_email: 'dana@example.com',
    repo: 'acme/web',
  });
  expect(row['attributes']).toMatchObject({ provider: 'something_else' });
});

describe('tenants', () => {
  it('[C26] the tenant comes from the key alone', async () => {
    const claims = { tenant_id: 'beta', 'tenant.id': 'beta', 'moda.tenant_id': 'beta' };
    for (const [path, body] of [
      ['/v1/otel/claude/logs', logsRequest([{ attributes: claims }], claims)],
      ['/v1/otel/claude/hooks', { hook: 'Stop', ...claims }],
    ] as const) {
      expect((await one(path, body))['tenant_id']).toBe('alpha');
    }
  });

  it('[C27] a tenant’s request is unknown to another tenant', async () => {
    const requestId = await server.send('/v1/otel/claude/hooks', { hook: 'Stop', session_id: 'alpha-only' });
    const ask = async (key: string): Promise<unknown> => {
      const response = await fetch(`${server.url}/v1/requests/${requestId}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return response.json();
    };
    expect(await ask(KEY)).toMatchObject({ stored: true, normalized_count: 1 });
    expect(await ask(OTHER_KEY)).toMatchObject({ stored: false });
  });

  it('[C27] the same span sent by two tenants stays two rows', async () => {
    const body = tracesRequest([
      { name: 'shared', spanId: 'aaaaaaaaaaaaaaaa', attributes: { 'session.id': 'shared-session' } },
    ]);
    const mine = await server.send('/v1/otel/claude/traces', body);
    const theirs = await server.send('/v1/otel/claude/traces', body, { authorization: `Bearer ${OTHER_KEY}` });
    expect((await server.events(mine))[0]).toMatchObject({ tenant_id: 'alpha' });
    expect((await server.events(theirs))[0]).toMatchObject({ tenant_id: 'beta' });
  });
});

/** Where a secret hides from a reader of forms: spellings of names, escapes, repeated keys, lists, every part of OTLP messages. */

import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../src/model/identity.ts';
import { log, scrub, span, spanEvent } from './scrubbed.ts';

const SECRET = 'zQ8fK2mVt4LpX9rB';
const TOKEN = `ghp_${SECRET}${SECRET}12ab`;
const EVERYTHING = { capturePrompts: true, captureOutputs: true };

/** What would be stored when everything is captured: redaction alone must take the secret out. */
const stored = (signal: Signal, body: unknown): string => scrub('codex', signal, body, EVERYTHING).text;
const hook = (fields: Record<string, unknown>): string => stored('hooks', { hook_event_name: 'X', ...fields });
const escaped = (text: string): string =>
  [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('a name that says "secret"', () => {
  const names =
    `authorization Authorization AUTHORIZATION proxy-authorization ProxyAuthorization authorization_header bearer
    bearerToken x-api-key X-Api-Key X_API_KEY api_key apikey apiKey API-KEY api.key access_key accessKey secret
    client_secret clientSecret client.secret token access_token accessToken refresh_token refreshtoken id_token idToken
    password Password PASSWORD passWord dbPassword db.password passwd pwd user_pwd passphrase password_confirmation
    newPassword private_key privateKey cookie Cookie set-cookie Set-Cookie credential credentials ANTHROPIC_API_KEY
    OPENAI_API_KEY MODA_TOKEN MODA_API_KEY STRIPE_KEY NPM_TOKEN SLACK_SIGNING_SECRET PG_PASSWORD PGPASSWORD MYSQL_PWD
    ToKeN PASSword aPiKeY pAsSwOrD DB_PassWORD keyStorepass
    http.request.header.authorization http.request.header.x-api-key //npm.example.com/:_authToken`.split(/\s+/);

  it.each(names)('[D40] %s: attribute, hook field, list, JSON in a string, JSON in a command', (name) => {
    expect(stored('logs', log({ [name]: SECRET }))).not.toContain(SECRET);
    expect(stored('traces', span({}, {}, { resource: { [name]: SECRET }, scope: { [name]: [SECRET] } }))).not.toContain(
      SECRET,
    );
    expect(hook({ deep: [{ [name]: SECRET }] })).not.toContain(SECRET);
    expect(hook({ tool_input: JSON.stringify({ a: JSON.stringify({ [name]: SECRET }) }) })).not.toContain(SECRET);
    expect(hook({ command: `cat <<E\n${JSON.stringify({ [name]: SECRET })}\nE` })).not.toContain(SECRET);
  });

  it.each(['pW', 'tOKens_used', 'TokEnizer'])('[D40] %s is another word', (name) => {
    expect(hook({ deep: [{ [name]: SECRET }] })).toContain(SECRET);
  });

  it('[D40] holds for all below it that looks random, however deep', () => {
    expect(hook({ credentials: { work: { list: [{ x: SECRET, user: 'bob' }] } } })).toContain('"user":"bob"');
    expect(hook({ credentials: { work: { list: [{ x: SECRET }] } } })).not.toContain(SECRET);
  });
});

describe('beside its name', () => {
  it.each([
    [{ env: [{ name: 'API_TOKEN', value: SECRET }] }],
    [{ env: [{ Name: 'API_TOKEN', Value: SECRET }] }],
    [{ env: [{ key: 'API_TOKEN', val: SECRET }] }],
    [{ headers: [['x-api-key', SECRET]] }],
    [{ rawHeaders: ['Host', 'example.org', 'X-Api-Key', SECRET] }],
    [{ argv: ['deploy', '--token', SECRET] }],
    [{ argv: ['sshpass', '-p', SECRET, 'ssh', 'host'] }],
    [{ argv: ['curl', '-u', `bob:${SECRET}`, 'https://example.org'] }],
    [{ argv: ['curl', '-H', `X-Api-Key: ${SECRET}`] }],
  ])('[D40] %j', (fields) => expect(hook(fields)).not.toContain(SECRET));

  it.each([
    [{ columns: ['id', 'password', 'created_at', 'token_type'] }],
    [{ argv: ['ssh', '-p', '2222', 'host'] }],
    [{ argv: ['mkdir', '-p', 'src/token'] }],
  ])('[D40] %j stays', (fields) => expect(hook(fields)).toContain(JSON.stringify(Object.values(fields)[0])));

  it.each(
    (['claude_code', 'codex', 'cursor'] as const).flatMap((agent) => [
      { agent, capturePrompts: true },
      { agent, capturePrompts: false },
    ]),
  )('[D40] as two attributes of one record: %j', ({ agent, capturePrompts }) => {
    const attributes = { name: 'API_TOKEN', value: SECRET };
    expect(scrub(agent, 'logs', log(attributes), { capturePrompts }).text).not.toContain(SECRET);
    expect(scrub(agent, 'traces', span(attributes), { capturePrompts }).text).not.toContain(SECRET);
  });
});

describe('written otherwise', () => {
  it.each([
    ['a key with an escape', `{"hook_event_name":"X","\\u0070assword":"${SECRET}"}`],
    ['a value of escapes', `{"hook_event_name":"X","v":"${escaped(TOKEN)}"}`],
    ['a key that stands twice', `{"hook_event_name":"X","token":"${SECRET}","token":5}`],
    ['a key that stands twice, the other way', `{"hook_event_name":"X","token":5,"token":"${SECRET}"}`],
    ['a container that stands twice', `{"hook_event_name":"X","tool_input":{"token":"${SECRET}"},"tool_input":{}}`],
  ])('[D41] %s', (_name, body) => {
    // As the wire has it: JSON.parse would have taken the escapes and the first of two keys away.
    const { text } = scrub('codex', 'hooks', Buffer.from(body), EVERYTHING);
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['a key with an escape in JSON in a string', { tool_input: `{"\\u0070assword":"${SECRET}"}` }],
    ['a key with an escape in JSON in a command', { command: `echo {"\\u0070assword":"${SECRET}"} > x` }],
    ['escapes three levels deep', { command: `echo {\\\\\\"\\\\\\u0070assword\\\\\\":\\\\\\"${SECRET}\\\\\\"}` }],
    ['JSON that was cut', { v: `{"password":"${SECRET}","x":"abc` }],
    ['JSON lines', { v: `{"a":1}\n{"password":"${SECRET}"}` }],
    ['a percent-encoded query', { v: `r=https%3A%2F%2Fh%2F%3Fclient_secret%3D${SECRET}%26x%3D1` }],
    ['Markdown', { v: `**Password**: \`${SECRET}\`` }],
    ['Markdown, colon inside', { v: `**Password:** ${SECRET}` }],
    ['a table', { v: `| password | ${SECRET} |` }],
    ['the next line', { v: `password:\n  ${SECRET}\nnext: 1` }],
    ['a wide colon', { v: `password：${SECRET}` }],
    ['CRLF', { v: `A=1\r\nAPI_KEY=${SECRET}\r\nB=2` }],
    ['fish', { command: `set -gx API_TOKEN ${SECRET}` }],
    ['gh secret set', { command: `gh secret set API_TOKEN --body "${SECRET}"` }],
  ])('[D41] %s', (_name, fields) => expect(hook(fields)).not.toContain(SECRET));

  it.each(['"\n  + "', '\\n" +\n"', '" \\\n  "', "\\n'\n'", "',\n  '", '<br>', '\\\\n'])(
    '[D41] a private key with its lines joined by %j',
    (joint) => {
      const lines = [`MIIE${SECRET.repeat(3)}`, SECRET.repeat(4), `${SECRET}Qw==`];
      const text = hook({
        command: `k = "-----BEGIN RSA PRIVATE KEY-----${joint}${lines.join(joint)}${joint}-----END`,
      });
      expect(text).not.toContain(SECRET);
      expect(text).toContain('-----END');
    },
  );

  it.each(['"', '\\"'])('[D40] what stands behind a key that was cut stays, quotes as %s', (quote) => {
    const pair = '"name":"deployment-of-today"';
    const v = `echo {"key":"-----BEGIN PRIVATE KEY-----\\nMIIE${SECRET}${SECRET}",${pair}`.replaceAll('"', quote);
    expect(JSON.parse(hook({ command: v })).command).toContain(pair.replaceAll('"', quote));
  });

  it.each([
    [`https://${TOKEN.slice(4)}:x-oauth-basic@github.com/a/b`],
    [`https://${SECRET}:@api.example.org/v1`],
    [`https://${SECRET}:x@api.example.org/v1`],
  ])('[D41] a token as the user of a URL: %s', (url) => {
    expect(hook({ command: `curl ${url}` })).not.toContain(SECRET);
  });

  it('[D40] a name as the user of a URL stays', () => {
    expect(hook({ command: 'git clone https://build-agent:@git.example.org/x' })).toContain('build-agent:@git');
  });

  it.each([
    ['an escaped equals sign', `{"env":"API_KEY\\u003d${SECRET}\\u0026`],
    ['an escaped colon', `API_KEY\\u003a ${SECRET}`],
    ['escaped marks in a URL', `postgres\\u003a\\u002f\\u002fapp\\u003A${SECRET}\\u0040db.example.org`],
    ['slashes escaped twice', `{\\"url\\":\\"https:\\\\/\\\\/app:${SECRET}@example.org\\\\/x`],
    ['slashes escaped three times', `https:\\\\\\\\/\\\\\\\\/app:${SECRET}@example.org`],
  ])('[D41] %s in a text that is no JSON', (_name, v) => expect(hook({ v })).not.toContain(SECRET));

  it('[D41] a value of escapes in a command', () => {
    expect(hook({ command: `echo "${escaped(TOKEN)}"` })).toContain('[REDACTED:github-token]');
    expect(hook({ command: 'printf "\\u0041\\u0042"' })).toContain('u0041');
  });

  it.each([5, 9])('[D41] JSON in %i strings', (levels) => {
    let text = JSON.stringify({ password: SECRET });
    for (let level = 1; level < levels; level++) text = JSON.stringify({ x: text });
    expect(hook({ v: text })).not.toContain(SECRET);
  });
});

describe('where a key is cut', () => {
  it.each([200, 215, 230, 240, 250])('[D41] at %i bytes', (before) => {
    const key = `${'k'.repeat(before)} ${TOKEN}`;
    for (const text of [
      hook({ [key]: 1 }),
      hook({ v: JSON.stringify({ [key]: 'x' }) }),
      stored('logs', log({ [key]: 'x' })),
    ]) {
      expect(text).not.toContain(SECRET.slice(0, 4));
      expect(text).toContain('k'.repeat(before));
    }
  });

  it('[D41] what stays of a long key has at most 256 bytes, and says still what its value is', () => {
    expect(hook({ ['é'.repeat(200)]: 1 })).toContain(`"${'é'.repeat(128)}":1`);
    expect(hook({ [`api_token.${'x'.repeat(9000)}`]: 1 })).toContain(`"api_token.${'x'.repeat(246)}":1`);
    expect(hook({ [`${'x_'.repeat(120)}token`]: SECRET })).not.toContain(SECRET);
  });
});

describe('on a command line', () => {
  it.each(
    [
      `curl -H"X-Api-Key:${SECRET}"`,
      `curl --cookie session=${SECRET} https://example.org`,
      `curl --oauth2-bearer ${SECRET} https://example.org`,
      `mysql -uroot -p${SECRET} db`,
      `psql "host=h user=u password=${SECRET} dbname=d"`,
      `echo "${SECRET}" | sudo -S ls`,
      `git -c http.extraHeader="AUTHORIZATION: basic ${Buffer.from(`u:${SECRET}`).toString('base64')}" clone x`,
      `npm config set //npm.example.com/:_authToken ${SECRET}`,
      `kubectl create secret generic x --from-literal=password=${SECRET}`,
      `terraform apply -var="db_password=${SECRET}"`,
      `openssl enc -aes-256-cbc -k ${SECRET}`,
      `ssh-keygen -N "${SECRET}" -f key`,
      `vault login -method=token ${SECRET}`,
      `cargo login ${SECRET}`,
      `twine upload -u __token__ -p ${SECRET}`,
      `echo 'machine h login u password ${SECRET}' >> ~/.netrc`,
    ].map((command) => [command]),
  )('[D39] %s', (command) => {
    const text = hook({ command });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(`u:${SECRET}`).toString('base64'));
  });

  it.each([
    'vault login -method=oidc',
    'cargo login',
    'ssh-keygen -t ed25519 -f key',
    'openssl rand -hex 32',
    'sudo -S ls',
  ])('[D40] %s stays', (command) => expect(hook({ command })).toContain(`"${command}"`));
});

describe('every part of a message', () => {
  const metric = (fields: Record<string, unknown>): unknown => ({
    resourceMetrics: [
      {
        resource: { attributes: [] },
        scopeMetrics: [
          {
            scope: { name: 's' },
            metrics: [{ name: 'm', unit: '1', description: 'd', ...fields }],
          },
        ],
      },
    ],
  });
  const attribute = { key: 'token', value: { stringValue: SECRET } };
  const nameless = { key: TOKEN, value: { stringValue: 'x' } };
  const points = (fields: Record<string, unknown>) => ({ dataPoints: [{ asInt: '1', attributes: [], ...fields }] });

  it.each([
    ['a span event', 'traces', span({}, { events: [spanEvent(TOKEN, { token: SECRET, [TOKEN]: 'x' })] })],
    ['a span link', 'traces', span({}, { links: [{ traceState: TOKEN, attributes: [attribute, nameless] }] })],
    ['a status', 'traces', span({}, { status: { code: 2, message: `token=${SECRET}` } })],
    ['a name and a trace state', 'traces', span({}, { name: `GET ${TOKEN}`, traceState: `a=${TOKEN}` })],
    [
      'a severity',
      'logs',
      { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityText: TOKEN, eventName: TOKEN }] }] }] },
    ],
    ['a body', 'logs', log({}, {}, { token: SECRET, list: ['--token', SECRET] })],
    ['a metric', 'metrics', metric({ name: TOKEN, unit: TOKEN, description: TOKEN })],
    ['its metadata', 'metrics', metric({ metadata: [attribute, nameless] })],
    ['its points', 'metrics', metric({ sum: points({ attributes: [attribute, nameless] }) })],
    [
      'its exemplars',
      'metrics',
      metric({ sum: points({ exemplars: [{ asInt: '1', filteredAttributes: [attribute, nameless] }] }) }),
    ],
    [
      'an unknown field',
      'logs',
      { resourceLogs: [{ scopeLogs: [{ logRecords: [{ note: TOKEN, more: { token: SECRET } }] }] }] },
    ],
  ] as const)('[D41] %s', (_name, signal, body) => expect(stored(signal, body)).not.toContain(SECRET));
});

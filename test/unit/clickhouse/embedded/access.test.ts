import { describe, expect, it } from 'vitest';

import { authenticate, browserRefusal } from '../../../../src/clickhouse/embedded/access.ts';
import { parseRequest } from '../../../../src/clickhouse/embedded/request-parameters.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('browserRefusal', () => {
  it.each(['localhost', 'localhost:8123', '127.0.0.1:8123', '127.8.9.1', '[::1]:8123', 'LOCALHOST'])(
    'lets a loopback Host pass: %s',
    (host) => expect(browserRefusal({ host })).toBeUndefined(),
  );

  it.each(['example.com', 'localhost.example.com', '127.0.0.1.example.com', '10.0.0.1:8123', '', 'localhost:8123:1'])(
    'refuses another Host: %j',
    (host) => expect(browserRefusal({ host })).toContain('Host'),
  );

  it('refuses a request without Host, with Origin, or with fetch metadata', () => {
    expect(browserRefusal({})).toContain('Host');
    expect(browserRefusal({ host: 'localhost', origin: 'http://localhost' })).toContain('Origin');
    expect(browserRefusal({ host: 'localhost', 'sec-fetch-site': 'none' })).toContain('browser');
  });
});

describe('authenticate', () => {
  it.each([
    ['basic', '', { authorization: basic('default:s:ecret') }],
    ['headers', '', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': 's:ecret' }],
    ['key header alone', '', { 'x-clickhouse-key': 's:ecret' }],
    ['URL', 'user=default&password=s%3Aecret', {}],
  ])('takes the password by %s', (_way, search, headers) => {
    expect(() => authenticate(parseRequest(new URLSearchParams(search), headers), 's:ecret')).not.toThrow();
  });

  it.each([
    ['wrong password', { authorization: basic('default:x') }, 516],
    ['wrong user', { authorization: basic('root:s:ecret') }, 516],
    ['no password', { authorization: basic('default') }, 516],
    ['no credentials', {}, 194],
  ])('refuses %s', (_case, headers, code) => {
    const request = parseRequest(new URLSearchParams(), headers);
    expect(() => authenticate(request, 's:ecret')).toThrow(expect.objectContaining({ code }));
  });
});

describe('parseRequest', () => {
  it('tells parameters, settings and its own names apart', () => {
    const search = new URLSearchParams('query=SELECT+1&param_a=x&max_threads=2&wait_end_of_query=1&database=d');
    expect(parseRequest(search, {})).toMatchObject({
      query: 'SELECT 1',
      database: 'd',
      waitsForEnd: true,
      queryParameters: new Map([['a', 'x']]),
      settings: new Map([['max_threads', '2']]),
    });
  });

  it('refuses a name that cannot be a setting, block compression of answers, and roles', () => {
    expect(() => parseRequest(new URLSearchParams([["a'; DROP", '1']]), {})).toThrow(
      expect.objectContaining({ code: 115 }),
    );
    expect(() => parseRequest(new URLSearchParams('compress=1'), {})).toThrow(expect.objectContaining({ code: 48 }));
    expect(() => parseRequest(new URLSearchParams('role=r'), {})).toThrow(expect.objectContaining({ code: 511 }));
  });
});

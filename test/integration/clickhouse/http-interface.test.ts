import { request } from 'node:http';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type OpenEngine, openEngine, PASSWORD } from './open-engine.ts';

let open: OpenEngine;

beforeAll(async () => {
  open = await openEngine();
});
afterAll(() => open.close());

const url = (path: string) => `http://127.0.0.1:${open.engine.port}${path}`;
const text = async (response: Promise<Response>) => (await response).text();
const key = { 'X-ClickHouse-Key': PASSWORD };

/** Headers that fetch does not let a caller set. */
function raw(headers: Record<string, string>, path = '/?query=SELECT+1'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: '127.0.0.1', port: open.engine.port, path, headers: { ...key, ...headers } },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      },
    );
    call.on('error', reject).end();
  });
}

describe('routes and access', () => {
  it('answers /ping, /replicas_status and a bare / without a password', async () => {
    for (const path of ['/ping', '/replicas_status', '/']) expect(await text(fetch(url(path)))).toBe('Ok.\n');
  });

  it('knows no other path and no other method', async () => {
    expect((await fetch(url('/play'))).status).toBe(404);
    expect((await fetch(url('/'), { method: 'PUT', body: 'SELECT 1' })).status).toBe(405);
  });

  it('asks for credentials with 401, refuses wrong ones with 403 and code 516', async () => {
    const none = await fetch(url('/?query=SELECT+1'));
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toContain('Basic');
    const wrong = await fetch(url('/?query=SELECT+1'), { headers: { 'X-ClickHouse-Key': 'x' } });
    expect(wrong.status).toBe(403);
    expect(wrong.headers.get('x-clickhouse-exception-code')).toBe('516');
    expect(await wrong.text()).toMatch(/^Code: 516\. DB::Exception: .*\(AUTHENTICATION_FAILED\)/s);
  });

  it('refuses Origin, fetch metadata and a Host that is not loopback, with the right password too', async () => {
    expect((await raw({})).status).toBe(200);
    expect((await raw({ Origin: 'http://localhost:3000' })).status).toBe(403);
    expect((await raw({ 'Sec-Fetch-Site': 'none' })).status).toBe(403);
    expect((await raw({ Host: 'rebound.example.com' })).status).toBe(403);
    expect((await raw({ Host: 'rebound.example.com' }, '/ping')).status).toBe(403);
  });

  it('takes a URL with a query of 100 kB', async () => {
    const literal = 'x'.repeat(100_000);
    expect((await raw({}, `/?query=SELECT+length('${literal}')`)).body).toBe('100000\n');
  });
});

describe('reads', () => {
  it('answers GET and POST, body behind query, with the headers of ClickHouse', async () => {
    expect(await text(fetch(url('/?query=SELECT+1'), { headers: key }))).toBe('1\n');
    expect(await text(open.post('1 + 2', { query: 'SELECT' }))).toBe('3\n');
    const response = await open.post('SELECT 1 AS a', { query_id: 'my-query', default_format: 'JSONEachRow' });
    expect(await response.text()).toBe('{"a":1}\n');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-clickhouse-query-id': 'my-query',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-timezone': 'UTC',
      'content-type': 'application/x-ndjson; charset=UTF-8',
      'x-clickhouse-server-display-name': expect.any(String),
      'x-clickhouse-summary': expect.stringContaining('"written_rows":"0"'),
    });
  });

  it.each([
    ['JSON', /"rows": 2/],
    ['JSONCompact', /"data":/],
    ['CSVWithNames', /^"a","b"\n0,"x0"\n1,"x1"\n$/],
    ['TabSeparatedWithNamesAndTypes', /^a\tb\nUInt64\tString\n0\tx0\n1\tx1\n$/],
    ['PrettyCompact', /│/],
    ['Vertical', /Row 2/],
    ['Values', /^\(0,'x0'\),\(1,'x1'\)$/],
    ['XML', /<result>/],
    ['Markdown', /\| a \| b \|/],
  ])('answers in FORMAT %s', async (format, expected) => {
    const sql = "SELECT number AS a, concat('x', toString(number)) AS b FROM numbers(2)";
    expect(await text(open.post(`${sql} FORMAT ${format}`))).toMatch(expected);
    expect(await text(open.post(sql, { default_format: format }))).toMatch(expected);
  });

  it('sends bytes of a binary format as they are', async () => {
    const response = await open.post("SELECT unhex('00FF0A0D27') AS b FORMAT RowBinary");
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).toBe('0500ff0a0d27');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('streams a million rows whole and in order', async () => {
    const response = await open.post('SELECT number FROM numbers(1000000)', { max_threads: '1' });
    const lines = (await response.text()).split('\n');
    expect(lines).toHaveLength(1_000_001);
    expect(lines[999_999]).toBe('999999');
  });

  it('binds typed parameters with the escapes of ClickHouse', async () => {
    const parameters = {
      param_text: "it\\'s \\n\\t\\\\ 'quoted' ; --",
      param_list: "['a','b\\'c']",
      param_map: "{'k':1}",
      param_table: 'numbers',
      param_none: '\\N',
    };
    const sql =
      'SELECT {text:String} AS t, {list:Array(String)} AS l, {map:Map(String, UInt8)} AS m, {none:Nullable(Int8)} AS n' +
      ' FROM system.{table:Identifier} LIMIT 1 FORMAT JSONEachRow';
    expect(await (await open.post(sql, parameters)).json()).toEqual({
      t: "it's \n\t\\ 'quoted' ; --",
      l: ['a', "b'c"],
      m: { k: 1 },
      n: null,
    });
  });

  it('applies database and settings to one request only', async () => {
    expect(await text(open.post('SELECT currentDatabase()', { database: 'system' }))).toBe('system\n');
    expect(await text(open.post('SELECT currentDatabase()'))).toBe('default\n');
    expect(await text(open.post("SELECT getSetting('max_threads')", { max_threads: '3' }))).toBe('3\n');
    expect(await text(open.post('SELECT {p:Int32}', { param_p: '7' }))).toBe('7\n');
    const unset = await open.post('SELECT {p:Int32}');
    expect(unset.headers.get('x-clickhouse-exception-code')).toBe('456');
  });

  it('keeps parameters of queries at the same time apart', async () => {
    const values = Array.from({ length: 60 }, (_, index) => `value-${index}`);
    const answers = await Promise.all(values.map((value) => text(open.post('SELECT {p:String}', { param_p: value }))));
    expect(answers).toEqual(values.map((value) => `${value}\n`));
  });

  it('keeps a named session, with its temporary tables, and locks it while it works', async () => {
    const session = { session_id: 'one', session_timeout: '30' };
    await open.post('CREATE TEMPORARY TABLE mine (a Int32)', session);
    await open.post('INSERT INTO mine VALUES (5)', session);
    expect(await text(open.post('SELECT a FROM mine', session))).toBe('5\n');
    expect((await open.post('SELECT a FROM mine')).status).toBe(404);
    const slow = open.post('SELECT sleep(1)', session);
    await expect
      .poll(async () => (await open.post('SELECT 1', session)).headers.get('x-clickhouse-exception-code'))
      .toBe('373');
    await slow;
    expect(
      (await open.post('SELECT 1', { session_id: 'none', session_check: '1' })).headers.get(
        'x-clickhouse-exception-code',
      ),
    ).toBe('372');
  });

  it('compresses only when the URL asks for it', async () => {
    const sql = "SELECT repeat('x', 10000)";
    const get = (encoding: string, wanted: string): Promise<{ encoding: string | undefined; body: Buffer }> =>
      new Promise((resolve, reject) => {
        const path = `/?query=${encodeURIComponent(sql)}&enable_http_compression=${wanted}`;
        const headers = { ...key, 'Accept-Encoding': encoding };
        request({ host: '127.0.0.1', port: open.engine.port, path, headers }, (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => parts.push(chunk));
          answer.on('end', () => resolve({ encoding: answer.headers['content-encoding'], body: Buffer.concat(parts) }));
        })
          .on('error', reject)
          .end();
      });
    expect((await get('gzip', '0')).encoding).toBeUndefined();
    const gzip = await get('gzip', '1');
    expect(gzip.encoding).toBe('gzip');
    expect(gunzipSync(gzip.body).length).toBe(10_001);
    const zstd = await get('zstd', '1');
    expect(zstdDecompressSync(zstd.body).length).toBe(10_001);
  });
});

describe('failures', () => {
  it.each([
    ['SELEC 1', 400, 62, 'SYNTAX_ERROR'],
    ['SELECT 1; SELECT 2', 400, 62, 'SYNTAX_ERROR'],
    ['', 400, 62, 'SYNTAX_ERROR'],
    ['SELECT * FROM nowhere', 404, 60, 'UNKNOWN_TABLE'],
    ['SELECT nothing', 404, 47, 'UNKNOWN_IDENTIFIER'],
    ['SELECT 1 SETTINGS no_such_setting = 1', 404, 115, 'UNKNOWN_SETTING'],
    ['SELECT 1 FORMAT Nope', 404, 73, 'UNKNOWN_FORMAT'],
    ["SELECT throwIf(1, 'boom')", 500, 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ["SELECT 1 INTO OUTFILE '/tmp/moda-outfile'", 404, 78, 'UNKNOWN_TYPE_OF_QUERY'],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV", 404, 78, 'UNKNOWN_TYPE_OF_QUERY'],
    ["SELECT toInt32('x')", 400, 6, 'CANNOT_PARSE_TEXT'],
  ])('%s: status %i, code %i', async (sql, status, code, name) => {
    const response = await open.post(sql);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(String(code));
    expect(await response.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(${name}\\) \\(version 26`, 's'),
    );
  });

  it('gives ClickHouse code 115 for an unknown setting in the URL', async () => {
    const response = await open.post('SELECT 1', { no_such_setting: '1' });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([404, '115']);
  });

  it('takes names from the URL as names, not as SQL', async () => {
    const format = await open.post('SELECT 1', { default_format: "CSV'; DROP DATABASE default; --" });
    expect(format.headers.get('x-clickhouse-exception-code')).toBe('73');
    const database = await open.post('SELECT 1', { database: 'a`; DROP DATABASE default; --\\' });
    expect(database.headers.get('x-clickhouse-exception-code')).toBe('81');
    const setting = await open.post("SELECT getSetting('log_comment')", { log_comment: "x\\', max_threads = '1" });
    expect(await setting.text()).toBe("x\\\\\\', max_threads = \\'1\n");
  });

  it('lets GET change nothing', async () => {
    const response = await fetch(url('/?query=CREATE+DATABASE+by_get'), { headers: key });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('164');
    expect(await text(open.post("SELECT count() FROM system.databases WHERE name = 'by_get'"))).toBe('0\n');
  });

  it('ends a result that fails half-way with the exception and a broken transfer', async () => {
    const response = await open.post('SELECT throwIf(number = 900000) FROM numbers(1000000)', { max_threads: '1' });
    expect(response.status).toBe(200);
    const tag = response.headers.get('x-clickhouse-exception-tag');
    let received = '';
    const decoder = new TextDecoder();
    await expect(async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        received += decoder.decode(chunk);
    }).rejects.toThrow();
    expect(received).toContain(`\r\n__exception__\r\n${tag}\r\nCode: 395.`);
  });

  it('stops a query at max_execution_time', async () => {
    const response = await open.post('SELECT count() FROM numbers(100000000000) WHERE NOT ignore(cityHash64(number))', {
      max_execution_time: '1',
    });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([408, '159']);
  });

  it('bounds a result that must be held in memory', async () => {
    const response = await open.post('SELECT number, repeat(toString(number), 20) FROM numbers(5000000) FORMAT JSON');
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('396');
    await response.body?.cancel();
  });

  it('stops the query of a client that went away', async () => {
    const abort = new AbortController();
    const sql = 'SELECT count() FROM numbers(100000000000) WHERE NOT ignore(cityHash64(number, 4711))';
    const running = () =>
      text(
        open.post("SELECT count() FROM system.processes WHERE query LIKE '%4711%' AND query NOT LIKE '%processes%'"),
      );
    const call = fetch(url('/'), { method: 'POST', headers: key, body: sql, signal: abort.signal });
    await expect.poll(running).toBe('1\n');
    abort.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(running).toBe('0\n');
  });
});

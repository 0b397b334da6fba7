/** A whole server on free ports and a temporary data directory, with two tenants, and SQL on its embedded ClickHouse. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createServer } from '../../../src/server.ts';

export const KEY = 'moda_sk_test_alpha_0123456789abcdef';
export const OTHER_KEY = 'moda_sk_test_beta_0123456789abcdef';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly requestId: string;
  json(): unknown;
}

export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  /** POSTs a body; JSON values are stringified, strings and bytes go as they are. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** POSTs, expects a 2xx and waits until the request's rows are in the store. */
  send(path: string, body: unknown, headers?: Record<string, string>): Promise<string>;
  /** Waits until the store holds the request. */
  stored(requestId: string): Promise<void>;
  sql<T = Record<string, unknown>>(query: string, params?: Record<string, unknown>): Promise<T[]>;
  /** Rows of coding_agent_events of one request, in order of time and sequence. */
  events(requestId: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const WAIT_MS = 60_000;
/** Between two looks at the store, so that the looking does not take its cores. */
const POLL_MS = 20;

export async function runServer(env: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'moda-test-'));
  const config = loadConfig({
    MODA_PORT: '0',
    MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
    MODA_DATA_DIR: dataDir,
    MODA_API_KEYS: `${KEY}:alpha,${OTHER_KEY}:beta`,
    MODA_FLUSH_INTERVAL_MS: '20',
    MODA_DRAIN_MS: '0',
    MODA_LOG_LEVEL: 'error',
    ...env,
  });
  const server = await createServer(config);
  await server.storeReady;
  const url = `http://127.0.0.1:${server.port}`;
  const client = createClient({
    url: server.storeUrl,
    database: 'moda',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });

  async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const bytes =
      Buffer.isBuffer(body) || body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      body: bytes,
    });
    const received = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      body: received,
      requestId: response.headers.get('x-request-id') ?? '',
      json: () => JSON.parse(received.toString('utf8')),
    };
  }

  async function sql<T>(query: string, params: Record<string, unknown> = {}): Promise<T[]> {
    const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
    return result.json<T>();
  }

  /** The two tables are two INSERTs: a request is stored when its raw row and all the rows that it counts are there. */
  async function stored(requestId: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const [row] = await sql<{ raw: string; expected: string; found: string }>(
        `SELECT count() AS raw, sum(normalized_count) AS expected,
           (SELECT count() FROM coding_agent_events WHERE request_id = {id:UUID}) AS found
         FROM events_raw WHERE request_id = {id:UUID}`,
        { id: requestId },
      );
      if (Number(row?.raw) > 0 && Number(row?.found) >= Number(row?.expected)) return;
      await pause(POLL_MS);
      if (Date.now() > deadline) throw new Error(`request ${requestId} is not in the store after ${WAIT_MS} ms`);
    }
  }

  return {
    url,
    dataDir,
    post,
    stored,
    sql,
    async send(path, body, headers) {
      const reply = await post(path, body, headers);
      if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${reply.body.toString('utf8')}`);
      await stored(reply.requestId);
      return reply.requestId;
    },
    events: (requestId) =>
      sql(
        `SELECT * REPLACE (hex(event_id) AS event_id) FROM coding_agent_events FINAL WHERE request_id = {id:UUID}
         ORDER BY timestamp, event_sequence, event_name, span_id, event_id`,
        { id: requestId },
      ),
    async stop() {
      await client.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Sends a body of one record; its row and the raw text. */
export async function rowOf(
  server: RunningServer,
  path: string,
  body: unknown,
): Promise<{ row: Record<string, unknown>; raw: string }> {
  const requestId = await server.send(path, body);
  const rows = await server.events(requestId);
  if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`);
  const raw = await server.sql<{ raw_event: string }>('SELECT raw_event FROM events_raw WHERE request_id = {id:UUID}', {
    id: requestId,
  });
  return { row: rows[0]!, raw: raw[0]!.raw_event };
}

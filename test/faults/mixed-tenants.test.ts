/** [C27] Whatever clients of several tenants do at once, each row has the tenant and the texts of one request. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, runServer } from '../end-to-end/support/server.ts';
import { metricSum } from '../integration/front-door/support/metrics-text.ts';
import { BODY_BYTES_MAX, expectedStatus, type Sent, sendMixed } from './mixed-tenants.ts';

const SEED = Number(process.env['MIXED_SEED'] ?? Date.now() % 1_000_000);
const CLIENTS = Number(process.env['MIXED_CLIENTS'] ?? 24);
const REQUESTS_OF_CLIENT = Number(process.env['MIXED_REQUESTS'] ?? 40);
const KEYS = { ant: 'mixed-key-ant', bee: 'mixed-key-bee', cat: 'mixed-key-cat', dog: 'mixed-key-dog' };

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({
    MODA_API_KEYS: Object.entries(KEYS)
      .map(([tenant, key]) => `${key}:${tenant}`)
      .join(),
    MODA_MAX_BODY_BYTES: String(BODY_BYTES_MAX),
    // So little that some are turned away, and so small a ring that rows leave it in the middle of a request.
    MODA_MAX_INFLIGHT_BYTES: '1500000',
    MODA_RING_BYTES: String(1024 * 1024),
    MODA_WORKERS: '2',
  });
});
afterAll(() => server.stop());

async function metrics(): Promise<string> {
  return (await fetch(`${server.url}/metrics`)).text();
}

interface RawRow {
  readonly id: string;
  readonly tenant: string;
  readonly user_agent: string;
  readonly body_bytes: number;
  readonly http_status: number;
  readonly normalized_count: number;
  readonly texts: readonly string[];
  readonly events: readonly string[];
  readonly count: string;
}

/** Each request's raw row, the ids in its raw text, and tenants and ids of all its rows. */
function storedRequests(): Promise<RawRow[]> {
  return server.sql<RawRow>(`
    SELECT toString(raw.request_id) AS id, tenant_id AS tenant, user_agent, body_bytes, http_status, normalized_count,
      arraySort(arrayDistinct(extractAll(raw_event, 'u\\\\d+x\\\\d+z'))) AS texts, events, count
    FROM events_raw AS raw LEFT JOIN (
      SELECT request_id, toString(count()) AS count, arrayDistinct(arrayFlatten(groupArray(arrayConcat(
        [tenant_id, session_id], extractAll(toString(attributes), 'u\\\\d+x\\\\d+z'),
        extractAll(concat(event_name, ' ', tool_name), 'u\\\\d+x\\\\d+z'))))) AS events
      FROM coding_agent_events GROUP BY request_id
    ) AS own ON own.request_id = raw.request_id`);
}

/** What is wrong with a stored request. */
function faultOf(row: RawRow, sent: Sent | undefined): unknown {
  if (sent === undefined) return { row };
  const isStored = row.http_status === 200;
  const texts = isStored ? [sent.id] : [];
  const events = isStored ? [sent.tenant, sent.id].sort() : [];
  const is = [row.tenant, row.texts, [...row.events].sort(), row.normalized_count, Number(row.count)];
  const should = [sent.tenant, texts, events, isStored ? sent.rows : 0, isStored ? sent.rows : 0];
  if (isStored && row.body_bytes !== sent.bodyBytes) return { sent, row };
  return JSON.stringify(is) === JSON.stringify(should) ? undefined : { sent, is, should };
}

it(`gives each row the tenant and the texts of one request (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const port = Number(new URL(server.url).port);
  const load = { port, keys: KEYS, clients: CLIENTS, requestsOfClient: REQUESTS_OF_CLIENT, seed: SEED };
  const sent = await sendMixed(load);
  await expect.poll(async () => metricSum(await metrics(), 'moda_inflight_bytes'), { timeout: 10_000 }).toBe(0);
  await expect
    .poll(async () => metricSum(await metrics(), 'moda_tenant_rows_spooled'), { timeout: 30_000, interval: 100 })
    .toBe(0);

  const refused = sent.filter(({ status }) => status === 429 || status === 503);
  const odd = sent.filter((one) => (one.status ?? 0) !== expectedStatus(one) && !refused.includes(one));
  expect(odd).toEqual([]);
  expect(refused.length).toBeLessThan(sent.length / 2);

  const byId = new Map(sent.map((one) => [one.id, one]));
  const rows = await storedRequests();
  expect(rows.map((row) => faultOf(row, byId.get(row.user_agent))).filter((fault) => fault !== undefined)).toEqual([]);
  // The id of the answer is that of the row, and every answered request has one row.
  const answered = sent.filter(({ status }) => [200, 400, 413, 415].includes(status ?? 0));
  const idOf = new Map(rows.map((row) => [row.user_agent, row.id]));
  expect(answered.filter(({ id, requestId }) => idOf.get(id) !== requestId)).toEqual([]);
  expect(idOf.size).toBe(rows.length);

  const text = await metrics();
  expect(metricSum(text, 'moda_http_open_requests')).toBe(1);
  for (const tenant of Object.keys(KEYS)) {
    const sum = (name: string): number => metricSum(text, `moda_tenant_${name}`, { tenant });
    expect(sum('requests_received_total')).toBe(sum('requests_acknowledged_total') + sum('requests_refused_total'));
    expect(sum('rows_taken_total')).toBe(sum('rows_inserted_total'));
    const own = rows.filter((row) => row.tenant === tenant);
    expect(sum('rows_inserted_total')).toBe(own.reduce((total, row) => total + 1 + Number(row.count), 0));
  }
});

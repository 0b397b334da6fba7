/** What a query on one tenant reads of the tables: its cost must not grow with the rows of other tenants. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { migrate } from '../../../src/clickhouse/migrations.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

const OTHER_ROWS = 100_000;

let open: OpenEngine;

beforeAll(async () => {
  open = await openEngine();
  const client = open.client('moda');
  await migrate(client, {
    layout: { database: 'moda', isSynced: true },
    retentionRawDays: 30,
    retentionEventsDays: 365,
    now: Date.now,
  });
  // All that a view looks up apart from its own rows: calls without an id, unbilled requests and their corrections.
  const rows = (tenant: string, count: number): string => `INSERT INTO coding_agent_events
    (event_id, tenant_id, timestamp, ingested_at, provider, signal, event_type, event_name, session_id, model, tool_name,
      input_tokens, attributes)
    SELECT leftPad(toString(number), 16, '0'), '${tenant}', now64(6), now64(3), 'cursor', 'logs',
      ['api_request', 'tool_result', 'other'][number % 3 + 1] AS event_type,
      if(event_type = 'other', 'api_correction_not_billed_errored', event_type), 's', 'm', 'Shell', 10,
      map('cursor.usage_event.id', toString(number), 'cursor.api.billable', 'false') FROM numbers(${count})`;
  await client.command(rows('other', OTHER_ROWS));
  await client.command(rows('own', 30));
});
afterAll(() => open.close());

async function rowsRead(view: string): Promise<number> {
  const sql = `SELECT * FROM ${view} WHERE tenant_id = 'own' FORMAT JSON`;
  const response = await open.post(sql, { database: 'moda', output_format_write_statistics: '1' });
  const { rows, statistics } = (await response.json()) as { rows: number; statistics: { rows_read: number } };
  expect(rows).toBeGreaterThan(0);
  return statistics.rows_read;
}

describe('a view asked for one tenant', () => {
  it('reads no rows of others to pair calls without an id', async () => {
    expect(await rowsRead('tool_calls')).toBeLessThan(OTHER_ROWS);
  });

  it.each(['model_calls', 'cost_by_model_day', 'sessions'])(
    'reads of others nothing but the names of models: %s',
    async (view) => {
      expect(await rowsRead(view)).toBeLessThan(OTHER_ROWS + 10_000);
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { StoreClient } from '../../../src/clickhouse/client.ts';
import {
  createExtraTable,
  createTable,
  type ExtraTable,
  modifyTtl,
  type StoreLayout,
} from '../../../src/clickhouse/ddl.ts';
import { type MigrationOptions, migrate } from '../../../src/clickhouse/migrations.ts';
import { PRICES } from '../../../src/clickhouse/prices.ts';
import { MODEL_PRICES, SCHEMA_MIGRATIONS } from '../../../src/clickhouse/store-tables.ts';
import { createView, VIEWS } from '../../../src/clickhouse/views.ts';
import { CODING_AGENT_EVENTS, EVENTS_RAW, TABLES } from '../../../src/model/schema.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;
let client: StoreClient;
let database = 0;

const layoutOf = (name: string): StoreLayout => ({ database: name, isSynced: true });
const SKILLS: ExtraTable = {
  name: 'skills',
  columnsSql: "tenant_id LowCardinality(String), skill_id String, updated_at DateTime64(3, 'UTC')",
  engine: 'ReplacingMergeTree',
  versionColumn: 'updated_at',
  orderBy: ['tenant_id', 'skill_id'],
  shardKey: 'cityHash64(tenant_id)',
};
const optionsOf = (name: string): MigrationOptions => ({
  layout: layoutOf(name),
  retentionRawDays: 30,
  retentionEventsDays: 365,
  extraTables: [SKILLS],
  now: () => Date.parse('2026-11-22T12:00:00Z'),
});
const fresh = (): { name: string; client: StoreClient } => {
  database += 1;
  const name = `moda_${database}`;
  return { name, client: open.client(name) };
};

beforeAll(async () => {
  open = await openEngine();
  client = open.client();
});
afterAll(() => open.close());

describe('migrate', () => {
  it('makes database, tables, prices and views, and finds nothing to do the second time', async () => {
    const { name, client: own } = fresh();
    const report = await migrate(own, optionsOf(name));
    expect(report.applied).toEqual(['1 ingest tables and prices']);
    expect(report.viewsReplaced).toEqual(VIEWS.map((view) => view.name));
    expect(report.pricesLoaded).toBe(true);
    expect(await migrate(own, optionsOf(name))).toEqual({
      applied: [],
      retentionChanged: [],
      viewsReplaced: [],
      pricesLoaded: false,
    });
    const tables = await own.rows<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name',
    );
    expect(tables.map((row) => row.name)).toEqual(
      [
        'coding_agent_events',
        'cost_by_model_day',
        'events_raw',
        'model_calls',
        'model_prices',
        'schema_migrations',
        'sessions',
        'skill_usage',
        'skills',
        'tool_calls',
      ].sort(),
    );
  });

  it('is safe from several nodes at once', async () => {
    const { name } = fresh();
    const nodes = Array.from({ length: 4 }, () => open.client(name));
    await Promise.all(nodes.map((node) => migrate(node, optionsOf(name))));
    expect(await nodes[0]!.rows('SELECT DISTINCT version, name FROM schema_migrations')).toEqual([
      { version: 1, name: 'ingest tables and prices' },
    ]);
    const latest = 'SELECT count() AS n FROM model_prices WHERE loaded_at = (SELECT max(loaded_at) FROM model_prices)';
    expect(Number((await nodes[0]!.rows<{ n: string }>(latest))[0]?.n) % PRICES.length).toBe(0);
    expect(await nodes[0]!.rows('SELECT count() AS n FROM sessions')).toEqual([{ n: '0' }]);
  });

  it.each(Object.values(TABLES).map((table) => [table.name, table] as const))(
    'makes %s with the columns, keys and partitions of the schema',
    async (name, table) => {
      const { name: databaseName, client: own } = fresh();
      await migrate(own, optionsOf(databaseName));
      const columns = await own.rows<{ name: string; type: string }>(`DESCRIBE TABLE ${name}`);
      expect(columns.map((column) => [column.name, column.type])).toEqual(
        table.columns.map((column) => [column.name, column.type]),
      );
      const [row] = await own.rows<{
        engine: string;
        partition_key: string;
        sorting_key: string;
        create_table_query: string;
      }>(
        `SELECT engine, partition_key, sorting_key, create_table_query FROM system.tables
         WHERE database = currentDatabase() AND name = {name:String}`,
        { name },
      );
      expect(row).toMatchObject({
        engine: table.engine,
        partition_key: table.partitionBy,
        sorting_key: table.orderBy.join(', '),
      });
      for (const setting of [
        'non_replicated_deduplication_window = 10000',
        'fsync_after_insert = 1',
        'ttl_only_drop_parts = 1',
      ]) {
        expect(row?.create_table_query).toContain(setting);
      }
    },
  );

  it('changes the retention of a table that exists, and old rows go', async () => {
    const { name, client: own } = fresh();
    await migrate(own, optionsOf(name));
    const days = (count: number) => `now64(3) - INTERVAL ${count} DAY`;
    await own.command(`INSERT INTO events_raw (timestamp, tenant_id) SELECT ${days(20)}, 'old'`);
    await own.command(`INSERT INTO events_raw (timestamp, tenant_id) SELECT ${days(2)}, 'new'`);
    const report = await migrate(own, { ...optionsOf(name), retentionRawDays: 7 });
    expect(report.retentionChanged).toEqual(['events_raw']);
    await own.command('SYSTEM START TTL MERGES');
    await expect
      .poll(
        async () => {
          await own.command('OPTIMIZE TABLE events_raw');
          return own.rows('SELECT tenant_id FROM events_raw');
        },
        { timeout: 30_000, interval: 200 },
      )
      .toEqual([{ tenant_id: 'new' }]);
  });

  it('replaces the views of an older version over the rows that are there', async () => {
    const { name, client: own } = fresh();
    await migrate(own, optionsOf(name));
    await own.command(`INSERT INTO coding_agent_events (tenant_id, provider, signal, event_type, input_tokens, timestamp, ingested_at)
      VALUES ('t', 'cursor', 'logs', 'api_request', 5, '2026-11-22 10:00:00', now64(3))`);
    await own.command(
      "CREATE OR REPLACE VIEW model_calls AS SELECT toDate(timestamp) AS day FROM coding_agent_events COMMENT 'older'",
    );
    expect((await migrate(own, optionsOf(name))).viewsReplaced).toEqual(['model_calls']);
    expect(await own.rows('SELECT toString(day) AS day, input_tokens, is_billable FROM model_calls')).toEqual([
      { day: '2026-11-22', input_tokens: '5', is_billable: 1 },
    ]);
  });

  it('loads other prices whole, and goes back', async () => {
    const { name, client: own } = fresh();
    const options = optionsOf(name);
    await migrate(own, options);
    const price = { model: 'm', validFrom: '2026-01-01', input: 1, output: 2, cacheRead: 3, cacheCreation: 4 };
    const inForce = () =>
      own.rows('SELECT model, input_usd FROM model_prices WHERE loaded_at = (SELECT max(loaded_at) FROM model_prices)');
    expect((await migrate(own, { ...options, prices: [price], now: () => options.now() + 1 })).pricesLoaded).toBe(true);
    expect(await inForce()).toEqual([{ model: 'm', input_usd: 1 }]);
    expect((await migrate(own, { ...options, now: () => options.now() + 2 })).pricesLoaded).toBe(true);
    expect(await inForce()).toHaveLength(PRICES.length);
  });

  it('puts other prices in force although the clock was set back since the last load', async () => {
    const { name, client: own } = fresh();
    const options = optionsOf(name);
    await migrate(own, options);
    const price = { model: 'm', validFrom: '2026-01-01', input: 1, output: 2, cacheRead: 3, cacheCreation: 4 };
    const later = { ...options, prices: [price], now: () => options.now() - 86_400_000 };
    expect((await migrate(own, later)).pricesLoaded).toBe(true);
    const latest = 'SELECT model FROM model_prices WHERE loaded_at = (SELECT max(loaded_at) FROM model_prices)';
    expect(await own.rows(latest)).toEqual([{ model: 'm' }]);
    expect((await migrate(own, later)).pricesLoaded).toBe(false);
  });
});

describe('the cluster variant', () => {
  const layout: StoreLayout = { database: 'moda', cluster: "main'cluster", isSynced: false };
  const statements = [
    ...createTable(EVENTS_RAW, 30, layout),
    ...createTable(CODING_AGENT_EVENTS, 365, layout),
    ...[SCHEMA_MIGRATIONS, MODEL_PRICES, SKILLS].flatMap((table) => createExtraTable(table, layout)),
    modifyTtl(EVENTS_RAW, 7, layout),
    ...VIEWS.map((view) => createView(view, `moda.${view.name}`, " ON CLUSTER 'main'")),
  ];

  it.each(statements.map((sql) => [sql.split('\n', 1)[0], sql]))('is parsed by ClickHouse: %s', async (_head, sql) => {
    const lines = await client.rows<{ explain: string }>(`EXPLAIN AST ${sql}`);
    expect(lines.length).toBeGreaterThan(1);
  });

  it('has replicated local tables under a Distributed one with a deterministic key and a window of seven days', () => {
    const [local, distributed] = createTable(CODING_AGENT_EVENTS, 365, layout);
    expect(local).toContain("CREATE TABLE IF NOT EXISTS moda.coding_agent_events_local ON CLUSTER 'main\\'cluster'");
    expect(local).toContain(
      "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/moda/coding_agent_events', '{replica}', ingested_at)",
    );
    expect(local).toContain('replicated_deduplication_window_seconds = 604800');
    expect(local).not.toContain('fsync');
    expect(distributed).toContain('moda, coding_agent_events_local, cityHash64(tenant_id, session_id))');
    expect(createTable(EVENTS_RAW, 30, layout)[1]).toContain('moda, events_raw_local, cityHash64(request_id))');
    expect(modifyTtl(EVENTS_RAW, 7, layout)).toContain('ALTER TABLE moda.events_raw_local ON CLUSTER');
  });
});

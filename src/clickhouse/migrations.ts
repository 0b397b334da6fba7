/**
 * Brings the store to the schema of this build. Every statement can run twice and on several nodes at once (IF NOT
 * EXISTS), so there is no lock; what ran is recorded afterwards for people. A later version appends migrations and
 * never edits one that was released. Retention, views and prices are compared and changed only where they differ.
 */

import { CODING_AGENT_EVENTS, EVENTS_RAW, type Table } from '../model/schema.ts';
import type { StoreClient } from './client.ts';
import {
  createExtraTable,
  createTable,
  type ExtraTable,
  modifyTtl,
  onCluster,
  qualified,
  type StoreLayout,
  storageName,
} from './ddl.ts';
import { type ModelPrice, PRICES, pricesHash } from './prices.ts';
import { MODEL_PRICES, SCHEMA_MIGRATIONS } from './store-tables.ts';
import { createView, VIEWS, viewComment } from './views.ts';

export interface MigrationOptions {
  readonly layout: StoreLayout;
  readonly retentionRawDays: number;
  readonly retentionEventsDays: number;
  /** Tables of other rooms. */
  readonly extraTables?: readonly ExtraTable[];
  /** Default: the shipped table. */
  readonly prices?: readonly ModelPrice[];
  /** Milliseconds since the epoch, written beside migrations and prices. */
  readonly now: () => number;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** What was done; all empty when the store was already there. */
export interface MigrationReport {
  readonly applied: readonly string[];
  readonly retentionChanged: readonly string[];
  readonly viewsReplaced: readonly string[];
  readonly pricesLoaded: boolean;
}

/** Runs everything; a failure passes through and the next start tries again. */
export async function migrate(client: StoreClient, options: MigrationOptions): Promise<MigrationReport> {
  const { layout } = options;
  await client.createDatabase(onCluster(layout));
  for (const statement of createExtraTable(SCHEMA_MIGRATIONS, layout)) await client.command(statement);
  const applied = await applyMigrations(client, migrations(options), options.now);
  // Tables of other rooms are not numbered here: creating them again is free, and their rooms own their changes.
  for (const table of options.extraTables ?? []) {
    for (const statement of createExtraTable(table, layout)) await client.command(statement);
  }
  return {
    applied,
    retentionChanged: await applyRetention(client, options),
    pricesLoaded: await loadPrices(client, options.prices ?? PRICES, options.now),
    viewsReplaced: await replaceViews(client, layout),
  };
}

function migrations(options: MigrationOptions): Migration[] {
  const { layout } = options;
  return [
    {
      version: 1,
      name: 'ingest tables and prices',
      statements: [
        ...createTable(EVENTS_RAW, options.retentionRawDays, layout),
        ...createTable(CODING_AGENT_EVENTS, options.retentionEventsDays, layout),
        ...createExtraTable(MODEL_PRICES, layout),
      ],
    },
  ];
}

async function applyMigrations(
  client: StoreClient,
  all: readonly Migration[],
  now: MigrationOptions['now'],
): Promise<string[]> {
  const done = new Set(
    (await client.rows<{ version: number }>('SELECT DISTINCT version FROM schema_migrations')).map(
      (row) => row.version,
    ),
  );
  const applied: string[] = [];
  for (const migration of all) {
    if (done.has(migration.version)) continue;
    for (const statement of migration.statements) await client.command(statement);
    const { version, name } = migration;
    await client.insertRows('schema_migrations', [{ version, name, applied_at: isoMillis(now()) }]);
    applied.push(`${version} ${name}`);
  }
  return applied;
}

async function applyRetention(client: StoreClient, options: MigrationOptions): Promise<string[]> {
  const wanted: readonly (readonly [Table, number])[] = [
    [EVENTS_RAW, options.retentionRawDays],
    [CODING_AGENT_EVENTS, options.retentionEventsDays],
  ];
  const changed: string[] = [];
  for (const [table, days] of wanted) {
    if ((await retentionDays(client, storageName(table.name, options.layout))) === days) continue;
    await client.command(modifyTtl(table, days, options.layout));
    changed.push(table.name);
  }
  return changed;
}

/** Days of the table's TTL as the server prints it; undefined when it has another form. */
async function retentionDays(client: StoreClient, table: string): Promise<number | undefined> {
  const [row] = await client.rows<{ engine_full: string }>(
    'SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    { database: client.database, table },
  );
  const days = / TTL [^)]*\) \+ toIntervalDay\((\d+)\)/.exec(row?.engine_full ?? '')?.[1];
  return days === undefined ? undefined : Number(days);
}

async function loadPrices(
  client: StoreClient,
  prices: readonly ModelPrice[],
  now: MigrationOptions['now'],
): Promise<boolean> {
  const prices_hash = pricesHash(prices);
  const [latest] = await client.rows<{ hash: string; loaded_ms: string }>(
    'SELECT argMax(prices_hash, loaded_at) AS hash, toUnixTimestamp64Milli(max(loaded_at)) AS loaded_ms FROM model_prices',
  );
  if (latest?.hash === prices_hash) return false;
  // The load that counts is the latest one, also when the clock was ahead at the load before.
  const loaded_at = isoMillis(Math.max(now(), Number(latest?.loaded_ms ?? 0) + 1));
  const rows = prices.map((entry) => ({
    prices_hash,
    loaded_at,
    model: entry.model,
    valid_from: entry.validFrom,
    input_usd: entry.input,
    output_usd: entry.output,
    cache_read_usd: entry.cacheRead,
    cache_creation_usd: entry.cacheCreation,
  }));
  await client.insertRows('model_prices', rows);
  return true;
}

/** A view carries the hash of its text as a comment; only a changed text is replaced. */
async function replaceViews(client: StoreClient, layout: StoreLayout): Promise<string[]> {
  const existing = new Map(
    (
      await client.rows<{ name: string; comment: string }>(
        "SELECT name, comment FROM system.tables WHERE database = {database:String} AND engine = 'View'",
        { database: client.database },
      )
    ).map((row) => [row.name, row.comment]),
  );
  const replaced: string[] = [];
  for (const view of VIEWS) {
    if (existing.get(view.name) === viewComment(view)) continue;
    await client.command(createView(view, qualified(layout, view.name), onCluster(layout)));
    replaced.push(view.name);
  }
  return replaced;
}

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, the form that ClickHouse's basic parser takes. */
function isoMillis(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
}

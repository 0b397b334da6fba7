/**
 * DDL of every table from one definition, in two variants. One node: MergeTree with a deduplication window, so that a
 * token counts, synced to disk where the engine is ours. Cluster: replicated local tables (`<name>_local`) under a
 * Distributed table that carries the name, sharded by a deterministic key, since a random one with a token loses rows
 * and doubles others.
 */

import type { Column, Table } from '../model/schema.ts';

export interface StoreLayout {
  readonly database: string;
  /** Cluster name; undefined for one node. */
  readonly cluster?: string;
  /** Sync parts to disk before an INSERT is answered: a segment is deleted after that answer. Embedded engine only. */
  readonly isSynced: boolean;
}

/** A table outside the ingest path (prices, skills, migrations), with its columns as SQL. */
export interface ExtraTable {
  readonly name: string;
  /** Column definitions as they stand between the parentheses of CREATE TABLE. */
  readonly columnsSql: string;
  readonly engine: 'MergeTree' | 'ReplacingMergeTree';
  readonly versionColumn?: string;
  readonly orderBy: readonly string[];
  readonly partitionBy?: string;
  /** TTL expression, for example `created_at + INTERVAL 90 DAY`. */
  readonly ttl?: string;
  /** Expression over columns; rows of one key live on one shard. */
  readonly shardKey: string;
}

/** Retries come at most this late: an outage of the store is survived by the spool, and its tokens must still be known. */
const DEDUPLICATION_DAYS = 7;
const DEDUPLICATION_WINDOW = 10_000;
/** Rows with raw bodies are fat; at the default of 10 MiB a granule would hold a few of them and marks would outgrow the cache. */
const GRANULARITY_BYTES = 32 * 1024 * 1024;

/** Statements that create one ingest table with its retention in days. */
export function createTable(table: Table, retentionDays: number, layout: StoreLayout): string[] {
  return createStatements(
    {
      name: table.name,
      columnsSql: [...table.columns.map(columnSql), ...table.columns.flatMap(indexSql), ...table.indexes].join(',\n  '),
      engine: table.engine,
      ...(table.versionColumn === undefined ? {} : { versionColumn: table.versionColumn }),
      orderBy: table.orderBy,
      partitionBy: table.partitionBy,
      ttl: ttlExpression(table, retentionDays),
      shardKey: table.shardKey,
    },
    layout,
  );
}

/** Statements that create a table of another room. */
export function createExtraTable(table: ExtraTable, layout: StoreLayout): string[] {
  return createStatements(table, layout);
}

/** The TTL clause of an ingest table, as `CREATE TABLE` and `MODIFY TTL` take it. */
function ttlExpression(table: Table, retentionDays: number): string {
  return `toDateTime(${table.ttlColumn}) + INTERVAL ${retentionDays} DAY`;
}

/** Statement that moves a table to another retention. Runs on the tables that hold rows. */
export function modifyTtl(table: Table, retentionDays: number, layout: StoreLayout): string {
  const clause = `MODIFY TTL ${ttlExpression(table, retentionDays)}`;
  return `ALTER TABLE ${qualified(layout, storageName(table.name, layout))}${onCluster(layout)} ${clause}`;
}

/** Name of the table that holds rows: the local one on a cluster. */
export function storageName(name: string, layout: StoreLayout): string {
  return layout.cluster === undefined ? name : `${name}_local`;
}

/** `ON CLUSTER …` or nothing. */
export function onCluster(layout: StoreLayout): string {
  return layout.cluster === undefined ? '' : ` ON CLUSTER ${quoteName(layout.cluster)}`;
}

/** `database.name`: for statements that a client of another database may run. */
export function qualified(layout: StoreLayout, name: string): string {
  return `${layout.database}.${name}`;
}

function createStatements(table: ExtraTable, layout: StoreLayout): string[] {
  const local = qualified(layout, storageName(table.name, layout));
  const storage = [
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(layout)}\n(\n  ${table.columnsSql}\n)`,
    `ENGINE = ${engineSql(table, layout)}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    `ORDER BY (${table.orderBy.join(', ')})`,
    ...(table.ttl === undefined ? [] : [`TTL ${table.ttl}`]),
    `SETTINGS ${settingsSql(layout)}`,
  ].join('\n');
  if (layout.cluster === undefined) return [storage];
  const distributed = [
    `CREATE TABLE IF NOT EXISTS ${qualified(layout, table.name)}${onCluster(layout)} AS ${local}`,
    `ENGINE = Distributed(${quoteName(layout.cluster)}, ${layout.database}, ${storageName(table.name, layout)}, ${table.shardKey})`,
  ].join('\n');
  return [storage, distributed];
}

function engineSql(table: ExtraTable, layout: StoreLayout): string {
  const version = table.versionColumn === undefined ? [] : [table.versionColumn];
  if (layout.cluster === undefined) return `${table.engine}(${version.join(', ')})`;
  const path = `'/clickhouse/tables/{shard}/${layout.database}/${table.name}'`;
  return `Replicated${table.engine}(${[path, "'{replica}'", ...version].join(', ')})`;
}

function settingsSql(layout: StoreLayout): string {
  const deduplication =
    layout.cluster === undefined
      ? { non_replicated_deduplication_window: DEDUPLICATION_WINDOW }
      : {
          replicated_deduplication_window: DEDUPLICATION_WINDOW,
          replicated_deduplication_window_seconds: DEDUPLICATION_DAYS * 86_400,
        };
  const sync = layout.isSynced ? { fsync_after_insert: 1, fsync_part_directory: 1 } : {};
  const settings = {
    ...deduplication,
    ...sync,
    // Parts go whole when all their rows are old. After a change of retention only their dates are computed anew;
    // rewriting the rows would stall the store.
    ttl_only_drop_parts: 1,
    materialize_ttl_recalculate_only: 1,
    index_granularity_bytes: GRANULARITY_BYTES,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

function columnSql(column: Column): string {
  return `${column.name} ${column.type}${column.codec === undefined ? '' : ` CODEC(${column.codec})`}`;
}

function indexSql(column: Column): string[] {
  return column.index === undefined ? [] : [`INDEX idx_${column.name} ${column.name} ${column.index}`];
}

function quoteName(name: string): string {
  return `'${name.replace(/[\\']/g, '\\$&')}'`;
}

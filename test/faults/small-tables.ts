/**
 * Tables as the product makes them, with three columns each, and frames for them written by hand: fault tests need many
 * rows cheaply, and rows whose bytes do not come from the encoder under test.
 */

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import type { StoreClient } from '../../src/clickhouse/client.ts';
import { createTable } from '../../src/clickhouse/ddl.ts';
import type { Frame } from '../../src/model/frame.ts';
import { TABLES, type Table, type TableName } from '../../src/model/schema.ts';
import type { StoredColumns } from '../../src/spool/segment-header.ts';

export const SMALL_COLUMNS: StoredColumns = {
  events_raw: [
    ['timestamp', "DateTime64(3, 'UTC')"],
    ['request_id', 'UUID'],
    ['row', 'UInt64'],
  ],
  coding_agent_events: [
    ['ingested_at', "DateTime64(3, 'UTC')"],
    ['request_id', 'UUID'],
    ['row', 'UInt64'],
  ],
};

/** Engine, partitions, settings and TTL are the product's own; both are plain MergeTree, so that a doubled row shows. */
function smallTable(name: TableName): Table {
  const table = TABLES[name];
  const columns = SMALL_COLUMNS[name].map(([column, type]) => ({ name: column, type, kind: 'text' as const }));
  const { versionColumn: _, ...rest } = table;
  return { ...rest, columns, engine: 'MergeTree', orderBy: ['request_id'], indexes: [] };
}

/** Makes database and tables; what the tables held before stays. */
export async function createSmallTables(client: StoreClient): Promise<void> {
  await client.createDatabase('');
  const layout = { database: client.database, isSynced: true };
  for (const name of ['events_raw', 'coding_agent_events'] as const) {
    for (const statement of createTable(smallTable(name), 30, layout)) await client.command(statement);
  }
}

const DAY_MS = 86_400_000;

/** A frame of one request with `rows` rows numbered from `firstRow`. */
export function smallFrame(
  table: TableName,
  firstRow: number,
  rows: number,
  receivedAtMs: number,
  requestId?: Uint8Array,
): Frame {
  const id = requestId ?? randomBytes(16);
  const raw = Buffer.alloc(rows * 32);
  for (let index = 0; index < rows; index++) {
    const at = index * 32;
    raw.writeBigInt64LE(BigInt(receivedAtMs), at);
    // RowBinary writes a UUID as two little-endian halves.
    raw.set(Uint8Array.from(id.subarray(0, 8)).reverse(), at + 8);
    raw.set(Uint8Array.from(id.subarray(8, 16)).reverse(), at + 16);
    raw.writeBigUInt64LE(BigInt(firstRow + index), at + 24);
  }
  const bytes = Uint8Array.from(compressFrameSync(raw));
  return {
    table,
    format: 'RowBinary',
    rows,
    rawBytes: raw.length,
    bytes,
    crc32: crc32(bytes),
    requestIds: Uint8Array.from(id),
    tenantRows: { acme: rows },
    day: Math.floor(receivedAtMs / DAY_MS),
  };
}

/** Every row number in a table, with how often it is there. */
export async function storedRows(client: StoreClient, table: TableName): Promise<Map<number, number>> {
  const rows = await client.rows<{ row: string; times: string }>(
    `SELECT row, count() AS times FROM ${table} GROUP BY row ORDER BY row`,
  );
  return new Map(rows.map(({ row, times }) => [Number(row), Number(times)]));
}

/**
 * Made the segment and its sidecar beside this file (`node test/integration/sink/golden/make-old-segment.ts DIRECTORY`):
 * a spool of schema version 0, whose tables lacked some of today's columns. Kept to prove that spools of this file format
 * can be read for good: do not make it anew, add another one when the format changes.
 */

import { crc32 } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import type { StoreClient } from '../../../../src/clickhouse/client.ts';
import type { TableName } from '../../../../src/model/schema.ts';
import { nodeDisk } from '../../../../src/spool/node-disk.ts';
import { SYSTEM_CLOCK } from '../../../../src/spool/ports.ts';
import type { StoredColumns } from '../../../../src/spool/segment-header.ts';
import { openSpool } from '../../../../src/spool/spool.ts';
import { storedColumns } from '../../../../src/spool/stored-columns.ts';
import { openEngine } from '../../clickhouse/open-engine.ts';

const LATER = new Set(['ingest_version', 'error', 'agent_name', 'snapshot_commit', 'snapshot_tree']);
const REQUEST_ID = '0189d0a2-1111-7222-8333-444455556666';
const RECEIVED = '2026-11-22 10:00:00.000';
const VALUES: Readonly<Record<string, string>> = {
  request_id: `toUUID('${REQUEST_ID}')`,
  timestamp: `toDateTime64('${RECEIVED}', 3, 'UTC')`,
  ingested_at: `toDateTime64('${RECEIVED}', 3, 'UTC')`,
  tenant_id: `'acme'`,
  raw_event: `'{"old":true}'`,
  http_status: '200',
  session_id: `concat('session-', toString(number))`,
  event_id: `toFixedString(leftPad(toString(number), 16, '0'), 16)`,
  attributes: `map('k', 'v')`,
};

const now = storedColumns();
const columns: StoredColumns = {
  events_raw: now.events_raw.filter(([name]) => !LATER.has(name)),
  coding_agent_events: now.coding_agent_events.filter(([name]) => !LATER.has(name)),
};

/** The bytes come from the engine: rows of type defaults, with the values above. */
async function encoded(client: StoreClient, table: TableName, rows: number): Promise<Buffer> {
  const cells = columns[table].map(([name, type]) => {
    const value = VALUES[name] ?? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}')`;
    return `CAST(${value}, '${type.replaceAll("'", "\\'")}') AS \`${name}\``;
  });
  const chunks: Uint8Array[] = [];
  const sql = `SELECT ${cells.join(', ')} FROM numbers(${rows})`;
  for await (const chunk of await client.bytes(sql, 'RowBinary')) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const engine = await openEngine();
const client = engine.client();
const spool = await openSpool({
  disk: nodeDisk(process.argv[2] ?? '.'),
  durability: 'disk',
  maxBytes: 1024 ** 2,
  flushRows: 1000,
  flushBytes: 1024 ** 2,
  flushIntervalMs: 60_000,
  clock: SYSTEM_CLOCK,
  randomBytes: (count) => new Uint8Array(count).fill(0x5a),
  schemaVersion: 0,
  columns,
  log: console,
});
const frames = [];
for (const [table, rows] of [
  ['events_raw', 1],
  ['coding_agent_events', 3],
] as const) {
  const raw = await encoded(client, table, rows);
  const bytes = Uint8Array.from(compressFrameSync(raw));
  frames.push({
    table,
    format: 'RowBinary' as const,
    rows,
    rawBytes: raw.length,
    bytes,
    crc32: crc32(bytes),
    requestIds: Uint8Array.from(Buffer.from(REQUEST_ID.replaceAll('-', ''), 'hex')),
    tenantRows: { acme: rows },
    day: Math.floor(Date.parse(`${RECEIVED.replace(' ', 'T')}Z`) / 86_400_000),
  });
}
await spool.append(frames);
await engine.close();

/** A store that an older version made gets the columns of this one; without a migration its rows would wait for ever. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { StoreClient } from '../../../src/clickhouse/client.ts';
import { migrate } from '../../../src/clickhouse/migrations.ts';
import { SKILL_TABLES } from '../../../src/skills/schema.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;

beforeAll(async () => {
  open = await openEngine();
});
afterAll(() => open.close());

async function migrated(database: string, statements: readonly string[]): Promise<StoreClient> {
  const client = open.client(database);
  await client.createDatabase('');
  for (const statement of statements) await client.command(statement);
  await migrate(client, {
    layout: { database, isSynced: true },
    retentionRawDays: 30,
    retentionEventsDays: 365,
    extraTables: SKILL_TABLES,
    now: () => Date.parse('2026-11-23T12:00:00Z'),
  });
  return client;
}

/** Columns of all tables and views, without their order: an added column stands last. */
const columnsOf = (client: StoreClient): Promise<unknown[]> =>
  client.rows('SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, name');

it('brings the tables of 1.0.0 to the columns of a new store', async () => {
  const sql = readFileSync(join(import.meta.dirname, 'fixtures/tables-1.0.0.sql'), 'utf8');
  const statements = sql
    .replace(/^--.*$/gm, '')
    .split(/;\n/)
    .filter((statement) => statement.trim() !== '');
  const old = await migrated('moda_old', statements);
  expect(await columnsOf(old)).toEqual(await columnsOf(await migrated('moda_new', [])));
});

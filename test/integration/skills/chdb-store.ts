/** A store port over chDB in the test's own process, with the product's DDL; one per test file. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';

import { createExtraTable, createTable, type StoreLayout } from '../../../src/clickhouse/ddl.ts';
import { CODING_AGENT_EVENTS } from '../../../src/model/schema.ts';
import { SKILL_TABLES } from '../../../src/skills/schema.ts';
import type { StorePort, StoreRow } from '../../../src/skills/store.ts';

export interface TestStore extends StorePort {
  /** Statements that ran, newest last. */
  readonly statements: string[];
  truncate(): Promise<void>;
  close(): void;
}

const LAYOUT: StoreLayout = { database: 'default', isSynced: false };
const TABLES = [CODING_AGENT_EVENTS.name, ...SKILL_TABLES.map((table) => table.name)];

export async function openTestStore(): Promise<TestStore> {
  const directory = mkdtempSync(join(tmpdir(), 'moda-skills-'));
  const session = new Session(join(directory, 'data'));
  const statements: string[] = [];
  let files = 0;
  const run = async (sql: string): Promise<void> => {
    await session.queryAsync(sql);
  };
  for (const statement of createTable(CODING_AGENT_EVENTS, 3650, LAYOUT)) await run(statement);
  for (const table of SKILL_TABLES) for (const statement of createExtraTable(table, LAYOUT)) await run(statement);
  return {
    statements,
    async query<T>(sql: string, parameters: Readonly<Record<string, string | number>>): Promise<T[]> {
      statements.push(sql);
      const result = await session.queryBindAsync(sql, parameters, { format: 'JSONEachRow' });
      const text = result.text();
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as T);
    },
    async insert(table: string, rows: readonly StoreRow[]): Promise<void> {
      if (rows.length === 0) return;
      const file = join(directory, `insert-${files++}.jsonl`);
      writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
      await run(`INSERT INTO ${table} FROM INFILE '${file}' FORMAT JSONEachRow`);
      rmSync(file);
    },
    command: run,
    async truncate(): Promise<void> {
      for (const table of TABLES) await run(`TRUNCATE TABLE ${table}`);
    },
    close(): void {
      session.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

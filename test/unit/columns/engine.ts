/** The oracle of the columns' tests: a real ClickHouse engine in this process that loads frames and prints what it read. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { Frame } from '../../../src/model/frame.ts';
import type { Table } from '../../../src/model/schema.ts';

export interface Engine {
  /** Makes the table anew, empty. */
  create(table: Table): void;
  /** Inserts the frames as one concatenated body, as the sink does; the rows that the engine says it parsed. */
  load(table: Table, frames: readonly Frame[]): Promise<number>;
  /** All rows in the order of `orderBy`; 64-bit integers and denormals as strings. */
  select(table: Table, expressions: string, orderBy: string): Record<string, unknown>[];
  close(): void;
}

/** Opens an engine on a temporary directory. */
export function openEngine(): Engine {
  const directory = mkdtempSync(join(tmpdir(), 'moda-columns-'));
  const session = new Session(join(directory, 'store'));
  let files = 0;
  return {
    create(table) {
      const columns = table.columns.map((column) => `\`${column.name}\` ${column.type}`).join(', ');
      session.query(`CREATE OR REPLACE TABLE ${table.name} (${columns}) ENGINE = Memory`);
    },
    async load(table, frames) {
      const file = join(directory, `${files++}.lz4`);
      writeFileSync(file, Buffer.concat(frames.map((frame) => frame.bytes)));
      const names = table.columns.map((column) => `\`${column.name}\``).join(', ');
      const format = frames[0]?.format ?? 'RowBinary';
      const insert = `INSERT INTO ${table.name} (${names}) FROM INFILE '${file}' COMPRESSION 'lz4' FORMAT ${format}`;
      const result = await session.queryAsync(insert);
      rmSync(file);
      return result.rowsRead;
    },
    select(table, expressions, orderBy) {
      const settings = 'output_format_json_quote_64bit_integers = 1, output_format_json_quote_denormals = 1';
      const text = session.query(
        `SELECT ${expressions} FROM ${table.name} ORDER BY ${orderBy} SETTINGS ${settings}`,
        'JSONEachRow',
      );
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    close() {
      session.cleanup();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

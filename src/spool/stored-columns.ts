/** The columns of this server's tables as a segment's header names them. */

import { TABLES, type TableName } from '../model/schema.ts';
import type { StoredColumn, StoredColumns } from './segment-header.ts';

/** Columns of both tables, in the order in which rows are encoded. */
export function storedColumns(): StoredColumns {
  const of = (table: TableName): StoredColumn[] => TABLES[table].columns.map(({ name, type }) => [name, type]);
  return { events_raw: of('events_raw'), coding_agent_events: of('coding_agent_events') };
}

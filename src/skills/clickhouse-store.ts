/** The store port over the server's ClickHouse client, with settings that keep a run small beside everything else. */

import { createStoreClient, type StoreClient, type StoreOptions } from '../clickhouse/client.ts';
import type { StorePort } from './store.ts';

/**
 * One thread and bounded memory for each query, large groupings on disk, and a low priority. Writes are acknowledged by
 * the shards that keep them, since the lease reads what it wrote.
 */
const QUERY_SETTINGS = {
  max_threads: 1,
  max_memory_usage: '1500000000',
  max_bytes_before_external_group_by: '400000000',
  max_execution_time: 120,
  priority: 10,
} as const;
const INSERT_SETTINGS = { distributed_foreground_insert: 1 } as const;
const CLUSTER_INSERT_SETTINGS = { ...INSERT_SETTINGS, insert_quorum: 'auto' } as const;

export function createSkillStore(client: StoreClient, isCluster: boolean): StorePort {
  const insertSettings = isCluster ? CLUSTER_INSERT_SETTINGS : INSERT_SETTINGS;
  return {
    query: (sql, parameters) => client.rows(sql, parameters, QUERY_SETTINGS),
    insert: (table, rows) => client.insertRows(table, rows, insertSettings),
    command: (sql) => client.command(sql),
  };
}

/** For a worker: a client of its own; `close` ends its sockets. */
export function openSkillStore(options: StoreOptions): { store: StorePort; close: () => Promise<void> } {
  const client = createStoreClient({ ...options, connectionsMax: 2 });
  return { store: createSkillStore(client, options.isCluster === true), close: () => client.close() };
}

/** The engine of a test file. Apart from sink-set-up.ts, which harnesses outside of the test runner use as well. */

import { afterAll, beforeAll } from 'vitest';
import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { createSmallTables } from '../../faults/small-tables.ts';
import { type OpenEngine, openEngine } from '../clickhouse/open-engine.ts';
import { removeDirectories } from './sink-set-up.ts';

/** One engine for a test file, stopped at its end with all that was opened on it; each test gets tables of its own. */
export function engineOfFile(prefix: string): { readonly url: string; freshTables(): Promise<StoreClient> } {
  let engine: OpenEngine | undefined;
  const clients: StoreClient[] = [];
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await engine?.close();
    await removeDirectories();
  });
  return {
    get url() {
      if (engine === undefined) throw new Error('the engine starts with the first test');
      return engine.engine.url;
    },
    async freshTables() {
      const client = createStoreClient({ url: this.url, database: `${prefix}_${clients.length}` });
      clients.push(client);
      await createSmallTables(client);
      return client;
    },
  };
}

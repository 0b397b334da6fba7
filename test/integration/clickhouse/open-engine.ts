/** A real engine on a directory of its own, for tests: nothing is stood in for. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { type EmbeddedEngine, startEmbedded } from '../../../src/clickhouse/embedded/engine.ts';

export const PASSWORD = 'test-password';

export interface OpenEngine {
  readonly engine: EmbeddedEngine;
  readonly dataDir: string;
  /** Log lines of the supervisor. */
  readonly lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> | undefined }[];
  /** A client in `database`, which exists. */
  client(database?: string): StoreClient;
  /** POST of `sql` with the password; search parameters by `parameters`. */
  post(
    sql: string | Uint8Array,
    parameters?: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  close(): Promise<void>;
}

export async function openEngine(dataDir?: string): Promise<OpenEngine> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'moda-engine-')));
  const lines: OpenEngine['lines'] = [];
  const engine = await startEmbedded({
    dataDir: directory,
    port: 0,
    password: PASSWORD,
    log: (level, message, fields) => lines.push({ level, message, fields }),
  });
  await engine.ready;
  const clients: StoreClient[] = [];
  return {
    engine,
    dataDir: directory,
    lines,
    client: (database = 'default') => {
      const client = createStoreClient({ url: engine.url, database });
      clients.push(client);
      return client;
    },
    post: (sql, parameters = {}, headers = {}) =>
      fetch(`http://127.0.0.1:${engine.port}/?${new URLSearchParams(parameters)}`, {
        method: 'POST',
        headers: { 'X-ClickHouse-Key': PASSWORD, ...headers },
        body: sql,
      }),
    close: async () => {
      for (const client of clients) await client.close();
      await engine.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

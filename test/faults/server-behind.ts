/** A server whose store is reached through the fault proxy, and starts with empty directories. */

import { loadConfig } from '../../src/config/load-config.ts';
import { createServer, type Server } from '../../src/server.ts';
import { PASSWORD } from '../integration/clickhouse/open-engine.ts';
import { temporaryDirectory } from '../integration/sink/sink-set-up.ts';

/** Makes the server; its requests need `key`. */
export async function serverBehind(proxy: { readonly port: number }, key: string): Promise<Server> {
  return createServer(
    loadConfig({
      MODA_PORT: '0',
      MODA_DATA_DIR: await temporaryDirectory(),
      MODA_CLICKHOUSE_URL: `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`,
      MODA_API_KEYS: `${key}:acme`,
      MODA_DRAIN_MS: '0',
      MODA_LOG_LEVEL: 'silent',
    }),
  );
}

/**
 * `npm run sql -- "SELECT …"`: runs one statement on the store of the running server and prints its result, as a table
 * on a terminal and tab-separated with names into a pipe. The statement may end with a FORMAT of its own.
 */

import { once } from 'node:events';
import { ConfigError } from '../config/load-config.ts';
import { processSetting } from '../config/process-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { createStoreClient } from './client.ts';
import { classifyError } from './errors.ts';
import { readStoreAddress } from './store-address.ts';

const USAGE = `usage: npm run sql -- "SELECT …"
Runs one statement on the embedded store of the running server (MODA_DATA_DIR, default ${SETTINGS.dataDir.fallback()}), or on MODA_CLICKHOUSE_URL where that is set.`;

/** Exit codes: 0 done, 1 the store refused or is away, 2 wrong usage or a setting that is not usable. */
async function main(): Promise<number> {
  const sql = process.argv.slice(2).join(' ').trim();
  if (sql === '' || sql === '--help') {
    console.error(USAGE);
    return 2;
  }
  const dataDir = processSetting('dataDir');
  const url = processSetting('clickhouseUrl') ?? (await readStoreAddress(dataDir));
  if (url === undefined) {
    console.error(
      `No server with an embedded store runs on ${dataDir}: its file clickhouse-url does not exist. Start it with npm start; of a server on a ClickHouse of your own, set its MODA_CLICKHOUSE_URL here too.`,
    );
    return 1;
  }
  return run(url, processSetting('clickhouseDatabase'), sql);
}

async function run(url: string, database: string, sql: string): Promise<number> {
  const client = createStoreClient({ url, database });
  try {
    const format = process.stdout.isTTY ? 'PrettyCompact' : 'TabSeparatedWithNames';
    for await (const chunk of await client.bytes(sql, format)) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  } finally {
    await client.close();
  }
}

/** Whoever typed the statement may read the server's own words about it. */
function explain(error: unknown): string {
  const { code, message } = classifyError(error);
  if (code === undefined) return `${message}. Is the server running?`;
  return error instanceof Error ? `${message}: ${error.message}` : message;
}

// A reader that has seen enough, such as `head`, says nothing about the store.
process.stdout.on('error', () => process.exit(0));
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

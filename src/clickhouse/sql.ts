/**
 * `npm run sql -- "SELECT …"`: runs one statement on the store of the running server and prints its result, as a table
 * on a terminal and tab-separated with names into a pipe. The statement may end with a FORMAT of its own.
 */

import { once } from 'node:events';
import { createStoreClient } from './client.ts';
import { classifyError } from './errors.ts';
import { readStoreAddress } from './store-address.ts';

interface SqlSettings {
  readonly url: string | undefined;
  readonly dataDir: string;
  readonly database: string;
}

const USAGE = `usage: npm run sql -- "SELECT …"
Runs one statement on the store of the running server (MODA_DATA_DIR, default ./.moda) or on MODA_CLICKHOUSE_URL.`;

/** Exit codes: 0 done, 1 the store refused or is away, 2 wrong usage. */
async function main(): Promise<number> {
  const sql = process.argv.slice(2).join(' ').trim();
  if (sql === '' || sql === '--help') {
    console.error(USAGE);
    return 2;
  }
  const settings = readClientSettings(process.env);
  const url = settings.url ?? (await readStoreAddress(settings.dataDir));
  if (url === undefined) {
    console.error(
      `No running server found: ${settings.dataDir}/clickhouse-url does not exist. Start it with npm start, or set MODA_CLICKHOUSE_URL.`,
    );
    return 1;
  }
  return run(url, settings.database, sql);
}

/** The few settings that a command on the store needs, with the server's names and defaults. */
function readClientSettings(env: NodeJS.ProcessEnv): SqlSettings {
  return {
    url: env['MODA_CLICKHOUSE_URL'] || undefined,
    dataDir: env['MODA_DATA_DIR'] || './.moda',
    database: env['MODA_CLICKHOUSE_DATABASE'] || 'moda',
  };
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
process.exitCode = await main();

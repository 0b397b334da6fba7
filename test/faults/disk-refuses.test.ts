/** A part of the data directory that cannot be used for a while: requests are taken, nothing ends, rows go in afterwards. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLedger } from '../../bench/scenarios/ledger.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createServer } from '../../src/server.ts';
import { removeDirectories, temporaryDirectory } from '../integration/sink/sink-set-up.ts';

const KEY = 'disk-refuses-test';

afterAll(removeDirectories);

it('takes requests while the dead letters cannot be opened, and inserts their rows once they can', async () => {
  const dataDir = await temporaryDirectory();
  const inTheWay = join(dataDir, 'dead-letters');
  writeFileSync(inTheWay, '');
  const server = await createServer(
    loadConfig({
      MODA_PORT: '0',
      MODA_EMBEDDED_CLICKHOUSE_PORT: '0',
      MODA_DATA_DIR: dataDir,
      MODA_API_KEYS: `${KEY}:acme`,
      MODA_FLUSH_INTERVAL_MS: '20',
      MODA_DRAIN_MS: '0',
      MODA_LOG_LEVEL: 'silent',
    }),
  );
  await server.storeReady;
  const response = await fetch(`${server.address}/v1/otel/claude/hooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ hook: 'Stop', session_id: 's' }),
  });
  expect(response.status).toBe(200);
  expect((await readLedger(server.port)).inserted).toBe(0);
  rmSync(inTheWay);
  expect(await readLedger(server.port, ({ spooled }) => spooled === 0)).toMatchObject({ taken: 2, inserted: 2 });
  await server.stop();
}, 120_000);

/** A server whose store takes connections and says nothing when it starts. */

import { afterAll, expect, it } from 'vitest';
import { readLedger } from '../../bench/scenarios/ledger.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createServer } from '../../src/server.ts';
import { openEngine, PASSWORD } from '../integration/clickhouse/open-engine.ts';
import { removeDirectories, temporaryDirectory } from '../integration/sink/sink-set-up.ts';
import { startFaultProxy } from './fault-proxy.ts';

const KEY = 'silent-start-test';

afterAll(removeDirectories);

it('takes requests, and makes its tables soon after the store speaks, though the first question hangs for ever', async () => {
  const engine = await openEngine();
  const proxy = await startFaultProxy({ port: engine.engine.port });
  await proxy.set({ kind: 'hang' });
  const server = await createServer(
    loadConfig({
      MODA_PORT: '0',
      MODA_DATA_DIR: await temporaryDirectory(),
      MODA_CLICKHOUSE_URL: `http://default:${PASSWORD}@127.0.0.1:${proxy.port}`,
      MODA_API_KEYS: `${KEY}:acme`,
      MODA_DRAIN_MS: '0',
      MODA_LOG_LEVEL: 'silent',
    }),
  );
  const response = await fetch(`${server.address}/v1/otel/claude/hooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ hook: 'Stop', session_id: 's' }),
  });
  expect(response.status).toBe(200);
  await proxy.set({ kind: 'pass' });
  // Gives up after 90 s; the client's own bound for a statement is 120 s.
  expect(await readLedger(server.port, ({ spooled }) => spooled === 0)).toMatchObject({ taken: 2, inserted: 2 });
  await server.stop();
  await proxy.close();
  await engine.close();
}, 150_000);

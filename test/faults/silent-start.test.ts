/** A server whose store takes connections and says nothing when it starts. */

import { afterAll, expect, it } from 'vitest';
import { readLedger } from '../../bench/scenarios/ledger.ts';
import { openEngine } from '../integration/clickhouse/open-engine.ts';
import { removeDirectories } from '../integration/sink/sink-set-up.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { serverBehind } from './server-behind.ts';

const KEY = 'silent-start-test';

afterAll(removeDirectories);

it('takes requests, and makes its tables soon after the store speaks, though the first question hangs for ever', async () => {
  const engine = await openEngine();
  const proxy = await startFaultProxy({ port: engine.engine.port });
  await proxy.set({ kind: 'hang' });
  const server = await serverBehind(proxy, KEY);
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

/** Questions about requests that a silent store leaves unanswered, beside rows that wait for it. */

import { afterAll, expect, it } from 'vitest';
import { readLedger } from '../../bench/scenarios/ledger.ts';
import { openEngine } from '../integration/clickhouse/open-engine.ts';
import { removeDirectories } from '../integration/sink/sink-set-up.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { serverBehind } from './server-behind.ts';

const KEY = 'silent-questions-test';
/** Connections of a client of the store, and more questions than that. */
const CONNECTIONS = 10;
const QUESTIONS = 12;

afterAll(removeDirectories);

it('inserts as soon as the store speaks, though questions hang on it', async () => {
  const engine = await openEngine();
  const proxy = await startFaultProxy({ port: engine.engine.port });
  const server = await serverBehind(proxy, KEY);
  await server.storeReady;
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  await proxy.set({ kind: 'hang' });
  const given = new AbortController();
  const questions = Array.from({ length: QUESTIONS }, () =>
    fetch(`${server.address}/v1/requests/${crypto.randomUUID()}`, { headers, signal: given.signal }).catch(
      () => undefined,
    ),
  );
  while (proxy.accepted < CONNECTIONS) await new Promise((resolve) => setTimeout(resolve, 20));
  // By the time this is answered, what was sent on them has been swallowed.
  await fetch(`${server.address}/healthz`);
  await proxy.set({ kind: 'pass' });
  const body = JSON.stringify({ hook: 'Stop', session_id: 's' });
  const response = await fetch(`${server.address}/v1/otel/claude/hooks`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
  const sentAtMs = performance.now();
  expect(await readLedger(server.port, ({ spooled }) => spooled === 0)).toMatchObject({ taken: 2, inserted: 2 });
  // Without connections of its own the sink gives its INSERT up after 30 s.
  expect(performance.now() - sentAtMs).toBeLessThan(20_000);
  given.abort();
  await Promise.all(questions);
  await server.stop();
  await proxy.close();
  await engine.close();
}, 150_000);

/** Spool, sink and engine killed under load. KILL_ROUNDS and KILL_SEED choose how long and which. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../src/clickhouse/client.ts';
import { type OpenEngine, openEngine } from '../integration/clickhouse/open-engine.ts';
import { removeDirectories, temporaryDirectory } from '../integration/sink/sink-set-up.ts';
import { runKillRounds } from './kill-harness.ts';
import { createSmallTables } from './small-tables.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 20);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);

let engine: OpenEngine;
let client: StoreClient;

beforeAll(async () => {
  engine = await openEngine();
  client = createStoreClient({ url: engine.engine.url, database: 'killed' });
  await createSmallTables(client);
});
afterAll(async () => {
  await client.close();
  await engine.close();
  await removeDirectories();
});

it(`keeps every acknowledged row through ${ROUNDS} kills, each exactly once (seed ${SEED})`, async () => {
  const report = await runKillRounds({
    rounds: ROUNDS,
    seed: SEED,
    directory: await temporaryDirectory(),
    url: engine.engine.url,
    client,
    killEngine: () => {
      const { pid } = engine.engine;
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    engineKills: ROUNDS > 100 ? 0.05 : 0.15,
  });
  console.log(JSON.stringify({ ...report, lost: report.lost.length, doubled: report.doubled.length }));
  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(ROUNDS);
}, 3_600_000);

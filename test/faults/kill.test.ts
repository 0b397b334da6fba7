/** Spool, sink and engine killed under load. KILL_ROUNDS, KILL_WHAT and KILL_SEED choose how long, what, and which. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../src/clickhouse/client.ts';
import { removeDirectories, temporaryDirectory } from '../integration/sink/sink-set-up.ts';
import { type Kills, runKillRounds } from './kill-harness.ts';
import { type MortalEngine, openMortalEngine } from './mortal-engine.ts';
import { createSmallTables } from './small-tables.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 20);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);

const WHAT = (process.env['KILL_WHAT'] ?? 'mixed') as Kills;

let engine: MortalEngine;
let client: StoreClient;

beforeAll(async () => {
  engine = await openMortalEngine();
  client = createStoreClient({ url: engine.url, database: 'killed' });
  await createSmallTables(client);
});
afterAll(async () => {
  await client.close();
  await engine.close();
  await removeDirectories();
});

it(`keeps every acknowledged row through ${ROUNDS} kills (${WHAT}), each exactly once (seed ${SEED})`, async () => {
  const report = await runKillRounds({
    rounds: ROUNDS,
    seed: SEED,
    directory: await temporaryDirectory(),
    url: engine.url,
    client,
    killEngine: () => engine.kill(),
    kills: WHAT,
  });
  console.log(JSON.stringify({ ...report, lost: report.lost.length, doubled: report.doubled.length }));
  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(ROUNDS);
}, 10_800_000);

/** A spool that an older version left, inserted by this one into today's tables. */

import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../../src/clickhouse/client.ts';
import { migrate } from '../../../src/clickhouse/migrations.ts';
import { storedColumns } from '../../../src/spool/stored-columns.ts';
import { type OpenEngine, openEngine } from '../clickhouse/open-engine.ts';
import { removeDirectories, startKeeping, temporaryDirectory } from './sink-set-up.ts';

const GOLDEN = join(import.meta.dirname, 'golden');

let engine: OpenEngine;
let client: StoreClient;

beforeAll(async () => {
  engine = await openEngine();
  client = createStoreClient({ url: engine.engine.url, database: 'moda' });
  await migrate(client, {
    layout: { database: 'moda', isSynced: true },
    // The rows keep their day of receipt for ever.
    retentionRawDays: 20_000,
    retentionEventsDays: 20_000,
    now: Date.now,
  });
});
afterAll(async () => {
  await client.close();
  await engine.close();
  await removeDirectories();
});

it('inserts a stored segment of an older schema: its columns are named, the newer ones take their defaults', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'spool'));
  for (const name of await readdir(GOLDEN)) {
    if (!name.endsWith('.ts')) await copyFile(join(GOLDEN, name), join(directory, 'spool', name));
  }
  const keeping = await startKeeping({
    directory,
    url: engine.engine.url,
    database: 'moda',
    columns: storedColumns(),
  });
  await keeping.spool.recovered;
  expect(keeping.spool.recoveredRows().get('acme')).toBe(4);
  expect(await keeping.sink.drain(20_000)).toBe(true);
  expect(keeping.failures).toEqual([]);
  expect(keeping.buried).toEqual([]);
  const requestId = '0189d0a2-1111-7222-8333-444455556666';
  expect(
    await client.rows('SELECT tenant_id, http_status, raw_event, error, ingest_version, request_id FROM events_raw'),
  ).toEqual([
    {
      tenant_id: 'acme',
      http_status: 200,
      raw_event: '{"old":true}',
      error: '',
      ingest_version: '',
      request_id: requestId,
    },
  ]);
  expect(
    await client.rows(
      'SELECT session_id, attributes, snapshot_tree, success FROM coding_agent_events ORDER BY session_id',
    ),
  ).toEqual(
    [0, 1, 2].map((number) => ({
      session_id: `session-${number}`,
      attributes: { k: 'v' },
      snapshot_tree: '',
      success: null,
    })),
  );
  expect(await readdir(join(directory, 'spool'))).toEqual([]);
  await keeping.stop();
});

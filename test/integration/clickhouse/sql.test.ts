import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { migrate } from '../../../src/clickhouse/migrations.ts';
import { requestStatus } from '../../../src/clickhouse/request-status.ts';
import { readStoreAddress, removeStoreAddress, writeStoreAddress } from '../../../src/clickhouse/store-address.ts';
import { type OpenEngine, openEngine } from './open-engine.ts';

let open: OpenEngine;
let dataDir: string;
const tenant = randomUUID();
const request = randomUUID();

beforeAll(async () => {
  open = await openEngine();
  dataDir = await mkdtemp(join(tmpdir(), 'moda-data-'));
  const client = open.client('moda');
  await migrate(client, {
    layout: { database: 'moda', isSynced: true },
    retentionRawDays: 30,
    retentionEventsDays: 365,
    now: Date.now,
  });
  const raw = {
    timestamp: '2099-01-01 00:00:00',
    tenant_id: tenant,
    request_id: request,
    source: 'otlp',
    http_status: 200,
  };
  await client.insertRows('events_raw', [{ ...raw, raw_event: '{"resourceLogs":[]}' }]);
  const event = { tenant_id: tenant, request_id: request, ingested_at: '2099-01-01 00:00:00' };
  await client.insertRows('coding_agent_events', [
    { ...event, event_id: 'a'.repeat(16) },
    { ...event, event_id: 'b'.repeat(16) },
  ]);
});
afterAll(async () => {
  await open.close();
  await rm(dataDir, { recursive: true, force: true });
});

const SCRIPT = new URL('../../../src/clickhouse/sql.ts', import.meta.url).pathname;

/** Runs the command as npm does, from source. */
function sql(args: string[], env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [SCRIPT, ...args],
      { env: { PATH: process.env['PATH'], ...env } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('npm run sql', () => {
  const troubleshooting = `SELECT timestamp, source, http_status, raw_event
FROM moda.events_raw
WHERE source = 'otlp'
   OR source = 'coding_agent_hook'
ORDER BY timestamp DESC
LIMIT 50;`;

  it('says where it looked when there is no embedded store, and what a server on another store needs', async () => {
    const { code, stderr } = await sql(['SELECT 1'], { MODA_DATA_DIR: join(dataDir, 'elsewhere') });
    expect(code).toBe(1);
    expect(stderr).toContain(`No server with an embedded store runs on ${join(dataDir, 'elsewhere')}`);
    expect(stderr).toContain('set its MODA_CLICKHOUSE_URL here too');
  });

  it("[B12] runs the page's troubleshooting SELECT as it stands on the store of the running server", async () => {
    await writeStoreAddress(dataDir, open.engine.url);
    expect(await sql([troubleshooting], { MODA_DATA_DIR: dataDir })).toEqual({
      code: 0,
      stdout: 'timestamp\tsource\thttp_status\traw_event\n2099-01-01 00:00:00.000\totlp\t200\t{"resourceLogs":[]}\n',
      stderr: '',
    });
  });

  it('runs on MODA_CLICKHOUSE_URL, in the database of the tables', async () => {
    const result = await sql(['SELECT count() AS n FROM events_raw'], {
      MODA_CLICKHOUSE_URL: open.engine.url,
      MODA_DATA_DIR: '/nowhere',
    });
    expect(result).toMatchObject({ code: 0, stdout: 'n\n1\n' });
  });

  it('writes too, and streams a large result', async () => {
    const env = { MODA_CLICKHOUSE_URL: open.engine.url };
    expect(await sql(['CREATE TABLE made (a Int32) ENGINE = Memory'], env)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const large = await sql(['SELECT number FROM numbers(50000)'], env);
    expect(large.stdout.split('\n')).toHaveLength(50_002);
  });

  it('says nothing when its reader has seen enough', async () => {
    const line = `"${process.execPath}" "${SCRIPT}" "SELECT number FROM numbers(1000000)" | head -n 1`;
    const env = { PATH: process.env['PATH'], MODA_CLICKHOUSE_URL: open.engine.url };
    const said = await promisify(execFile)('sh', ['-c', line], { env });
    expect(said).toEqual({ stdout: 'number\n', stderr: '' });
  });

  it('tells a mistake in the statement, a missing server and a wrong call apart', async () => {
    const env = { MODA_CLICKHOUSE_URL: open.engine.url };
    expect(await sql(['SELECT nothing'], env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('UNKNOWN_IDENTIFIER'),
    });
    const away = await sql(['SELECT 1'], { MODA_DATA_DIR: join(dataDir, 'none') });
    expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('npm start') });
    const refused = await sql(['SELECT 1'], { MODA_CLICKHOUSE_URL: 'http://default:x@127.0.0.1:9' });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Is the server running?') });
    expect(await sql([], env)).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') });
  });

  it('names a setting that is not usable in one line, without its value', async () => {
    const run = await sql(['SELECT 1'], { MODA_CLICKHOUSE_URL: 'user:secret@nonsense' });
    expect([run.code, run.stderr]).toEqual([
      2,
      'Configuration is not usable:\n  MODA_CLICKHOUSE_URL: expected an http or https URL\n',
    ]);
  });
});

describe('the address of the store', () => {
  it('is for its owner only, also when a wider file was there before', async () => {
    const path = join(dataDir, 'clickhouse-url');
    await writeFile(path, 'old');
    await chmod(path, 0o666);
    await writeStoreAddress(dataDir, 'http://default:secret@127.0.0.1:1');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe('http://default:secret@127.0.0.1:1\n');
    expect(await readStoreAddress(dataDir)).toBe('http://default:secret@127.0.0.1:1');
    await removeStoreAddress(dataDir);
    expect(await readStoreAddress(dataDir)).toBeUndefined();
  });
});

describe('requestStatus', () => {
  it('[C27] counts the rows of a request for its own tenant only', async () => {
    const client = open.client('moda');
    expect(await requestStatus(client, tenant, request)).toEqual({ stored: true, normalizedCount: 2 });
    expect(await requestStatus(client, 'other', request)).toEqual({ stored: false, normalizedCount: 0 });
    expect(await requestStatus(client, tenant, randomUUID())).toEqual({ stored: false, normalizedCount: 0 });
  });
});

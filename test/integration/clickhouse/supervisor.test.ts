import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedUnavailable, startEmbedded } from '../../../src/clickhouse/embedded/engine.ts';
import { classifyError } from '../../../src/clickhouse/errors.ts';
import { type OpenEngine, openEngine, PASSWORD } from './open-engine.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function opened(dataDir?: string): Promise<OpenEngine> {
  const open = await openEngine(dataDir);
  cleanups.push(open.close);
  return open;
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'moda-engine-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startEmbedded', () => {
  it('restarts a killed engine on the same port with the same rows, and says what it is meanwhile', async () => {
    const open = await opened();
    const client = open.client();
    await client.command('CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1');
    await client.insertRows('t', [{ a: 1 }, { a: 2 }]);
    const { pid, url } = open.engine;
    process.kill(pid!, 'SIGKILL');
    await expect.poll(() => open.engine.state, { interval: 5 }).not.toBe('ready');
    const refused = await client.rows('SELECT 1').catch(classifyError);
    expect(['transient', 'ambiguous']).toContain((refused as { kind: string }).kind);
    await expect.poll(() => open.engine.state, { timeout: 15_000 }).toBe('ready');
    expect(open.engine.url).toBe(url);
    expect(open.engine.pid).not.toBe(pid);
    expect(await client.rows('SELECT a FROM t ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('sweeps bodies that a killed engine left behind', async () => {
    const dataDir = await directory();
    const first = await opened(dataDir);
    await writeFile(join(dataDir, 'tmp', 'insert-left-over'), 'rows');
    process.kill(first.engine.pid!, 'SIGKILL');
    await expect.poll(() => first.engine.state, { interval: 5 }).not.toBe('ready');
    await expect.poll(() => first.engine.state, { timeout: 15_000 }).toBe('ready');
    expect(await readdir(join(dataDir, 'tmp'))).toEqual([]);
  });

  it('survives the signals of a terminal and of a service manager: its parent decides', async () => {
    const open = await opened();
    const { pid } = open.engine;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid!, signal);
    expect(await (await open.post('SELECT 1')).text()).toBe('1\n');
    expect(open.engine.pid).toBe(pid);
  });

  it('ends the engine when stopped, and the rows are there for the next one', async () => {
    const dataDir = await directory();
    const first = await openEngine(dataDir);
    await first.post('CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
    await first.post('INSERT INTO t VALUES (7)');
    const { pid } = first.engine;
    await first.engine.stop();
    expect([first.engine.state, isAlive(pid!)]).toEqual(['down', false]);
    const second = await opened(dataDir);
    expect(await (await second.post('SELECT a FROM t')).text()).toBe('7\n');
  });

  it('waits for the lock of an engine that is still there', async () => {
    const dataDir = await directory();
    const first = await openEngine(dataDir);
    const lines: string[] = [];
    const second = await startEmbedded({
      dataDir,
      port: 0,
      password: PASSWORD,
      log: (_level, message) => lines.push(message),
    });
    cleanups.push(() => second.stop());
    // The second one has come as far as the lock when it has loaded the library; the first answers all the while.
    for (let query = 0; query < 50; query += 1) expect((await first.post('SELECT sleep(0.02)')).status).toBe(200);
    expect(second.state).toBe('starting');
    await first.engine.stop();
    await second.ready;
    expect(lines).toEqual(['embedded engine is ready']);
  });

  it('names the lock when it stays taken, and takes the store when it is free', async () => {
    const dataDir = await directory();
    const first = await openEngine(dataDir);
    const lines: unknown[] = [];
    const second = await startEmbedded({ dataDir, port: 0, password: PASSWORD, log: (...line) => lines.push(line) });
    cleanups.push(() => second.stop());
    await expect.poll(() => JSON.stringify(lines), { timeout: 20_000 }).toContain('Cannot lock file');
    await first.engine.stop();
    await second.ready;
  });

  it('waits for its port, and names the port when it stays taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const dataDir = await directory();
    const lines: unknown[] = [];
    const engine = await startEmbedded({ dataDir, port, password: PASSWORD, log: (...line) => lines.push(line) });
    cleanups.push(() => engine.stop());
    await expect
      .poll(() => JSON.stringify(lines), { timeout: 20_000 })
      .toContain(`port ${port} of 127.0.0.1 is in use`);
    blocker.close();
    await engine.ready;
    expect(engine.url).toContain(`:${port}`);
  });

  it('says what to do when chdb is not installed', async () => {
    const withoutChdb =
      "import{registerHooks}from'node:module';registerHooks({resolve(name,context,next){" +
      "if(name==='chdb')throw Object.assign(new Error('Cannot find package chdb'),{code:'ERR_MODULE_NOT_FOUND'});return next(name,context)}})";
    const engine = await startEmbedded({
      dataDir: await directory(),
      port: 0,
      password: PASSWORD,
      log: () => undefined,
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutChdb)}` },
    });
    const failure = await engine.ready.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EmbeddedUnavailable);
    expect(failure).toMatchObject({
      code: 'EMBEDDED_UNAVAILABLE',
      message: expect.stringMatching(/EMBEDDED_UNAVAILABLE: .*npm install chdb.*MODA_CLICKHOUSE_URL/),
    });
    await expect.poll(() => engine.state).toBe('down');
  });

  it('keeps the password out of the process list', async () => {
    const open = await opened();
    const { stdout } = spawn('ps', ['-o', 'args=,environ=', '-p', String(open.engine.pid)]);
    let listed = '';
    for await (const chunk of stdout) listed += chunk;
    expect(listed).not.toContain(PASSWORD);
  });
});

describe('an engine whose parent is killed', () => {
  const parentOf = async (dataDir: string): Promise<{ parent: ChildProcess; enginePid: number; port: number }> => {
    const parent = fork(new URL('./engine-parent.ts', import.meta.url), [dataDir], { execArgv: [] });
    const [message] = (await once(parent, 'message')) as [{ enginePid: number; port: number }];
    cleanups.push(async () => parent.kill('SIGKILL'));
    return { parent, ...message };
  };

  it('ends, and the next one finds the rows', async () => {
    const dataDir = await directory();
    const { parent, enginePid, port } = await parentOf(dataDir);
    const send = (body: string) =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { 'X-ClickHouse-Key': PASSWORD }, body });
    await send('CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1');
    await send('INSERT INTO t VALUES (1), (2), (3)');
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(enginePid), { timeout: 10_000 }).toBe(false);
    const next = await opened(dataDir);
    expect(await (await next.post('SELECT count() FROM t')).text()).toBe('3\n');
  });

  it('ends while a query runs that would take a minute', async () => {
    const { parent, enginePid, port } = await parentOf(await directory());
    const sql = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(cityHash64(number))';
    const query = fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'X-ClickHouse-Key': PASSWORD },
      body: sql,
    });
    const failed = query.catch(() => 'gone');
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(enginePid), { timeout: 10_000 }).toBe(false);
    expect(await failed).toBe('gone');
  });
});

/** The server as a process: what it prints, how it exits, and what a signal does to it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Niceness } from '../../../src/priority.ts';
import { metricSum } from './support/metrics-text.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = resolve(ROOT, 'src/main.ts');

let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'moda-process-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await new Promise((resolved) => child.once('exit', resolved));
  }
  await until(async () => isRemoved(dataDir));
});

/**
 * An engine whose server was killed takes a moment to notice, and writes until then. The retries of rmSync do not help:
 * they repeat only the rmdir that failed, never the reading of the directory.
 */
function isRemoved(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true, force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false;
    throw error;
  }
}

function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, MODA_PORT: '0', MODA_EMBEDDED_CLICKHOUSE_PORT: '0', MODA_DATA_DIR: dataDir, ...env };
}

interface Running {
  readonly child: ChildProcess;
  readonly address: string;
  readonly banner: string;
  readonly log: () => string;
}

async function run(
  env: Record<string, string> = {},
  command: readonly string[] = [process.execPath, MAIN],
): Promise<Running> {
  const options = { cwd: ROOT, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
  const child = spawn(command[0] ?? '', command.slice(1), options);
  children.push(child);
  let banner = '';
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await new Promise<void>((resolved, rejected) => {
    child.stdout.on('data', (chunk: Buffer) => {
      banner += chunk.toString();
      if (banner.includes('curl ')) resolved();
    });
    child.once('exit', () => rejected(new Error(log)));
  });
  const address = /listens on (\S+)/.exec(banner)?.[1] ?? '';
  return { child, address, banner, log: () => log };
}

const lockHolder = (): number =>
  (JSON.parse(readFileSync(join(dataDir, 'server.lock'), 'utf8')) as { pid: number }).pid;

const exitOf = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolved) => child.once('exit', (code) => resolved(code)))
    : Promise.resolve(child.exitCode);

function runToEnd(env: Record<string, string>, ...args: string[]): { status: number | null; out: string; err: string } {
  const ended = spawnSync(process.execPath, [MAIN, ...args], {
    env: environment(env),
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status: ended.status, out: ended.stdout, err: ended.stderr };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolved) => setTimeout(resolved, 50));
}

const metrics = async (address: string): Promise<string> => (await fetch(`${address}/metrics`)).text();

/** A field of stat (proc(5)) of each thread of a process. */
function statOfThreads(pid: number, field: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    // The second field is a name in brackets.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3]);
  });
}

const nicenessOfThreads = (pid: number): number[] => statOfThreads(pid, 19);
const POLICY = 41;
const SCHED_IDLE = 5;

it.runIf(process.platform === 'linux')(
  'takes requests before it works on them, and that before the engine',
  async () => {
    const { child, address } = await run({ MODA_WORKERS: '2' });
    await until(async () => (await fetch(`${address}/readyz`)).ok);
    const usual = nicenessOfThreads(child.pid!)[0]!;
    const threads = nicenessOfThreads(child.pid!);
    expect(threads.filter((niceness) => niceness === usual + Niceness.INGEST_WORKER)).toHaveLength(2);
    expect(threads.filter((niceness) => niceness === usual).length).toBeGreaterThan(4);
    const engine = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
    expect(nicenessOfThreads(engine)).toContain(Math.min(19, usual + Niceness.EMBEDDED_ENGINE));
    const policies = new Set(statOfThreads(engine, POLICY));
    if (existsSync('/usr/bin/chrt')) expect([...policies]).toEqual([SCHED_IDLE]);
    expect(statOfThreads(child.pid!, POLICY)).not.toContain(SCHED_IDLE);
  },
);

describe('a start that cannot succeed', () => {
  it('names every bad setting in one message and exits with 2', () => {
    const { status, err } = runToEnd({ MODA_PORT: 'many', MODA_TYPO: '1', MODA_FLUSH_ROWS: '0' });
    expect(status).toBe(2);
    for (const name of ['MODA_PORT', 'MODA_TYPO', 'MODA_FLUSH_ROWS']) expect(err).toContain(name);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['a keys file that is none', 'MODA_API_KEYS_FILE', 'nonsense', 2],
    ['rules that are none', 'MODA_REDACTION_RULES_FILE', '[1]', 2],
    ['prices that are none', 'MODA_PRICES_FILE', '{}', 2],
  ])('says what is wrong with %s', (_name, setting, text, code) => {
    const file = join(dataDir, 'file.json');
    writeFileSync(file, text, { mode: 0o600 });
    const { status, err } = runToEnd({ [setting]: file });
    expect(status).toBe(code);
    expect(err).toContain(setting);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('prints the settings for --help and refuses other arguments', () => {
    const help = runToEnd({}, '--help');
    expect(help.status).toBe(0);
    expect(help.out).toContain('MODA_SPOOL_MAX_BYTES');
    expect(runToEnd({}, '--port=1').status).toBe(2);
  });

  it('refuses a data directory or a port in use with one line', async () => {
    const first = await run();
    const port = new URL(first.address).port;
    const sameDirectory = runToEnd({});
    expect([sameDirectory.status, sameDirectory.err.split('\n').filter((line) => !line.startsWith('{'))]).toEqual([
      1,
      [expect.stringMatching(/is in use by process \d+$/), ''],
    ]);
    const samePort = runToEnd({ MODA_DATA_DIR: join(dataDir, 'second'), MODA_PORT: port });
    expect([samePort.status, samePort.err.split('\n').filter((line) => !line.startsWith('{'))]).toEqual([
      1,
      [expect.stringMatching(/^cannot listen on 127\.0\.0\.1:\d+/), ''],
    ]);
  });
});

describe('several processes on one port', () => {
  it('share it when both are told to, and refuse when one is not', async () => {
    const first = await run();
    const port = new URL(first.address).port;
    first.child.kill('SIGKILL');
    await exitOf(first.child);
    const shared = { MODA_PORT: port, MODA_REUSE_PORT: 'true' };
    await run({ ...shared, MODA_DATA_DIR: join(dataDir, 'one') });
    await run({ ...shared, MODA_DATA_DIR: join(dataDir, 'two') });
    const third = runToEnd({ MODA_PORT: port, MODA_DATA_DIR: join(dataDir, 'three') });
    expect([third.status, third.err]).toEqual([1, expect.stringContaining('cannot listen')]);
  });
});

describe('the first start', () => {
  it('prints a development key once, keeps it 0600, and the printed request stores a row', async () => {
    const first = await run({ MODA_DRAIN_MS: '0' });
    const key = /(moda_sk_\S+)/.exec(first.banner)?.[1] ?? '';
    const keyFile = join(dataDir, 'development-key');
    expect(readFileSync(keyFile, 'utf8').trim()).toBe(key);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(first.banner).toContain(`$(cat '${keyFile}')`);
    const command = /curl (\S+)[\s\S]*-d '([^']+)'/.exec(first.banner);
    const reply = await fetch(command?.[1] ?? '', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: command?.[2] ?? '',
    });
    expect(await reply.json()).toMatchObject({ success: true, count: 1 });
    await until(async () => metricSum(await metrics(first.address), 'moda_tenant_rows_inserted_total') === 2);
    // No secret where every user of the machine can read it.
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${first.child.pid}/cmdline`, 'utf8')).not.toContain(key);
    }
    expect(first.log()).not.toContain(key);
    first.child.kill('SIGTERM');
    expect(await exitOf(first.child)).toBe(0);
    const second = await run();
    expect(second.banner).not.toContain(key);
  });
});

describe('signals', () => {
  it('SIGTERM under load loses nothing: every request is acknowledged and stored, or finds the door closed', async () => {
    const key = 'a-key-for-the-load';
    const first = await run({ MODA_API_KEYS: `${key}:t`, MODA_DRAIN_MS: '500', MODA_LOG_LEVEL: 'error' });
    let acknowledged = 0;
    let isOver = false;
    const statuses = new Set<number>();
    const client = async (): Promise<void> => {
      while (!isOver) {
        try {
          const reply = await fetch(`${first.address}/v1/otel/claude/hooks`, {
            method: 'POST',
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            body: '{"hook":"PostToolUse","session_id":"s"}',
          });
          statuses.add(reply.status);
          if (reply.status === 200) acknowledged += 1;
        } catch {
          // Closed: a load balancer has moved on by now.
          return;
        }
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await until(async () => acknowledged > 300);
    first.child.kill('SIGTERM');
    expect(await exitOf(first.child)).toBe(0);
    isOver = true;
    await Promise.all(clients);
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    const second = await run({ MODA_API_KEYS: `${key}:t` });
    // What the first process could not insert any more was in its spool.
    await until(async () => {
      const text = await metrics(second.address);
      return metricSum(text, 'moda_store_up') === 1 && metricSum(text, 'moda_tenant_rows_spooled') === 0;
    });
    const { username, password, origin } = new URL(/http:\/\/default:\S+/.exec(second.banner)?.[0] ?? '');
    const rows = await fetch(`${origin}/?query=${encodeURIComponent('SELECT count() FROM moda.events_raw')}`, {
      headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
    });
    expect(Number(await rows.text())).toBe(acknowledged);
  });

  it('SIGTERM to npm start stops the server: no shell stands between them', async () => {
    const { child, log, address } = await run({ MODA_DRAIN_MS: '100' }, ['npm', 'start', '--silent']);
    child.kill('SIGTERM');
    const code = await exitOf(child);
    const answer = await fetch(`${address}/healthz`).catch(() => undefined);
    // What npm left behind would outlive the test.
    if (answer !== undefined) process.kill(lockHolder(), 'SIGKILL');
    expect([code, answer?.status, log()]).toEqual([0, undefined, expect.stringContaining('"msg":"stopped"')]);
  });

  it('a later second SIGTERM ends it at once, one that comes with the first does not', async () => {
    const { child, log } = await run({ MODA_DRAIN_MS: '60000' });
    child.kill('SIGTERM');
    child.kill('SIGINT');
    await until(async () => log().includes('draining'));
    const firstAtMs = performance.now();
    await until(async () => {
      child.kill('SIGTERM');
      return child.exitCode !== null;
    });
    expect(child.exitCode).toBe(1);
    expect(performance.now() - firstAtMs).toBeGreaterThan(300);
  });

  it('SIGHUP reads the keys file again', async () => {
    const file = join(dataDir, 'keys.json');
    writeFileSync(file, '{}', { mode: 0o600 });
    const { child, address } = await run({ MODA_API_KEYS_FILE: file });
    child.kill('SIGHUP');
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });
});

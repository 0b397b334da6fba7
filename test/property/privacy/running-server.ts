/** The server as a process of its own: everything it answers and logs is kept, to be searched for what must not be there. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');
const KEY = 'moda_sk_canary_0123456789abcdef0123';
const SENDERS = 16;
const WAIT_MS = 90_000;

export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export class RunningServer {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'moda-canary-'));
  /** Standard output and standard error. */
  log = '';
  /** Heads and bodies of all answers. */
  replies = '';
  /** How often each status was answered. */
  readonly statuses = new Map<number, number>();
  private readonly child: ChildProcess;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  private port = 0;
  private storeUrl = '';

  constructor(env: Readonly<Record<string, string>>) {
    const { PATH, HOME } = process.env;
    const own = { MODA_PORT: '0', MODA_DATA_DIR: this.dataDir, MODA_API_KEYS: `${KEY}:acme`, MODA_LOG_LEVEL: 'debug' };
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    this.child = spawn(process.execPath, [MAIN], { env: { PATH, HOME, ...own, ...env }, stdio });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.log += chunk.toString('latin1');
      });
    }
  }

  /** Resolves when it listens and, with an engine of its own, when that is ready. */
  async ready(hasEngine = true): Promise<void> {
    const wanted = hasEngine ? '"store is ready"' : 'curl ';
    await this.until(async () => this.log.includes(wanted) && this.log.includes('curl '), 'start');
    this.port = Number(/listens on \S+:(\d+)/.exec(this.log)?.[1]);
    this.storeUrl = /http:\/\/default:\S+@127\.0\.0\.1:\d+\//.exec(this.log)?.[0] ?? '';
  }

  /** Sends all bodies, some at a time. */
  async send(posts: Iterable<Post>): Promise<void> {
    const queue = posts[Symbol.iterator]();
    const sender = async (): Promise<void> => {
      for (let next = queue.next(); next.done !== true; next = queue.next()) await this.post(next.value);
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
  }

  /** A body without its content type gets that of JSON; a header may stand in for the key. */
  private post({ path, headers, body }: Post): Promise<void> {
    const sent = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers };
    return new Promise((done, failed) => {
      const options = { agent: this.agent, port: this.port, path, method: 'POST', headers: sent };
      const exchange = request(options, (reply) => {
        this.replies += `\n${reply.statusCode} ${JSON.stringify(reply.headers)}\n`;
        this.statuses.set(reply.statusCode!, (this.statuses.get(reply.statusCode!) ?? 0) + 1);
        reply.on('data', (chunk: Buffer) => {
          this.replies += chunk.toString('latin1');
        });
        reply.on('end', done);
      });
      exchange.on('error', failed);
      exchange.end(body);
    });
  }

  /** Waits until the store holds every request that leaves a row, and all the rows that it counts. */
  async stored(requests: number): Promise<void> {
    const question = `SELECT count() = ${requests} AND sum(normalized_count) = (SELECT count() FROM moda.coding_agent_events)
      FROM moda.events_raw`;
    await this.until(async () => (await this.sql(question)).trim() === '1', `${requests} requests in the store`);
  }

  /** Shows the whole content of all tables of the product and of the engine's own logs, table by table. */
  async tables(see: (text: string) => void): Promise<void> {
    const list = `SELECT concat(database, '.', name) FROM system.tables
      WHERE database = 'moda' AND engine LIKE '%MergeTree' OR database = 'system' AND name LIKE '%\\_log'`;
    const names = (await this.sql(list)).trim().split('\n');
    if (!names.includes('moda.coding_agent_events')) throw new Error(`the tables are not there: ${names}`);
    for (const name of names) see(await this.sql(`SELECT * FROM ${name}`));
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
  }

  private async sql(query: string): Promise<string> {
    const { username, password, origin } = new URL(this.storeUrl);
    const headers = { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password };
    const answer = await fetch(`${origin}/?default_format=TabSeparatedRaw`, { method: 'POST', body: query, headers });
    const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    if (!answer.ok) throw new Error(text);
    return text;
  }

  private async until(isReached: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!(await isReached())) {
      if (Date.now() > deadline || this.child.exitCode !== null)
        throw new Error(`no ${what}: ${this.log.slice(-2000)}`);
      await pause(50);
    }
  }

  /** Ends it as this signal does; its data directory stays until `remove`. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.agent.destroy();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await ended;
  }

  /** An engine whose server was killed takes a moment to notice, and writes until then. */
  async remove(): Promise<void> {
    for (;;) {
      try {
        rmSync(this.dataDir, { recursive: true, force: true });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
        await pause(50);
      }
    }
  }
}

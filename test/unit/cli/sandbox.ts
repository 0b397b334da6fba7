/** A home directory of its own, the real command line as a process in it, and a real HTTP peer that records what arrives. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The whole environment, instead of HOME, PATH and `env`. */
  readonly wholeEnv?: Readonly<Record<string, string>>;
  /** Leaves standard input open, as an agent that never closes it. */
  readonly keepsInputOpen?: boolean;
  /** Nobody reads standard output, as behind `| head`. */
  readonly closesOutput?: boolean;
}

export class Sandbox {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'moda-cli-')));
  readonly home = path.join(this.root, 'home');
  readonly work = path.join(this.root, 'work');

  constructor() {
    fs.mkdirSync(this.home);
    fs.mkdirSync(this.work);
  }

  /** A path under the home directory. */
  at(...words: string[]): string {
    return path.join(this.home, ...words);
  }

  /** Writes a file under the home directory. */
  write(file: string, text: string, mode = 0o644): string {
    const full = this.at(file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
    fs.chmodSync(full, mode);
    return full;
  }

  /** The text of a file under the home directory. */
  read(file: string): string {
    return fs.readFileSync(this.at(file), 'utf8');
  }

  mode(file: string): number {
    return fs.statSync(this.at(file)).mode & 0o777;
  }

  saveConfig(endpoint: string, apiKey = 'moda_sk_test'): void {
    this.write('.moda/config.json', JSON.stringify({ api_key: apiKey, endpoint }), 0o600);
  }

  /** Runs `moda` with nothing in its environment but HOME, PATH and what is given. */
  run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return runProcess(process.execPath, [MAIN, ...args], this, options);
  }

  /** One hook. It gets all the time it needs for its snapshot, so that a busy machine changes no result. */
  hook(agent: string, payload: unknown, options: RunOptions = {}): Promise<RunResult> {
    const input = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const env = { MODA_HOOK_SNAPSHOT_MS: '40000', MODA_HOOK_TIMEOUT_MS: '50000', ...options.env };
    return this.run(['hook', agent], { ...options, env, input });
  }

  /** A background process of the command line may still be writing; it ends by itself. */
  async remove(): Promise<void> {
    await until(() => {
      try {
        fs.rmSync(this.root, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    });
  }
}

export function runProcess(
  program: string,
  args: readonly string[],
  sandbox: Sandbox,
  options: RunOptions = {},
): Promise<RunResult> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? sandbox.work,
      env: options.wholeEnv ?? {
        HOME: sandbox.home,
        PATH: process.env['PATH'] ?? '',
        TMPDIR: sandbox.root,
        ...options.env,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.stdin.on('error', () => {});
    if (options.closesOutput === true) child.stdout.destroy();
    if (options.input !== undefined) child.stdin.write(options.input);
    if (options.keepsInputOpen !== true) child.stdin.end();
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, tookMs: performance.now() - startedMs }));
  });
}

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Peer {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Bodies of the requests to a route, parsed. */
  sent(route: string): Record<string, unknown>[];
  close(): Promise<void>;
}

/** Listens on a free loopback port. Without an answer from `answer` it says 200 and `{}`. */
export async function startPeer(
  answer: (request: RecordedRequest) => Answer | undefined = () => undefined,
): Promise<Peer> {
  const requests: RecordedRequest[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const recorded = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      requests.push(recorded);
      const { status = 200, body: reply = {}, headers = {} } = answer(recorded) ?? {};
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sent: (route) => requests.filter(({ url }) => url === route).map(({ body }) => JSON.parse(body)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A peer that knows one key, as the server's whoami does. */
export function knowsKey(apiKey: string): (request: RecordedRequest) => Answer | undefined {
  return ({ url, headers }) => {
    if (headers.authorization !== `Bearer ${apiKey}`)
      return { status: 401, body: { message: 'Invalid or missing API key' } };
    if (url === '/v1/whoami') return { body: { tenant: 'acme', key: 'laptop' } };
    if (url.startsWith('/v1/skills?')) return { body: { skills: [] } };
    return undefined;
  };
}

/** Polls until `condition` gives a value; fails after 45 s. */
export async function until<Value>(condition: () => Value | undefined | false): Promise<Value> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error('the awaited state did not come within 45 s');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

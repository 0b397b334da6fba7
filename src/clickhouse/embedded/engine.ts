/**
 * Parent side of the embedded engine: starts the process that hosts chDB, restarts it with growing pauses when it ends
 * by itself, and stops it. Address and password stay the same for the life of the handle, so that a client made at the
 * start serves through every restart; while the engine is away its connections are refused.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { THREADS } from './engine-limits.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

export type EngineState = 'starting' | 'ready' | 'down';

export interface EmbeddedOptions {
  /** Directory of the engine alone; created when missing. One process at a time. */
  readonly dataDir: string;
  /** Loopback port; 0 picks one that is free now and keeps it. */
  readonly port: number;
  readonly password: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void;
  /** Called on each change, never from within `startEmbedded`. */
  readonly onStateChange?: (state: EngineState) => void;
  /** Environment of the engine's process; default: PATH and HOME are enough for it, so nothing is passed on. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface EmbeddedEngine {
  /** `http://default:password@127.0.0.1:port`, valid at once; connections are refused until the engine is ready. */
  readonly url: string;
  readonly port: number;
  /** First readiness. Rejects with EmbeddedUnavailable when it cannot come, or when `stop` comes first. */
  readonly ready: Promise<void>;
  readonly state: EngineState;
  /** Process of the engine, undefined between two of them. */
  readonly pid: number | undefined;
  /** Lets writes under way finish and ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The engine cannot run on this installation at all; restarting it does not help. */
export class EmbeddedUnavailable extends Error {
  override readonly name = 'EmbeddedUnavailable';
  readonly code = 'EMBEDDED_UNAVAILABLE';
}

const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 10_000;
/** An engine that ran this long was healthy: the next pause starts small again. */
const HEALTHY_MS = 30_000;
const STDERR_CHARS_MAX = 2000;
/** Longer than the engine's own drain. */
const STOP_MS = 6000;
const CHILD = new URL(`./child${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** Starts the engine; resolves as soon as its address is known, long before it is ready. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const port = options.port === 0 ? await freePort() : options.port;
  return new Supervisor(options, port);
}

class Supervisor implements EmbeddedEngine {
  readonly port: number;
  readonly url: string;
  readonly ready: Promise<void>;
  state: EngineState = 'starting';
  private readonly options: EmbeddedOptions;
  private resolveReady: () => void = () => undefined;
  private rejectReady: (error: Error) => void = () => undefined;
  private child: ChildProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private backoffMs = BACKOFF_MS_MIN;
  private isStopping = false;
  private engineWords = '';

  constructor(options: EmbeddedOptions, port: number) {
    this.options = options;
    this.port = port;
    this.url = `http://default:${encodeURIComponent(options.password)}@127.0.0.1:${port}`;
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve;
      this.rejectReady = reject;
    });
    // Whoever does not wait for readiness must not die of its absence.
    this.ready.catch(() => undefined);
    this.launch();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.restartTimer);
    this.rejectReady(new EmbeddedUnavailable('the embedded engine was stopped'));
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return this.setState('down');
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    this.tell(child, { type: 'stop' });
    await exited;
    clearTimeout(timer);
  }

  private launch(): void {
    const startedAt = performance.now();
    const child = fork(CHILD, [], {
      execArgv: [],
      // UTC makes results the same on every machine; our columns name their zone anyway.
      env: { ...this.options.env, UV_THREADPOOL_SIZE: String(THREADS), TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    this.engineWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.onStderr(text));
    child.on('error', (error) => {
      this.options.log('warn', 'embedded engine process error', { reason: error.message });
      // A process that could not be started has no exit.
      if (child.pid === undefined) this.onExit(0, null, null);
    });
    child.on('message', (message: FromEngine) => this.onMessage(message));
    child.once('exit', (code, signal) => this.onExit(performance.now() - startedAt, code, signal));
    const { dataDir, password } = this.options;
    this.tell(child, { type: 'start', dataDir, port: this.port, password });
  }

  /** Read while the engine starts: later words may quote statements, and those are not for the log. */
  private onStderr(text: string): void {
    if (this.state === 'starting') this.engineWords = (this.engineWords + text).slice(-STDERR_CHARS_MAX);
  }

  private onMessage(message: FromEngine): void {
    if (message.type === 'ready') {
      this.setState('ready');
      this.options.log('info', 'embedded engine is ready', { version: message.version, port: this.port });
      this.resolveReady();
      return;
    }
    const detail = /^Code: .*$/m.exec(this.engineWords)?.[0] ?? '';
    this.options.log('warn', 'embedded engine could not start', { reason: message.reason, detail });
    if (!message.permanent) return;
    this.isStopping = true;
    this.rejectReady(
      new EmbeddedUnavailable(
        `EMBEDDED_UNAVAILABLE: ${message.reason}. Install it (npm install chdb) or set MODA_CLICKHOUSE_URL to a ClickHouse server.`,
      ),
    );
  }

  private onExit(ranMs: number, code: number | null, signal: NodeJS.Signals | null): void {
    this.child = undefined;
    this.setState('down');
    if (this.isStopping) return;
    if (ranMs >= HEALTHY_MS) this.backoffMs = BACKOFF_MS_MIN;
    this.options.log('warn', 'embedded engine ended, restarting', { code, signal, pauseMs: this.backoffMs });
    this.restartTimer = setTimeout(() => {
      this.setState('starting');
      this.launch();
    }, this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, BACKOFF_MS_MAX);
  }

  private setState(state: EngineState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onStateChange?.(state);
  }

  /** The channel may close between two looks; the exit that follows is handled where all exits are. */
  private tell(child: ChildProcess, message: ToEngine): void {
    if (child.connected) child.send(message, () => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

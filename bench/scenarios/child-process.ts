/** The parts of a scenario run as processes of their own, so that each one's CPU is its own; this speaks to one of them. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What every child answers to `stats`. */
export interface ProcessStats {
  /** User and system, all threads of the process, since its start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly residentBytesPeak: number;
  /** Event-loop delay in milliseconds since the last `stats`. */
  readonly loopDelayP50: number;
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
}

export interface ReadyMessage {
  readonly port: number;
  readonly storeUrl?: string;
}

const START_MS = 60_000;
const STOP_MS = 30_000;

export class ScenarioProcess {
  private readonly child: ChildProcess;
  private readonly name: string;
  private constructor(child: ChildProcess, name: string) {
    this.child = child;
    this.name = name;
  }

  /** Forks a file of this folder and waits until it says that it is ready. */
  static async start(
    file: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ process: ScenarioProcess; ready: ReadyMessage }> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    // Nothing of the caller's MODA_ settings may reach a measured server.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(MODA_|CODING_AGENT_)/.test(name));
    const child = fork(path, {
      env: { ...Object.fromEntries(inherited), ...env },
      execArgv: [],
      serialization: 'advanced',
    });
    const started = new ScenarioProcess(child, file);
    return { process: started, ready: (await started.message('ready', START_MS)) as ReadyMessage };
  }

  stats(): Promise<ProcessStats> {
    return this.ask('stats', undefined, START_MS) as Promise<ProcessStats>;
  }

  /** Sends a request and waits for the answer of the same name. */
  async ask(name: string, content: unknown, timeoutMs: number): Promise<unknown> {
    const answer = this.message(name, timeoutMs);
    this.child.send({ name, content });
    return answer;
  }

  /** Ends the process; what does not end by itself is killed. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    if (this.child.connected) this.child.send({ name: 'stop' });
    else this.child.kill('SIGKILL');
    await exited;
    clearTimeout(timer);
  }

  private message(name: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
        action();
      };
      const onMessage = (message: unknown): void => {
        const { name: got, content } = message as { name: string; content: unknown };
        if (got === name) settle(() => resolve(content));
        else if (got === 'failed') settle(() => reject(new Error(`${this.name}: ${String(content)}`)));
      };
      const onExit = (code: number | null): void => settle(() => reject(new Error(`${this.name} ended with ${code}`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.name}: no ${name} within ${timeoutMs} ms`))),
        timeoutMs,
      );
      this.child.on('message', onMessage);
      this.child.on('exit', onExit);
    });
  }
}

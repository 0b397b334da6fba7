/**
 * Entry of the engine's process: waits for the parent's word, takes the store's lock and the port of a predecessor that
 * is still ending, then serves. It has no reason to live without its parent: when the IPC channel closes, also by
 * SIGKILL of the parent, it ends. Signals of a terminal or a service manager go to the whole process group; the parent
 * decides when the engine stops, so they are ignored here.
 */

import { once } from 'node:events';
import type { Server } from 'node:http';

import { lowerPriority, Niceness, runOnIdleCores } from '../../priority.ts';
import { ChdbHost } from './chdb-host.ts';
import { openDataDirectory, sweepTemporary } from './data-directory.ts';
import { engineArguments, TAKEOVER_MS } from './engine-limits.ts';
import type { FromEngine, StartMessage, ToEngine } from './engine-messages.ts';
import { createHttpInterface } from './http-interface.ts';

const RETRY_MS = 50;
/** A write under way may finish; what comes later is cut off, as by a crash. */
const DRAIN_MS = 3000;

interface Running {
  readonly host: ChdbHost;
  readonly server: Server;
}

let running: Running | undefined;
let isEnding = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => void end('parentGone'));
process.on('message', (message: ToEngine) => {
  if (message.type === 'stop') void end('asked');
  else void start(message);
});

async function start(options: StartMessage): Promise<void> {
  try {
    lowerPriority(Niceness.EMBEDDED_ENGINE);
    runOnIdleCores();
    const chdb = await loadChdb();
    const directory = openDataDirectory(options.dataDir);
    process.chdir(directory.temporary);
    const host = await untilFree(() => new ChdbHost(chdb, directory.store, engineArguments()), isLocked);
    sweepTemporary(directory);
    const server = createHttpInterface({ host, temporary: directory.temporary, password: options.password });
    running = { host, server };
    await untilFree(() => listen(server, options.port), isPortTaken);
    const ready: FromEngine = { type: 'ready', version: host.version };
    process.send?.(ready);
  } catch (error) {
    fail(error, options);
  }
}

/** chDB is optional: without its package the operator names a server instead. */
async function loadChdb(): Promise<typeof import('chdb')> {
  try {
    return await import('chdb');
  } catch (error) {
    throw new PermanentFailure(`the package chdb cannot be loaded (${firstLine(error)})`);
  }
}

class PermanentFailure extends Error {}

async function untilFree<T>(attempt: () => T | Promise<T>, isPassing: (error: unknown) => boolean): Promise<T> {
  const deadline = Date.now() + TAKEOVER_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || Date.now() >= deadline || isEnding) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** chDB says only that it could not connect; its code 76, "Cannot lock file", goes to stderr, which the parent reads. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Failed to create connection');
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function fail(error: unknown, options: StartMessage): void {
  const permanent = error instanceof PermanentFailure;
  const reason = isPortTaken(error)
    ? `port ${options.port} of 127.0.0.1 is in use by another program: set MODA_EMBEDDED_CLICKHOUSE_PORT, or MODA_CLICKHOUSE_URL to use what is there`
    : isLocked(error)
      ? `the store in ${options.dataDir} cannot be opened`
      : firstLine(error);
  const message: FromEngine = { type: 'failed', reason, permanent };
  if (process.connected) process.send?.(message, () => process.exit(1));
  else process.exit(1);
}

/**
 * Lets writes finish. When the parent asked, closes the store and leaves; the parent kills what hangs. When the parent
 * is gone nobody would, and the engine's own exit waits for reads that may run for a minute: SIGKILL loses nothing,
 * since an acknowledged INSERT is synced.
 */
async function end(reason: 'asked' | 'parentGone'): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  if (running !== undefined) {
    running.server.close();
    running.server.closeIdleConnections();
    await running.host.drainWrites(DRAIN_MS);
  }
  if (reason === 'parentGone') process.kill(process.pid, 'SIGKILL');
  running?.host.close();
  process.exit(0);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}

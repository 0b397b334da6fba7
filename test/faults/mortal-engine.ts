/** An engine that is killed as often as a test likes: it comes back at once, where the supervisor would pause longer each time. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedEngine, startEmbedded } from '../../src/clickhouse/embedded/engine.ts';

export interface MortalEngine {
  /** Stays the same. */
  readonly url: string;
  /** SIGKILL, and a start on the same directory and port; returns when the old process is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function openMortalEngine(): Promise<MortalEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'moda-mortal-'));
  const start = (port: number): Promise<EmbeddedEngine> =>
    startEmbedded({ dataDir, port, password: 'test-password', log: () => undefined });
  let engine = await start(0);
  await engine.ready;
  const { url, port } = engine;
  return {
    url,
    async kill() {
      if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      await engine.stop();
      engine = await start(port);
    },
    async close() {
      await engine.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

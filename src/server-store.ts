/**
 * The store of a server: the embedded engine or a ClickHouse elsewhere, brought to the schema of this build. The server
 * listens and spools before any of this has succeeded.
 */

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writePrivateFile } from './admission/keys-file.ts';
import { createStoreClient, type StoreClient, type StoreOptions } from './clickhouse/client.ts';
import type { ExtraTable, StoreLayout } from './clickhouse/ddl.ts';
import { EmbeddedUnavailable, startEmbedded } from './clickhouse/embedded/engine.ts';
import { classifyError } from './clickhouse/errors.ts';
import { migrate } from './clickhouse/migrations.ts';
import type { ModelPrice } from './clickhouse/prices.ts';
import { removeStoreAddress, writeStoreAddress } from './clickhouse/store-address.ts';
import type { Config } from './config/settings.ts';
import type { Log } from './telemetry/log.ts';

export type StoreState = 'starting' | 'ready' | 'down';

export interface ServerStore {
  /** Address with user and password; of the embedded engine: loopback. */
  readonly url: string;
  readonly isEmbedded: boolean;
  readonly client: StoreClient;
  /** The sink's own: questions that a store leaves unanswered must not hold the connections of its INSERTs. */
  readonly inserts: StoreClient;
  /** How further clients reach it. */
  readonly options: StoreOptions;
  /** Resolves when the tables are there; rejects with `EmbeddedUnavailable` when they never can be. */
  readonly ready: Promise<void>;
  /** `starting` until the first contact; afterwards whether the embedded engine runs. */
  state(): StoreState;
  stop(): Promise<void>;
}

export interface StoreInputs {
  readonly extraTables: readonly ExtraTable[];
  readonly prices: readonly ModelPrice[] | undefined;
}

interface Engine {
  readonly url: string;
  readonly ready: Promise<void>;
  readonly state: () => StoreState;
  readonly stop: () => Promise<void>;
}

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5000;
/** Longest wait for the answer to a ping. */
const SILENCE_MS_MAX = 5000;

/** Opens the store; resolves at once. */
export async function openStore(config: Config, log: Log, inputs: StoreInputs): Promise<ServerStore> {
  const isEmbedded = config.clickhouseUrl === undefined;
  const engine = isEmbedded ? await startEngine(config, log) : remoteEngine(config.clickhouseUrl ?? '');
  const options: StoreOptions = {
    url: engine.url,
    database: config.clickhouseDatabase,
    isCluster: config.clickhouseCluster !== undefined,
  };
  const client = createStoreClient(options);
  const inserts = createStoreClient(options);
  const stopping = new AbortController();
  let isMigrated = false;
  const ready = engine.ready.then(async () => {
    await migrateUntilDone(config, log, client, inputs, stopping.signal);
    isMigrated = true;
  });
  // Whoever does not wait for the store must not die of its absence.
  ready.catch(() => undefined);
  return {
    url: engine.url,
    isEmbedded,
    client,
    inserts,
    options,
    ready,
    // A restart of the engine is no new start: its tables are there.
    state: () => (!isMigrated ? 'starting' : engine.state() === 'ready' ? 'ready' : 'down'),
    async stop() {
      stopping.abort();
      await Promise.all([client.close(), inserts.close()]);
      await engine.stop();
    },
  };
}

async function startEngine(config: Config, log: Log): Promise<Engine> {
  const engine = await startEmbedded({
    dataDir: join(config.dataDir, 'clickhouse'),
    port: config.embeddedClickhousePort,
    password: config.embeddedClickhousePassword ?? keptPassword(config.dataDir),
    log: (level, message, fields = {}) => log[level](fields, message),
  });
  await writeStoreAddress(config.dataDir, engine.url);
  return {
    url: engine.url,
    ready: engine.ready,
    state: () => engine.state,
    async stop() {
      await engine.stop();
      await removeStoreAddress(config.dataDir);
    },
  };
}

function remoteEngine(url: string): Engine {
  return { url, ready: Promise.resolve(), state: () => 'ready', stop: async () => undefined };
}

/**
 * The generated password stays the same from start to start, so that a dashboard's settings do too. An empty one would
 * let every user of the machine in, whose SQL reads our files: then there is none yet.
 */
function keptPassword(dataDir: string): string {
  const file = join(dataDir, 'clickhouse-password');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept !== '') {
    chmodSync(file, 0o600);
    return kept;
  }
  const password = randomBytes(24).toString('base64url');
  writePrivateFile(file, `${password}\n`);
  return password;
}

/** A store that takes connections and says nothing would hold the first statement until that gives up, long after it is back. */
async function failWhenSilent(client: StoreClient): Promise<void> {
  const late = AbortSignal.timeout(SILENCE_MS_MAX);
  await client.ping(late);
  if (late.aborted) throw new Error('the store is silent');
}

async function migrateUntilDone(
  config: Config,
  log: Log,
  client: StoreClient,
  inputs: StoreInputs,
  signal: AbortSignal,
): Promise<void> {
  const { clickhouseCluster: cluster, clickhouseDatabase: database } = config;
  const layout: StoreLayout = {
    database,
    isSynced: config.clickhouseUrl === undefined,
    ...(cluster === undefined ? {} : { cluster }),
  };
  for (let pauseMs = RETRY_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
    try {
      await failWhenSilent(client);
      const report = await migrate(client, {
        layout,
        retentionRawDays: config.retentionRawDays,
        retentionEventsDays: config.retentionEventsDays,
        extraTables: inputs.extraTables,
        now: Date.now,
        ...(inputs.prices === undefined ? {} : { prices: inputs.prices }),
      });
      log.info({ applied: report.applied.length }, 'store is ready');
      return;
    } catch (error) {
      if (signal.aborted) throw new EmbeddedUnavailable('the server was stopped before the store was ready');
      log.warn({ reason: classifyError(error).message, pauseMs }, 'store is not ready, next try follows');
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Composition root: builds each stage, connects them, starts them so that requests are taken and kept before the store
 * is up, and stops them so that nothing acknowledged is left behind. No stage knows another but here.
 */

import './config/native-environment.ts';
import { extname } from 'node:path';
import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ByteBudget } from './admission/byte-budget.ts';
import type { DevelopmentKey } from './admission/development-key.ts';
import { RateLimits } from './admission/rate-limits.ts';
import type { Config } from './config/settings.ts';
import { type ApiRoute, ApiRoutes } from './http/api-route.ts';
import type { FrontDoor } from './http/front-door.ts';
import { Listener, type ListenerOptions } from './http/listener.ts';
import { WorkerPool } from './pool/worker-pool.ts';
import { type Keys, openKeys, pipelineOptions, readCustomRules, readPrices } from './server-inputs.ts';
import { isTaking, openServerSpool, startServerSink } from './server-keeping.ts';
import { lockDataDirectory, StartError } from './server-lock.ts';
import { exchangeObserver, taskObserver } from './server-observe.ts';
import { ownRoutes, probeRoutes, type Readiness } from './server-routes.ts';
import { openSkills, SKILL_STORE_TABLES, type Skills } from './server-skills.ts';
import { openStore, type ServerStore } from './server-store.ts';
import type { Sink } from './sink/sink.ts';
import type { Spool } from './spool/spool.ts';
import { RequestLedger } from './telemetry/ledger.ts';
import { type Log, openLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { scrape } from './telemetry/scrape.ts';

/** From the head of a request to the last byte of its body. Exporters give up after 10 s. */
const BODY_MS_MAX = 60_000;
/** On stop: how long connections that were just made may still send what they were made for. */
const LAST_REQUESTS_MS = 500;
/** On stop: how long open requests and the sink may take. What the sink does not finish stays in the spool. */
const OPEN_REQUESTS_MS_MAX = 10_000;
const SINK_DRAIN_MS_MAX = 10_000;
/** Longest end of one stage: a disk that hangs must not keep the process. The embedded engine takes 6 s at most. */
const STAGE_CLOSE_MS_MAX = 8000;

const WORKER = new URL(`../workers/ingest${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

export interface Server {
  /** `http(s)://host:port` it listens on. */
  readonly address: string;
  readonly port: number;
  /** ClickHouse HTTP address with user and password. */
  readonly storeUrl: string;
  /** Resolves when the tables are there; rejects when the embedded engine cannot run on this installation. */
  readonly storeReady: Promise<void>;
  readonly developmentKey: DevelopmentKey | undefined;
  /** Reads the keys file again. */
  reloadKeys(): void;
  /** Drains and ends everything; resolves within a bound. A second call joins the first. */
  stop(): Promise<void>;
}

/** Starts a server; resolves when it listens, before the store is ready. Throws one-line errors for what an operator can mend. */
export async function createServer(config: Config, log: Log = openLog(config.logLevel)): Promise<Server> {
  const server = new IngestServer(config, log);
  try {
    await server.start();
  } catch (error) {
    await server.abandon();
    throw refusedBySystem(error, config.dataDir) ?? error;
  }
  return server;
}

class IngestServer implements Server {
  readonly #config: Config;
  readonly #log: Log;
  readonly #metrics = createMetrics();
  readonly #ledger = new RequestLedger();
  readonly #budget: ByteBudget;
  #unlock: (() => Promise<void>) | undefined;
  #keys: Keys | undefined;
  #store: ServerStore | undefined;
  #spool: Spool | undefined;
  #pool: WorkerPool | undefined;
  #listener: Listener | undefined;
  #sink: Sink | undefined;
  #skills: Skills | undefined;
  #isDraining = false;
  #isClosing = false;
  #stopped: Promise<void> | undefined;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#budget = new ByteBudget(config.inflightBytesMax, config.bodyBytesMax);
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  get address(): string {
    const { host, tlsCertFile } = this.#config;
    const name = host.includes(':') ? `[${host}]` : host;
    return `${tlsCertFile === undefined ? 'http' : 'https'}://${name}:${this.port}`;
  }

  get storeUrl(): string {
    return this.#store?.url ?? '';
  }

  get storeReady(): Promise<void> {
    return this.#store?.ready ?? Promise.resolve();
  }

  get developmentKey(): DevelopmentKey | undefined {
    return this.#keys?.developmentKey;
  }

  reloadKeys(): void {
    this.#keys?.keyring.reload();
  }

  /** Every stage, in the order that lets the next one rely on it. */
  async start(): Promise<void> {
    const config = this.#config;
    const customRules = readCustomRules(config);
    const prices = readPrices(config);
    this.#unlock = await lockDataDirectory(config.dataDir);
    this.#keys = openKeys(config, this.#log);
    this.#spool = await openServerSpool(config, this.#log);
    this.#store = await openStore(config, this.#log, { prices, extraTables: SKILL_STORE_TABLES });
    this.#skills = openSkills(config, this.#store, customRules, this.#log);
    this.#pool = await this.#startPool(pipelineOptions(config, customRules), this.#spool);
    const api = [...ownRoutes(this.#store), ...this.#skills.routes];
    this.#listener = await Listener.open(this.#listenerOptions(this.#keys, this.#pool, api));
    this.#log.info({ address: this.address, workers: config.workers }, 'listening');
    void this.#followStore(this.#store, this.#spool);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends what a start that failed had begun. */
  async abandon(): Promise<void> {
    this.#isDraining = true;
    this.#isClosing = true;
    await this.#closeAll();
  }

  async #stop(): Promise<void> {
    this.#isDraining = true;
    this.#log.info({ drainMs: this.#config.drainMs }, 'draining');
    await sleep(this.#config.drainMs);
    this.#isClosing = true;
    // Behind the poll phase: connections that the system has made are then taken, and answered instead of reset.
    await endOfTurn();
    this.#listener?.stopAccepting();
    await sleep(Math.min(LAST_REQUESTS_MS, this.#config.drainMs));
    await within(OPEN_REQUESTS_MS_MAX, Promise.all([this.#listener?.drained(), this.#pool?.drained()]));
    const isEmpty = (await this.#sink?.drain(SINK_DRAIN_MS_MAX)) ?? false;
    await this.#closeAll();
    this.#log.info({ leftInSpool: !isEmpty }, 'stopped');
  }

  /** In the direction of the flow, so that nothing is sent to a stage that has gone. */
  async #closeAll(): Promise<void> {
    this.#listener?.close();
    this.#keys?.keyring.close();
    await within(STAGE_CLOSE_MS_MAX, this.#pool?.stop());
    await within(STAGE_CLOSE_MS_MAX, this.#sink?.stop());
    // Has bounds of its own: what is in memory gets more time.
    await this.#spool?.close();
    await within(STAGE_CLOSE_MS_MAX, this.#skills?.close());
    await within(STAGE_CLOSE_MS_MAX, this.#store?.stop());
    await within(STAGE_CLOSE_MS_MAX, this.#unlock?.());
  }

  #startPool(workerData: unknown, spool: Spool): Promise<WorkerPool> {
    const config = this.#config;
    return WorkerPool.start({
      workers: config.workers,
      filename: fileURLToPath(WORKER),
      workerData,
      limits: { requestsMax: config.taskRequestsMax, bytesMax: config.taskBytesMax },
      queueMsMax: config.queueMsMax,
      waitingTasksMax: config.poolQueueMax ?? config.workers ** 2,
      keep: (frames) => spool.append(frames),
      kept: taskObserver(this.#metrics, this.#ledger, config.ringBytes),
      lost: (kind, requests) => {
        this.#metrics.workersLost.inc();
        this.#log.warn({ kind, requests }, 'a worker went down; its requests run again');
      },
    });
  }

  #listenerOptions({ keyring }: Keys, pool: WorkerPool, api: readonly ApiRoute[]): ListenerOptions {
    const config = this.#config;
    const { tlsCertFile: certFile, tlsKeyFile: keyFile } = config;
    const door: FrontDoor = {
      keyring,
      budget: this.#budget,
      rates: new RateLimits({ requestsPerSecond: config.rateLimitRps, bytesPerSecond: config.rateLimitBytes }),
      ledger: this.#ledger,
      ingest: (request, done) => pool.submit(request, done),
      wouldTimeOut: (tenantId, isHook) => pool.wouldTimeOut(tenantId, isHook),
      api: new ApiRoutes(api),
      bodyBytesMax: config.bodyBytesMax,
      bodyTimeoutMs: BODY_MS_MAX,
      bodyRead: (route, bytes) => this.#metrics.bodyBytes.add(route, '', bytes),
      failed: (route, requestId, error) =>
        this.#log.error({ route, requestId, kind: kindOf(error) }, 'a route failed unexpectedly'),
      isClosing: () => this.#isClosing,
    };
    return {
      host: config.host,
      port: config.port,
      reusePort: config.reusePort,
      tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
      door,
      probes: probeRoutes(
        () => this.#readiness(),
        () => this.#metricsText(),
      ),
      adminKey: config.adminKey,
      isDraining: () => this.#isDraining,
      ended: exchangeObserver(this.#metrics),
    };
  }

  /** The sink begins when there are tables to insert into; until then rows wait in the spool. */
  async #followStore(store: ServerStore, spool: Spool): Promise<void> {
    try {
      await store.ready;
    } catch (error) {
      if (!this.#isDraining) this.#log.error({ kind: kindOf(error) }, 'the store will not come');
      return;
    }
    if (this.#isClosing) return;
    this.#sink = await startServerSink(this.#config, this.#log, this.#metrics, store, spool);
  }

  #readiness(): Readiness {
    return {
      isDraining: this.#isDraining,
      isWritable: this.#spool !== undefined && isTaking(this.#spool),
      isEmbedded: this.#store?.isEmbedded ?? false,
      storeState: this.#store?.state() ?? 'starting',
      isStoreTaking: this.#sink?.status().isStoreTaking ?? true,
    };
  }

  #metricsText(): Promise<string> {
    const none: ReadonlyMap<string, number> = new Map();
    const noSink = { isStoreTaking: false, deadLetterFiles: 0, deadLetterBytes: 0 };
    const noSpool = { isWritable: false, bytes: 0, segments: 0, oldestAgeMs: 0 };
    return scrape(this.#metrics, {
      ledger: this.#ledger,
      recoveredRows: () => this.#spool?.recoveredRows() ?? none,
      spooledRows: () => this.#spool?.spooledRows() ?? none,
      insertedRows: () => this.#sink?.insertedRows() ?? none,
      deadLetteredRows: () => this.#sink?.deadLetteredRows() ?? none,
      openRequests: () => this.#listener?.pending ?? 0,
      inflightBytes: () => this.#budget.bytes,
      queue: () => this.#pool?.waiting ?? { requests: 0, bytes: 0 },
      spool: () => this.#spool?.status() ?? noSpool,
      sink: () => this.#sink?.status() ?? noSink,
    });
  }
}

/** What the system refuses in the data directory (no permission, a file in the place of a directory) is the operator's to mend. */
function refusedBySystem(error: unknown, dataDir: string): StartError | undefined {
  if (!(error instanceof Error) || !('path' in error) || !String(error.path).startsWith(dataDir)) return undefined;
  return new StartError(`cannot use the data directory ${dataDir}: ${error.message}`);
}

/** Class of an error: its message may quote what a client sent. */
function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Waits for `work`, but not longer. */
async function within(timeoutMs: number, work: Promise<unknown> | undefined): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}

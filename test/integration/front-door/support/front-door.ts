/** The real listener and admission with an ingest function in memory: what comes in is recorded, what goes out is set. */

import '../../../../src/config/native-environment.ts';
import { ByteBudget } from '../../../../src/admission/byte-budget.ts';
import { Keyring, type KeyringOptions } from '../../../../src/admission/keyring.ts';
import { RateLimits } from '../../../../src/admission/rate-limits.ts';
import { type ApiRoute, ApiRoutes } from '../../../../src/http/api-route.ts';
import type { ExchangeEnd } from '../../../../src/http/exchange.ts';
import type { IngestOutcome, IngestRequest } from '../../../../src/http/ingest.ts';
import { Listener, type ListenerOptions } from '../../../../src/http/listener.ts';
import type { ProbeRoute } from '../../../../src/http/probe-route.ts';
import { RequestLedger } from '../../../../src/telemetry/ledger.ts';

export const KEY = 'moda_sk_front_door_alpha';
export const OTHER_KEY = 'moda_sk_front_door_beta';

export interface FrontDoorOptions {
  readonly outcome?: (request: IngestRequest) => IngestOutcome | Promise<IngestOutcome>;
  readonly api?: readonly ApiRoute[];
  readonly probes?: readonly ProbeRoute[];
  readonly keyring?: Partial<KeyringOptions>;
  readonly bodyBytesMax?: number;
  readonly bodyTimeoutMs?: number;
  readonly inflightBytesMax?: number;
  readonly requestsPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly wouldTimeOut?: (tenantId: string, isHook: boolean) => boolean;
  readonly adminKey?: string;
  readonly tls?: ListenerOptions['tls'];
}

export interface RunningFrontDoor {
  readonly port: number;
  readonly url: string;
  readonly listener: Listener;
  readonly budget: ByteBudget;
  readonly ledger: RequestLedger;
  readonly keyring: Keyring;
  /** Requests that reached the ingest function. */
  readonly received: IngestRequest[];
  readonly ended: ExchangeEnd[];
  readonly failures: unknown[];
  setDraining(isDraining: boolean): void;
  setClosing(isClosing: boolean): void;
  stop(): void;
}

const STORED: IngestOutcome = {
  ok: true,
  recordCount: 1,
  rejectedCount: 0,
  rejectedReason: '',
  isAgentHook: false,
};

/** What the pipeline does for content that was refused by its head. */
function storedOutcome(request: IngestRequest): IngestOutcome {
  return request.refusal === undefined ? STORED : { ok: false, ...request.refusal };
}

export async function openFrontDoor(options: FrontDoorOptions = {}): Promise<RunningFrontDoor> {
  const received: IngestRequest[] = [];
  const ended: ExchangeEnd[] = [];
  const failures: unknown[] = [];
  const bodyBytesMax = options.bodyBytesMax ?? 1024 * 1024;
  const budget = new ByteBudget(options.inflightBytesMax ?? 64 * 1024 * 1024, bodyBytesMax);
  const ledger = new RequestLedger();
  const keyring = new Keyring({
    file: undefined,
    given: [
      { key: KEY, tenantId: 'alpha', name: 'a' },
      { key: OTHER_KEY, tenantId: 'beta', name: 'b' },
    ],
    warn: () => undefined,
    ...options.keyring,
  });
  let isDraining = false;
  let isClosing = false;
  const outcome = options.outcome ?? storedOutcome;
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    reusePort: false,
    tls: options.tls,
    adminKey: options.adminKey,
    isDraining: () => isDraining,
    ended: (end) => ended.push(end),
    probes: options.probes ?? [],
    door: {
      keyring,
      budget,
      rates: new RateLimits({ requestsPerSecond: options.requestsPerSecond, bytesPerSecond: options.bytesPerSecond }),
      ledger,
      api: new ApiRoutes(options.api ?? []),
      bodyBytesMax,
      bodyTimeoutMs: options.bodyTimeoutMs ?? 5000,
      bodyRead: () => undefined,
      failed: (_route, _id, error) => failures.push(error),
      isClosing: () => isClosing,
      wouldTimeOut: options.wouldTimeOut ?? (() => false),
      ingest(request, done) {
        received.push(request);
        void Promise.resolve(outcome(request)).then(done);
      },
    },
  });
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    port: listener.port,
    url: `${scheme}://127.0.0.1:${listener.port}`,
    listener,
    budget,
    ledger,
    keyring,
    received,
    ended,
    failures,
    setDraining(value) {
      isDraining = value;
    },
    setClosing(value) {
      isClosing = value;
    },
    stop() {
      keyring.close();
      listener.close();
    },
  };
}

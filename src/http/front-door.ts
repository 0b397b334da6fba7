/** What the handlers of the listener share: the gates of admission, the way on, and who is told. */

import type { ByteBudget } from '../admission/byte-budget.ts';
import type { Keyring } from '../admission/keyring.ts';
import type { RateLimits } from '../admission/rate-limits.ts';
import type { ApiRoutes } from './api-route.ts';
import type { Ingest } from './ingest.ts';

/** Counts of requests per tenant: received = acknowledged + refused (telemetry's ledger). */
export interface RequestCounts {
  received(tenantId: string): void;
  acknowledged(tenantId: string): void;
  refused(tenantId: string, reason: string): void;
}

export interface FrontDoor {
  readonly keyring: Pick<Keyring, 'authenticate'>;
  readonly budget: ByteBudget;
  readonly rates: RateLimits;
  readonly ledger: RequestCounts;
  readonly ingest: Ingest;
  /** Whether a request of this tenant would wait too long for a worker to be worth reading. */
  readonly wouldTimeOut: (tenantId: string, isHook: boolean) => boolean;
  readonly api: ApiRoutes;
  readonly bodyBytesMax: number;
  readonly bodyTimeoutMs: number;
  /** Told about bytes of telemetry bodies by route. */
  readonly bodyRead: (route: string, bytes: number) => void;
  /** Told about a route's function that failed in a way it does not document; never the message of the failure. */
  readonly failed: (route: string, requestId: string, error: unknown) => void;
  /** True once no new request is taken; answers are 503. */
  readonly isClosing: () => boolean;
}

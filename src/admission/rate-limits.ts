/** Requests and bytes per second of one tenant (or of one key with limits of its own), as token buckets of one second. */

import type { Identity } from './keyring.ts';

interface Bucket {
  requests: number;
  bytes: number;
  refilledAtMs: number;
}

export interface RateLimitOptions {
  readonly requestsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly now?: () => number;
}

/** Buckets that are kept; tenants come from keys, so only a huge key file reaches it. The fullest may then restart. */
const BUCKETS_MAX = 100_000;

export class RateLimits {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Takes one request of the identity. Returns 0, or the seconds after which one would be let in (for Retry-After).
   * Bytes are charged by `charge` when they are known, so that a body larger than a second's worth still passes once
   * and is paid off afterwards.
   */
  admit(identity: Identity): number {
    const { requestsPerSecond, bytesPerSecond } = this.#limitsOf(identity);
    if (requestsPerSecond === undefined && bytesPerSecond === undefined) return 0;
    const bucket = this.#refilled(identity, requestsPerSecond, bytesPerSecond);
    if (requestsPerSecond !== undefined && bucket.requests < 1) {
      return Math.max(1, Math.ceil((1 - bucket.requests) / requestsPerSecond));
    }
    if (bytesPerSecond !== undefined && bucket.bytes <= 0) {
      return Math.max(1, Math.ceil(-bucket.bytes / bytesPerSecond));
    }
    // What nothing refills must not be spent: a limit that the keys file gains later would find a debt of hours.
    if (requestsPerSecond !== undefined) bucket.requests -= 1;
    return 0;
  }

  /** Charges body bytes of a request that was admitted. */
  charge(identity: Identity, bytes: number): void {
    const { requestsPerSecond, bytesPerSecond } = this.#limitsOf(identity);
    if (bytesPerSecond === undefined) return;
    this.#refilled(identity, requestsPerSecond, bytesPerSecond).bytes -= bytes;
  }

  #limitsOf(identity: Identity): { requestsPerSecond: number | undefined; bytesPerSecond: number | undefined } {
    return {
      requestsPerSecond: identity.requestsPerSecond ?? this.#options.requestsPerSecond,
      bytesPerSecond: identity.bytesPerSecond ?? this.#options.bytesPerSecond,
    };
  }

  #refilled(identity: Identity, requestsPerSecond = 0, bytesPerSecond = 0): Bucket {
    const hasOwnLimits = identity.requestsPerSecond !== undefined || identity.bytesPerSecond !== undefined;
    const id = hasOwnLimits ? `${identity.tenantId}\0${identity.keyName}` : identity.tenantId;
    const nowMs = this.#now();
    // A bucket holds one second's worth, but at least one request, or a rate under one would never let any in.
    const requestsMax = Math.max(1, requestsPerSecond);
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      if (this.#buckets.size >= BUCKETS_MAX) this.#buckets.clear();
      bucket = { requests: requestsMax, bytes: bytesPerSecond, refilledAtMs: nowMs };
      this.#buckets.set(id, bucket);
      return bucket;
    }
    const elapsedSeconds = Math.max(0, nowMs - bucket.refilledAtMs) / 1000;
    bucket.requests = Math.min(requestsMax, bucket.requests + elapsedSeconds * requestsPerSecond);
    bucket.bytes = Math.min(bytesPerSecond, bucket.bytes + elapsedSeconds * bytesPerSecond);
    bucket.refilledAtMs = nowMs;
    return bucket;
  }
}

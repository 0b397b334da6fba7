/**
 * Conservation, per tenant: received = acknowledged + refused in requests; rows kept = inserted + spooled +
 * dead-lettered. Both sides are counted where they happen and never derived from each other, so that a request or a
 * row that gets lost shows as a difference.
 */

import { METRIC_TENANTS_MAX } from '../limits.ts';

/** Counts of one tenant since the process began. Rows left by an earlier process count as kept when recovered. */
export interface TenantCounts {
  received: number;
  acknowledged: number;
  /** By error code; `CLIENT_ABORTED` stands for a client that left before its body was complete. */
  readonly refused: Map<string, number>;
  rowsKept: number;
  rowsInserted: number;
  rowsDeadLettered: number;
}

/** Tenants beyond METRIC_TENANTS_MAX share this line. */
const OTHER = 'other';

export class Ledger {
  readonly #tenants = new Map<string, TenantCounts>();

  received(tenantId: string): void {
    this.#of(tenantId).received += 1;
  }

  acknowledged(tenantId: string): void {
    this.#of(tenantId).acknowledged += 1;
  }

  refused(tenantId: string, reason: string): void {
    const { refused } = this.#of(tenantId);
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }

  /** Rows of both tables that the spool has taken. */
  rowsKept(tenantId: string, rows: number): void {
    this.#of(tenantId).rowsKept += rows;
  }

  rowsInserted(tenantId: string, rows: number): void {
    this.#of(tenantId).rowsInserted += rows;
  }

  rowsDeadLettered(tenantId: string, rows: number): void {
    this.#of(tenantId).rowsDeadLettered += rows;
  }

  /** Every line, in order of first appearance. */
  entries(): IterableIterator<[string, Readonly<TenantCounts>]> {
    return this.#tenants.entries();
  }

  #of(tenantId: string): TenantCounts {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const name = this.#tenants.size < METRIC_TENANTS_MAX ? tenantId : OTHER;
    let counts = this.#tenants.get(name);
    if (counts === undefined) {
      counts = { received: 0, acknowledged: 0, refused: new Map(), rowsKept: 0, rowsInserted: 0, rowsDeadLettered: 0 };
      this.#tenants.set(name, counts);
    }
    return counts;
  }
}

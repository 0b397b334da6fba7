/**
 * Conservation, per tenant: received = acknowledged + refused, in requests; rows taken = inserted + spooled +
 * dead-lettered. Every term is counted where it happens and none is derived from the others, so that a request or a row
 * that gets lost shows as a difference. The terms behind the spool are counted by spool and sink.
 */

/** Requests and rows of one tenant since the process began. */
export interface TenantCounts {
  received: number;
  acknowledged: number;
  /** By error code; `CLIENT_ABORTED` is a client that left before its body was complete. */
  readonly refused: Map<string, number>;
  /** Rows of both tables that the spool has taken, those of refused content included. */
  rowsTaken: number;
}

/** Tenants come from keys, so their number is bounded by the operator's own file; METRIC_TENANTS_MAX bounds what is shown. */
export class RequestLedger {
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

  rowsTaken(tenantId: string, rows: number): void {
    this.#of(tenantId).rowsTaken += rows;
  }

  /** Live view, in order of first appearance. */
  get tenants(): ReadonlyMap<string, Readonly<TenantCounts>> {
    return this.#tenants;
  }

  #of(tenantId: string): TenantCounts {
    let counts = this.#tenants.get(tenantId);
    if (counts === undefined) {
      counts = { received: 0, acknowledged: 0, refused: new Map(), rowsTaken: 0 };
      this.#tenants.set(tenantId, counts);
    }
    return counts;
  }
}

/**
 * Wire bytes admitted and not yet acknowledged: the bound of the server's memory. Charged before a body is read (by
 * Content-Length) and while it is read (chunked), released when the request is answered or gone.
 */

/** Why bytes were not admitted. */
export type BudgetRefusal = 'SERVER_FULL' | 'TENANT_OVER_SHARE';

/**
 * Charged to every request on top of its body, for the objects that stand behind it; without it a flood of one-byte
 * bodies would be nearly free.
 */
export const REQUEST_OVERHEAD_BYTES = 2048;

/**
 * The last part of the budget is kept from those that hold much: bodies that are announced and never sent would
 * otherwise take all of it for one tenant, and everybody else would be refused for as long as they stand.
 */
const RESERVED_SHARE = 1 / 16;

export class ByteBudget {
  readonly #bytesMax: number;
  readonly #reservedBytes: number;
  readonly #bytesByTenant = new Map<string, number>();
  #bytes = 0;

  /** `bodyBytesMax`: the largest body that is allowed at all; it fits, with its overhead and beside the reserve. */
  constructor(bytesMax: number, bodyBytesMax: number) {
    this.#bytesMax = bytesMax + REQUEST_OVERHEAD_BYTES;
    this.#reservedBytes = Math.max(0, Math.min(this.#bytesMax * RESERVED_SHARE, bytesMax - bodyBytesMax));
  }

  /** Bytes that are admitted now. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes `bytes` for a tenant, or says why not and takes nothing. Up to half of the budget is free for all; beyond it
   * a tenant gets at most an equal share of the whole among the tenants that hold something now, and of the reserve
   * only so much that what it then holds is no more than what is left for the next one.
   */
  acquire(tenantId: string, bytes: number): BudgetRefusal | undefined {
    const total = this.#bytes + bytes;
    const held = this.#bytesByTenant.get(tenantId) ?? 0;
    if (total > this.#bytesMax / 2) {
      const tenants = this.#bytesByTenant.size + (held === 0 ? 1 : 0);
      // A tenant alone may use all but the reserve.
      if (tenants > 1 && held + bytes > this.#bytesMax / tenants) return 'TENANT_OVER_SHARE';
      const left = this.#bytesMax - total;
      if (left < 0 || (left < this.#reservedBytes && held + bytes > left)) return 'SERVER_FULL';
    }
    this.#bytes = total;
    this.#bytesByTenant.set(tenantId, held + bytes);
    return undefined;
  }

  /** Gives back what `acquire` took. */
  release(tenantId: string, bytes: number): void {
    const held = (this.#bytesByTenant.get(tenantId) ?? 0) - bytes;
    this.#bytes -= bytes;
    if (held > 0) this.#bytesByTenant.set(tenantId, held);
    else this.#bytesByTenant.delete(tenantId);
  }
}

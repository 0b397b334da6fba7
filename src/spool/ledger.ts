/** Rows per tenant: the spool's side of the ledger. A Map, since a tenant may be called `__proto__`. */

export class Ledger {
  readonly #rows = new Map<string, number>();

  /** Adds `factor` times the rows of each tenant; a tenant without rows is forgotten. */
  add(tenantRows: Readonly<Record<string, number>> | ReadonlyMap<string, number>, factor: 1 | -1 = 1): void {
    const entries = tenantRows instanceof Map ? tenantRows.entries() : Object.entries(tenantRows);
    for (const [tenant, rows] of entries) {
      const sum = (this.#rows.get(tenant) ?? 0) + factor * rows;
      if (sum === 0) this.#rows.delete(tenant);
      else this.#rows.set(tenant, sum);
    }
  }

  /** Live view. */
  get rows(): ReadonlyMap<string, number> {
    return this.#rows;
  }

  total(): number {
    let sum = 0;
    for (const rows of this.#rows.values()) sum += rows;
    return sum;
  }
}

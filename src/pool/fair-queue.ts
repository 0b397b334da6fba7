/**
 * Requests waiting for a worker: one queue per tenant, served by deficit round robin over bytes (Shreedhar & Varghese,
 * 1995). In each round every waiting tenant may send as many bytes as every other; hooks go first within a round, since
 * an agent waits for them, but are charged to the same deficit, so that a flood of hooks is still one tenant's share.
 * Pure: time comes as an argument.
 */

import { Fifo } from './fifo.ts';
import { WaitingLine } from './waiting-line.ts';

/** What the queue must know of a request. */
export interface Waiting {
  readonly tenantId: string;
  readonly isHook: boolean;
  readonly bodyBytes: number;
  /** On the clock of the caller. */
  readonly enqueuedAtMs: number;
}

/** Bounds of one task. */
export interface BatchLimits {
  readonly requestsMax: number;
  /** Of cost: bodies and REQUEST_COST_BYTES for each. */
  readonly bytesMax: number;
}

/** A larger body travels alone, so that the small ones beside it need not wait for it. */
export const ALONE_BYTES = 256 * 1024;

/** Bytes that a round gives each tenant. Smaller means finer interleaving and more rounds. */
const QUANTUM_BYTES = 16 * 1024;

/** Charged beside the body: decoding a small request costs about as much as this many bytes of a large one. */
export const REQUEST_COST_BYTES = 1024;

class Tenant<T extends Waiting> {
  readonly hooks = new WaitingLine<T>();
  readonly others = new WaitingLine<T>();
  /** Cost that may still be taken in this round; can only be spent down to 0. */
  deficit = QUANTUM_BYTES;
  inHooksTurn = false;
  inOthersTurn = false;
  /** Waits for the next round. */
  isSpent = false;

  get isIdle(): boolean {
    return this.hooks.size === 0 && this.others.size === 0;
  }
}

function costOf(waiting: Waiting): number {
  return waiting.bodyBytes + REQUEST_COST_BYTES;
}

export class FairQueue<T extends Waiting> {
  readonly #waitMsMax: number;
  /** Idle tenants stay until the round ends, so that leaving and coming back earns no second share of it. */
  readonly #tenants = new Map<string, Tenant<T>>();
  readonly #hooksTurn = new Fifo<Tenant<T>>();
  readonly #othersTurn = new Fifo<Tenant<T>>();
  #spent: Tenant<T>[] = [];
  #size = 0;
  #bytes = 0;
  /** When a request was taken last. */
  #takenAtMs = 0;

  /** The longest wait; it is the caller's to call `expire` in time. */
  constructor(waitMsMax: number) {
    this.#waitMsMax = waitMsMax;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#size;
  }

  /** Their bodies, together. */
  get bytes(): number {
    return this.#bytes;
  }

  push(item: T): void {
    let tenant = this.#tenants.get(item.tenantId);
    if (tenant === undefined) {
      tenant = new Tenant<T>();
      this.#tenants.set(item.tenantId, tenant);
    }
    (item.isHook ? tenant.hooks : tenant.others).push(item, costOf(item));
    this.#size += 1;
    this.#bytes += item.bodyBytes;
    if (!tenant.isSpent) this.#takeTurns(tenant);
  }

  /** Takes the requests of one task, in the order of fairness; empty when none waits. */
  take(limits: BatchLimits, nowMs: number): T[] {
    const batch: T[] = [];
    let cost = 0;
    while (batch.length < limits.requestsMax) {
      const next = this.#next();
      if (next === undefined) break;
      const item = next.line.peek()!;
      const isAlone = item.bodyBytes > ALONE_BYTES;
      if (batch.length > 0 && (isAlone || cost + costOf(item) > limits.bytesMax)) break;
      next.line.shift();
      next.tenant.deficit -= costOf(item);
      this.#size -= 1;
      this.#bytes -= item.bodyBytes;
      batch.push(item);
      this.#takenAtMs = nowMs;
      cost += costOf(item);
      if (isAlone) break;
    }
    return batch;
  }

  /** Removes and returns the requests that have waited too long. */
  expire(nowMs: number): T[] {
    const beforeMs = nowMs - this.#waitMsMax;
    const expired: T[] = [];
    for (const tenant of this.#tenants.values()) {
      for (const line of [tenant.hooks, tenant.others]) {
        for (let item = line.peek(); item !== undefined && item.enqueuedAtMs < beforeMs; item = line.peek()) {
          line.dropFirst();
          this.#size -= 1;
          this.#bytes -= item.bodyBytes;
          expired.push(item);
        }
      }
    }
    return expired;
  }

  /** Whether a request that came now would wait too long, as far as can be told. */
  wouldTimeOut(tenantId: string, isHook: boolean, nowMs: number): boolean {
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return false;
    return (isHook ? tenant.hooks : tenant.others).wouldTimeOut(nowMs, this.#waitMsMax, this.#takenAtMs);
  }

  /** The tenant and line whose head is next in this round or, when all shares are spent, in a new one. */
  #next(): { tenant: Tenant<T>; line: WaitingLine<T> } | undefined {
    for (;;) {
      const hooks = this.#front(this.#hooksTurn, true);
      if (hooks !== undefined) return { tenant: hooks, line: hooks.hooks };
      const others = this.#front(this.#othersTurn, false);
      if (others !== undefined) return { tenant: others, line: others.others };
      if (!this.#beginRound()) return undefined;
    }
  }

  /** First tenant of a turn whose head it can pay for; those that cannot are put off to the next round. */
  #front(turn: Fifo<Tenant<T>>, isHooks: boolean): Tenant<T> | undefined {
    for (let tenant = turn.peek(); tenant !== undefined; tenant = turn.peek()) {
      const head = (isHooks ? tenant.hooks : tenant.others).peek();
      if (head !== undefined && costOf(head) <= tenant.deficit) return tenant;
      turn.shift();
      if (isHooks) tenant.inHooksTurn = false;
      else tenant.inOthersTurn = false;
      if (head !== undefined && !tenant.isSpent) {
        tenant.isSpent = true;
        this.#spent.push(tenant);
      }
    }
    return undefined;
  }

  /** Gives every waiting tenant its share again. False when nobody waits. */
  #beginRound(): boolean {
    const waiting = this.#spent.filter((tenant) => !tenant.isIdle);
    this.#spent = [];
    for (const [id, tenant] of this.#tenants) if (tenant.isIdle) this.#tenants.delete(id);
    if (waiting.length === 0) return false;
    // A body larger than a share needs several rounds; those in which nobody could send are passed over at once.
    let rounds = Number.POSITIVE_INFINITY;
    for (const tenant of waiting) {
      for (const head of [tenant.hooks.peek(), tenant.others.peek()]) {
        if (head === undefined) continue;
        rounds = Math.min(rounds, Math.max(1, Math.ceil((costOf(head) - tenant.deficit) / QUANTUM_BYTES)));
      }
    }
    for (const tenant of waiting) {
      tenant.isSpent = false;
      tenant.deficit += rounds * QUANTUM_BYTES;
      this.#takeTurns(tenant);
    }
    return true;
  }

  #takeTurns(tenant: Tenant<T>): void {
    if (tenant.hooks.size > 0 && !tenant.inHooksTurn) {
      tenant.inHooksTurn = true;
      this.#hooksTurn.push(tenant);
    }
    if (tenant.others.size > 0 && !tenant.inOthersTurn) {
      tenant.inOthersTurn = true;
      this.#othersTurn.push(tenant);
    }
  }
}

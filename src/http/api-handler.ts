/** A request to a plugged-in JSON route: method, key, rate, a small body, then the route's own function. */

import type { Identity } from '../admission/keyring.ts';
import { type ErrorCode, IngestError } from '../errors.ts';
import { DISCARD_BYTES_MAX } from '../limits.ts';
import type { ApiMatch, ApiRoute } from './api-route.ts';
import { type BodyEnd, readBody } from './body-reader.ts';
import type { Exchange } from './exchange.ts';
import type { FrontDoor } from './front-door.ts';
import { jsonFailure } from './hook-reply.ts';
import { JSON_TYPE } from './reply.ts';
import { refuseUnread } from './unread-body.ts';

/** Largest body of such a route. */
const API_BODY_BYTES_MAX = 1024 * 1024;

/** Calls that run at once; each may hold a query to the store. Over it 503. */
const API_CALLS_MAX = 64;

/** Of these, calls of one tenant. Over it 429. */
const API_CALLS_PER_TENANT_MAX = 16;

interface Refusal {
  readonly code: ErrorCode;
  readonly retryAfterSeconds?: number;
}

const UNKNOWN_KEY: Refusal = { code: 'UNAUTHENTICATED' };

/** Answers requests to plugged-in routes; counts what runs. */
export class ApiHandler {
  readonly #door: FrontDoor;
  readonly #callsByTenant = new Map<string, number>();
  #calls = 0;

  constructor(door: FrontDoor) {
    this.#door = door;
  }

  /** Handles one request whose path has matched. */
  handle(exchange: Exchange, match: ApiMatch): void {
    const { head } = exchange;
    exchange.route = match.pattern;
    const route = match.byMethod.get(head.method);
    if (route === undefined) {
      const reply = jsonFailure(exchange.requestId, 'METHOD_NOT_ALLOWED');
      const allow = [...match.byMethod.keys()].join(', ');
      refuseUnread(exchange, { code: 'METHOD_NOT_ALLOWED', reply: { ...reply, allow } }, this.#limits());
      return;
    }
    const identity = this.#door.keyring.authenticate(head.authorization);
    const gate = identity === undefined ? UNKNOWN_KEY : this.#refusal(identity);
    if (gate !== undefined) {
      const { code, retryAfterSeconds } = gate;
      const reply = jsonFailure(exchange.requestId, code, '', retryAfterSeconds);
      refuseUnread(exchange, { code, reply }, this.#limits());
    } else if (identity !== undefined) {
      this.#read(exchange, route, match, identity);
    }
  }

  #limits() {
    const timeoutMs = this.#door.bodyTimeoutMs;
    return { bytesMax: API_BODY_BYTES_MAX, discardBytesMax: DISCARD_BYTES_MAX, timeoutMs };
  }

  #refusal(identity: Identity): Refusal | undefined {
    if (this.#door.isClosing()) return { code: 'DRAINING' };
    const retryAfterSeconds = this.#door.rates.admit(identity);
    if (retryAfterSeconds > 0) return { code: 'RATE_LIMITED', retryAfterSeconds };
    if (this.#calls >= API_CALLS_MAX) return { code: 'SERVER_FULL' };
    const calls = this.#callsByTenant.get(identity.tenantId) ?? 0;
    return calls >= API_CALLS_PER_TENANT_MAX ? { code: 'TENANT_OVER_SHARE' } : undefined;
  }

  #read(exchange: Exchange, route: ApiRoute, match: ApiMatch, identity: Identity): void {
    this.#enter(identity.tenantId);
    const leave = (): void => this.#leave(identity.tenantId);
    const end = (ended: BodyEnd): void => {
      void this.#answer(exchange, route, match, identity, ended).finally(leave);
    };
    readBody(exchange, { limits: this.#limits(), admit: () => undefined, end, gone: leave });
  }

  async #answer(exchange: Exchange, route: ApiRoute, match: ApiMatch, identity: Identity, end: BodyEnd): Promise<void> {
    const { requestId, head } = exchange;
    if (!end.ok) {
      exchange.reply(jsonFailure(requestId, end.code), !end.isComplete);
      return;
    }
    try {
      const body = parseBody(end.body);
      const query = new URLSearchParams(head.query);
      const { tenantId, keyName } = identity;
      const { status, json } = await route.handle({ requestId, tenantId, keyName, params: match.params, query, body });
      exchange.reply({ status, contentType: JSON_TYPE, body: JSON.stringify(json) });
    } catch (error) {
      if (error instanceof IngestError) {
        exchange.reply(jsonFailure(requestId, error.code, error.detail));
        return;
      }
      this.#door.failed(match.pattern, requestId, error);
      exchange.reply(jsonFailure(requestId, 'STORE_UNAVAILABLE'));
    }
  }

  #enter(tenantId: string): void {
    this.#calls += 1;
    this.#callsByTenant.set(tenantId, (this.#callsByTenant.get(tenantId) ?? 0) + 1);
  }

  #leave(tenantId: string): void {
    this.#calls -= 1;
    const calls = (this.#callsByTenant.get(tenantId) ?? 1) - 1;
    if (calls > 0) this.#callsByTenant.set(tenantId, calls);
    else this.#callsByTenant.delete(tenantId);
  }
}

function parseBody(body: Uint8Array): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // The parser's message would quote the body.
    throw new IngestError('MALFORMED_JSON');
  }
}

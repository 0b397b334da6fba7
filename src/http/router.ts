/** Path → handler, for every method; and the count of what is open. */

import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { randomUUID } from 'node:crypto';
import { bodyTypeOf } from '../admission/content.ts';
import { DISCARD_BYTES_MAX } from '../limits.ts';
import { ApiHandler } from './api-handler.ts';
import { Exchange, type ExchangeEnd } from './exchange.ts';
import type { FrontDoor } from './front-door.ts';
import { jsonFailure } from './hook-reply.ts';
import { handleIngest } from './ingest-handler.ts';
import { otlpFailure } from './otlp-reply.ts';
import { handleProbe } from './probe-handler.ts';
import type { ProbeRoute } from './probe-route.ts';
import type { Reply } from './reply.ts';
import { readHead } from './request-head.ts';
import { INGEST_ROUTES, speaksOtlp } from './routes.ts';
import { refuseUnread } from './unread-body.ts';

export interface RouterOptions {
  readonly door: FrontDoor;
  readonly probes: readonly ProbeRoute[];
  readonly adminKey: string | undefined;
  /** True while every answer must end its connection. */
  readonly isDraining: () => boolean;
  readonly ended: (end: ExchangeEnd) => void;
}

/** Path → handler, and the count of what is open. */
export class Router {
  readonly #options: RouterOptions;
  readonly #api: ApiHandler;
  readonly #probes: ReadonlyMap<string, ProbeRoute>;
  readonly #waiting: (() => void)[] = [];
  #pending = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#api = new ApiHandler(options.door);
    this.#probes = new Map(options.probes.map((route) => [route.path, route]));
  }

  /** Requests that are not answered yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Handles one request; the library's callback. */
  take(res: HttpResponse, req: HttpRequest): void {
    const head = readHead(req);
    this.#pending += 1;
    const { isDraining } = this.#options;
    const exchange = new Exchange(res, { requestId: randomUUID(), head, isDraining, ended: this.#ended });
    if (head.problem !== undefined) {
      exchange.reply(this.#unrouted(exchange, 'MALFORMED_REQUEST', head.problem), true);
      return;
    }
    const ingestRoute = INGEST_ROUTES.get(head.path);
    if (ingestRoute !== undefined) {
      handleIngest(this.#options.door, exchange, ingestRoute);
      return;
    }
    const probe = this.#probes.get(head.path);
    if (probe !== undefined) {
      handleProbe({ adminKey: this.#options.adminKey, failed: this.#options.door.failed }, exchange, probe);
      return;
    }
    const match = this.#options.door.api.match(head.path);
    if (match !== undefined) {
      this.#api.handle(exchange, match);
      return;
    }
    const limits = { discardBytesMax: DISCARD_BYTES_MAX, timeoutMs: this.#options.door.bodyTimeoutMs };
    refuseUnread(exchange, { code: 'NOT_FOUND', reply: this.#unrouted(exchange, 'NOT_FOUND') }, limits);
  }

  /** Resolves when nothing is pending. */
  async drained(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #unrouted({ head, requestId }: Exchange, code: 'NOT_FOUND' | 'MALFORMED_REQUEST', detail = ''): Reply {
    if (speaksOtlp(head.path)) return otlpFailure(bodyTypeOf(head.contentType), code, detail);
    return jsonFailure(requestId, code, detail);
  }

  /** One function for all exchanges. */
  readonly #ended = (end: ExchangeEnd): void => {
    this.#pending -= 1;
    this.#options.ended(end);
    if (this.#pending > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  };
}

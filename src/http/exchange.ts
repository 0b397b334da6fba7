/**
 * One request and its answer, with the two rules of uWebSockets.js built in: `res` is touched neither after the client
 * has gone nor after the answer, and every asynchronous answer is corked.
 */

import type { HttpResponse } from 'uWebSockets.js';
import { type Reply, writeReply } from './reply.ts';
import type { RequestHead } from './request-head.ts';

/** Told once about the end of each exchange. */
export interface ExchangeEnd {
  /** Label of the route: bounded. */
  readonly route: string;
  /** Undefined when the client left before an answer. */
  readonly status: number | undefined;
  readonly durationMs: number;
}

export interface ExchangeOptions {
  readonly requestId: string;
  readonly head: RequestHead;
  /** True while the server drains: every answer then ends its connection. */
  readonly isDraining: () => boolean;
  readonly ended: (end: ExchangeEnd) => void;
}

export class Exchange {
  readonly requestId: string;
  readonly head: RequestHead;
  readonly receivedAtMs = Date.now();
  /** Label in metrics, set when the route is known. */
  route = 'unknown';
  readonly #res: HttpResponse;
  readonly #options: ExchangeOptions;
  readonly #startedAtMs = performance.now();
  #isOver = false;
  #gone: (() => void) | undefined;

  constructor(res: HttpResponse, options: ExchangeOptions) {
    this.#res = res;
    this.#options = options;
    this.requestId = options.requestId;
    this.head = options.head;
    res.onAborted(() => {
      this.#end(undefined);
      this.#gone?.();
    });
  }

  /** True once it is answered or the client has gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** True when the answer ends the connection: the client asks for it, or the server drains. */
  get isLastOfConnection(): boolean {
    return this.head.isLastOfClient || this.#options.isDraining();
  }

  /** Registers what to undo when the client leaves before the answer. One listener; undefined takes it away. */
  onGone(listener: (() => void) | undefined): void {
    this.#gone = listener;
  }

  /** Hands each piece of the body on; the piece is valid only during the call. */
  onData(listener: (chunk: ArrayBuffer, isLast: boolean) => void): void {
    this.#res.onData((chunk, isLast) => {
      // The library goes on calling after an early answer, until the body has ended.
      if (!this.#isOver) listener(chunk, isLast);
    });
  }

  /** Answers, unless the client has gone. `isLast` ends the connection after it. */
  reply(reply: Reply, isLast = false): void {
    if (this.#isOver) return;
    this.#end(reply.status);
    const { requestId, head } = this;
    const options = { requestId, isHead: head.method === 'HEAD', isLast: isLast || this.isLastOfConnection };
    this.#res.cork(() => writeReply(this.#res, reply, options));
  }

  /** Cuts the connection without an answer. */
  close(): void {
    if (!this.#isOver) this.#res.close();
  }

  /** The peer's address as text, as the socket has it. */
  remoteAddress(): string {
    return Buffer.from(this.#res.getRemoteAddressAsText()).toString('latin1');
  }

  #end(status: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.ended({ route: this.route, status, durationMs: performance.now() - this.#startedAtMs });
  }
}

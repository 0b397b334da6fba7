/**
 * A request to an ingest route, gate by gate: method, key, rate, content, byte budget, body; then the ingest function,
 * then the answer. A refusal for content (400, 413, 415) still travels on, so that it leaves its raw row.
 */

import { REQUEST_OVERHEAD_BYTES } from '../admission/byte-budget.ts';
import { type BodyEncoding, type BodyType, bodyEncodingOf, bodyTypeOf } from '../admission/content.ts';
import type { Identity } from '../admission/keyring.ts';
import { type ErrorCode, leavesRawRow } from '../errors.ts';
import { DISCARD_BYTES_MAX } from '../limits.ts';
import { type BodyEnd, giveBuffer, readBody } from './body-reader.ts';
import type { Exchange } from './exchange.ts';
import type { FrontDoor } from './front-door.ts';
import { hookSuccess, jsonFailure } from './hook-reply.ts';
import type { IngestOutcome, IngestRequest } from './ingest.ts';
import { otlpFailure, otlpSuccess } from './otlp-reply.ts';
import type { Reply } from './reply.ts';
import { type IngestRoute, providerOfSignal } from './routes.ts';
import { refuseUnread } from './unread-body.ts';

/** A body over the limit is still read to its end when it is at most this many times the limit, to be answered. */
const OVERSIZE_FACTOR = 8;

/** Handles one request; everything else happens in callbacks. */
export function handleIngest(door: FrontDoor, exchange: Exchange, route: IngestRoute): void {
  exchange.route = route.name;
  const limits = { discardBytesMax: DISCARD_BYTES_MAX, timeoutMs: door.bodyTimeoutMs };
  if (exchange.head.method !== 'POST') {
    const code = 'METHOD_NOT_ALLOWED';
    refuseUnread(exchange, { code, reply: { ...failure(exchange, route, code), allow: 'POST' } }, limits);
    return;
  }
  const identity = door.keyring.authenticate(exchange.head.authorization);
  if (identity === undefined) {
    const code = 'UNAUTHENTICATED';
    refuseUnread(exchange, { code, reply: failure(exchange, route, code) }, limits);
    return;
  }
  new IngestExchange(door, exchange, route, identity).begin();
}

function failure(exchange: Exchange, route: IngestRoute, code: ErrorCode, detail = '', retryAfter?: number): Reply {
  if (route.kind === 'hooks') return jsonFailure(exchange.requestId, code, detail, retryAfter);
  return otlpFailure(bodyTypeOf(exchange.head.contentType), code, detail, retryAfter);
}

interface Content {
  readonly type: BodyType;
  readonly encoding: BodyEncoding;
}

class IngestExchange {
  readonly #door: FrontDoor;
  readonly #exchange: Exchange;
  readonly #route: IngestRoute;
  readonly #identity: Identity;
  #heldBytes = 0;
  /** Holds the body while somebody may read it. */
  #buffer: Buffer | undefined;

  constructor(door: FrontDoor, exchange: Exchange, route: IngestRoute, identity: Identity) {
    this.#door = door;
    this.#exchange = exchange;
    this.#route = route;
    this.#identity = identity;
  }

  begin(): void {
    const { head } = this.#exchange;
    this.#door.ledger.received(this.#identity.tenantId);
    if (this.#door.isClosing()) {
      this.#turnAway('DRAINING');
      return;
    }
    const retryAfterSeconds = this.#door.rates.admit(this.#identity);
    if (retryAfterSeconds > 0) {
      this.#turnAway('RATE_LIMITED', retryAfterSeconds);
      return;
    }
    if (this.#door.wouldTimeOut(this.#identity.tenantId, this.#route.kind === 'hooks')) {
      this.#turnAway('QUEUE_TIMEOUT');
      return;
    }
    const content = this.#content();
    const refusal = typeof content === 'string' ? content : this.#oversize();
    const wantedBytes = refusal === undefined && !head.isChunked ? (head.contentLength ?? 0) : 0;
    const full = this.#hold(wantedBytes + REQUEST_OVERHEAD_BYTES);
    if (full !== undefined) {
      this.#turnAway(full);
      return;
    }
    if (refusal === undefined) this.#read(content as Content);
    else this.#readRefused(refusal);
  }

  /** The body's type and encoding, or why it is refused. Hook routes take JSON only. */
  #content(): Content | ErrorCode {
    const { contentType, contentEncoding } = this.#exchange.head;
    const type = bodyTypeOf(contentType);
    if (type === undefined || (type === 'protobuf' && this.#route.kind === 'hooks')) return 'UNSUPPORTED_CONTENT_TYPE';
    const encoding = bodyEncodingOf(contentEncoding);
    return encoding === undefined ? 'UNSUPPORTED_CONTENT_ENCODING' : { type, encoding };
  }

  #oversize(): ErrorCode | undefined {
    return (this.#exchange.head.contentLength ?? 0) > this.#door.bodyBytesMax ? 'BODY_TOO_LARGE' : undefined;
  }

  #read(content: Content): void {
    const limits = this.#limits();
    const admit = (bytes: number): ErrorCode | undefined => {
      const full = this.#hold(bytes);
      // What was read is thrown away with the rest.
      if (full !== undefined) this.#release();
      return full;
    };
    const end = (ended: BodyEnd): void => this.#bodyEnded(content, ended);
    readBody(this.#exchange, { limits, admit, end, gone: () => this.#leave() });
  }

  #bodyEnded(content: Content, end: BodyEnd): void {
    if (end.ok) {
      this.#buffer = end.buffer;
      this.#door.rates.charge(this.#identity, end.body.length);
      this.#door.bodyRead(this.#route.name, end.body.length);
      this.#handOn(this.#request(content, end.body), false);
    } else if (leavesRawRow(end.code)) {
      this.#handOn(this.#request(content, new Uint8Array(0), end.code), !end.isComplete);
    } else {
      this.#exchange.reply(this.#refuse(end.code), !end.isComplete);
    }
  }

  /**
   * Content that is refused by its head: a known body is skipped by the library as long as the connection stays, any
   * other by us.
   */
  #readRefused(refusal: ErrorCode): void {
    const handOn = (isLast: boolean): void => {
      const content: Content = { type: bodyTypeOf(this.#exchange.head.contentType) ?? 'json', encoding: 'identity' };
      this.#handOn(this.#request(content, new Uint8Array(0), refusal), isLast);
    };
    const limits = this.#limits();
    const { isChunked, contentLength = 0 } = this.#exchange.head;
    const isTooMuch = contentLength > limits.discardBytesMax;
    if (!isChunked && (isTooMuch || contentLength === 0 || !this.#exchange.isLastOfConnection)) {
      handOn(isTooMuch);
      return;
    }
    const end = (ended: BodyEnd): void => handOn(!ended.ok && !ended.isComplete);
    readBody(this.#exchange, { limits, admit: () => undefined, refusal, end, gone: () => this.#leave() });
  }

  #limits() {
    const { bodyBytesMax, bodyTimeoutMs } = this.#door;
    return { bytesMax: bodyBytesMax, discardBytesMax: bodyBytesMax * OVERSIZE_FACTOR, timeoutMs: bodyTimeoutMs };
  }

  #request(content: Content, body: Uint8Array, refusal?: ErrorCode): IngestRequest {
    const { requestId, receivedAtMs, head } = this.#exchange;
    const { provider, signal } = this.#route;
    const request: IngestRequest = {
      requestId,
      tenantId: this.#identity.tenantId,
      provider: provider ?? providerOfSignal(head.query, body),
      signal,
      bodyType: content.type,
      encoding: content.encoding,
      contentType: head.contentType,
      contentEncoding: head.contentEncoding,
      userAgent: head.userAgent,
      receivedAtMs,
      body,
    };
    return refusal === undefined ? request : { ...request, refusal: { code: refusal, detail: '' } };
  }

  #handOn(request: IngestRequest, isLast: boolean): void {
    this.#door.ingest(request, (outcome) => this.#settle(request, outcome, isLast));
  }

  #settle(request: IngestRequest, outcome: IngestOutcome, isLast: boolean): void {
    this.#release();
    giveBuffer(this.#buffer);
    this.#buffer = undefined;
    const { tenantId } = this.#identity;
    if (!outcome.ok) {
      this.#door.ledger.refused(tenantId, outcome.code);
      this.#exchange.reply(failure(this.#exchange, this.#route, outcome.code, outcome.detail), isLast);
      return;
    }
    this.#door.ledger.acknowledged(tenantId);
    const route = this.#route;
    const reply =
      route.kind === 'hooks'
        ? hookSuccess(outcome, request.requestId)
        : otlpSuccess(route.signal, request.bodyType, outcome);
    this.#exchange.reply(reply, isLast);
  }

  /** Refuses before the body is read: nothing is stored. */
  #turnAway(code: ErrorCode, retryAfterSeconds?: number): void {
    refuseUnread(this.#exchange, { code, reply: this.#refuse(code, retryAfterSeconds) }, this.#limits());
  }

  #refuse(code: ErrorCode, retryAfterSeconds?: number): Reply {
    this.#release();
    this.#door.ledger.refused(this.#identity.tenantId, code);
    return failure(this.#exchange, this.#route, code, '', retryAfterSeconds);
  }

  #leave(): void {
    this.#release();
    this.#door.ledger.refused(this.#identity.tenantId, 'CLIENT_ABORTED');
  }

  #hold(bytes: number): ErrorCode | undefined {
    const refusal = this.#door.budget.acquire(this.#identity.tenantId, bytes);
    if (refusal === undefined) this.#heldBytes += bytes;
    return refusal;
  }

  #release(): void {
    if (this.#heldBytes > 0) this.#door.budget.release(this.#identity.tenantId, this.#heldBytes);
    this.#heldBytes = 0;
  }
}

/**
 * Body assembly: pieces → one buffer, bounded in bytes and in time. A piece belongs to the library and is copied at
 * once. A body that is refused half-way is read on and thrown away up to a bound, since an answer that meets unread
 * bytes on a closed socket is turned into a reset on its way.
 */

import type { ErrorCode } from '../errors.ts';
import { BodyBuffers } from './body-buffers.ts';
import type { Exchange } from './exchange.ts';

export interface BodyLimits {
  readonly bytesMax: number;
  /** Bytes of a refused body that are thrown away before the connection is closed. */
  readonly discardBytesMax: number;
  /** From the head to the last byte; then the connection is cut. The library only asks for about 1.6 kB/s. */
  readonly timeoutMs: number;
}

export type BodyEnd =
  /** `buffer`: where the body stands; give it to `giveBuffer` when nobody reads the body any more. */
  | { readonly ok: true; readonly body: Uint8Array; readonly buffer: Buffer | undefined }
  /** `isComplete` false: bytes are still coming, so the answer must end the connection. */
  | { readonly ok: false; readonly code: ErrorCode; readonly isComplete: boolean };

export interface BodyPlan {
  readonly limits: BodyLimits;
  /** Charges bytes of a chunked body as they come; a code refuses them. */
  readonly admit: (bytes: number) => ErrorCode | undefined;
  /** Set: the body is not wanted, only its end. */
  readonly refusal?: ErrorCode;
  /** Called once, unless the client leaves before. */
  readonly end: (end: BodyEnd) => void;
  /** Called instead when it does. */
  readonly gone: () => void;
}

const FIRST_CAPACITY_BYTES = 16 * 1024;

/** Node's pool takes no longer ones. */
const POOLED_BYTES_MAX = 2048;

/** Of all bodies of the process. */
const spare = new BodyBuffers();

/** Takes back the buffer of a body that was read. */
export function giveBuffer(buffer: Buffer | undefined): void {
  if (buffer !== undefined) spare.give(buffer);
}

/** Reads the body of an exchange by the plan. */
export function readBody(exchange: Exchange, plan: BodyPlan): void {
  const reader = new BodyReader(exchange, plan);
  exchange.onGone(() => reader.abandon());
  exchange.onData((chunk, isLast) => reader.take(chunk, isLast));
}

class BodyReader {
  readonly #exchange: Exchange;
  readonly #plan: BodyPlan;
  #buffer: Buffer | undefined;
  /** The buffer is one of the spare ones. */
  #isSpare = false;
  #bytes = 0;
  #discardedBytes = 0;
  #refusal: ErrorCode | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(exchange: Exchange, plan: BodyPlan) {
    this.#exchange = exchange;
    this.#plan = plan;
    this.#refusal = plan.refusal;
  }

  take(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#isDone) return;
    if (this.#refusal === undefined) this.#keep(chunk, isLast);
    if (this.#refusal !== undefined) {
      this.#discard(chunk.byteLength, isLast);
      return;
    }
    if (isLast) {
      const body = this.#buffer === undefined ? new Uint8Array(0) : this.#buffer.subarray(0, this.#bytes);
      const buffer = this.#isSpare ? this.#buffer : undefined;
      // Whoever gets the body gives it back.
      this.#buffer = undefined;
      this.#finish({ ok: true, body, buffer });
    } else {
      this.#startTimer();
    }
  }

  #keep(chunk: ArrayBuffer, isLast: boolean): void {
    const { limits, admit } = this.#plan;
    const total = this.#bytes + chunk.byteLength;
    if (total > limits.bytesMax) {
      this.#refuse('BODY_TOO_LARGE');
      return;
    }
    if (this.#exchange.head.isChunked && chunk.byteLength > 0) {
      const refusal = admit(chunk.byteLength);
      if (refusal !== undefined) {
        this.#refuse(refusal);
        return;
      }
    }
    this.#reserve(total, isLast);
    this.#buffer?.set(new Uint8Array(chunk), this.#bytes);
    this.#bytes = total;
  }

  /** Room for `total` bytes: exact when the length is known or this is the end, doubling otherwise. */
  #reserve(total: number, isLast: boolean): void {
    const capacity = this.#buffer?.length ?? 0;
    if (total <= capacity) return;
    const { contentLength, isChunked } = this.#exchange.head;
    const wanted =
      isChunked || contentLength === undefined ? Math.max(capacity * 2, FIRST_CAPACITY_BYTES) : contentLength;
    const size = isLast ? total : Math.max(total, Math.min(wanted, this.#plan.limits.bytesMax));
    // A short whole body comes from Node's 8 kB pool: a buffer of its own costs 2 µs with its share of the collection.
    // Others do not: no slab is kept alive by a piece.
    const isSpare = !isLast || size > POOLED_BYTES_MAX;
    const larger = isSpare ? spare.take(size) : Buffer.allocUnsafe(size);
    if (this.#buffer !== undefined) this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#drop();
    this.#buffer = larger;
    this.#isSpare = isSpare;
  }

  #refuse(code: ErrorCode): void {
    this.#refusal = code;
    this.#drop();
  }

  #drop(): void {
    if (this.#isSpare) giveBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#isSpare = false;
  }

  #discard(bytes: number, isLast: boolean): void {
    this.#discardedBytes += bytes;
    const isTooMuch = this.#discardedBytes > this.#plan.limits.discardBytesMax;
    if (isLast || isTooMuch) this.#finish({ ok: false, code: this.#refusal!, isComplete: isLast });
    else this.#startTimer();
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => this.#exchange.close(), this.#plan.limits.timeoutMs);
  }

  /** The client has left. Its bytes are given back in this moment, so they must not live on behind the timer. */
  abandon(): void {
    this.#stop();
    this.#plan.gone();
  }

  #finish(end: BodyEnd): void {
    this.#stop();
    this.#exchange.onGone(undefined);
    this.#plan.end(end);
  }

  #stop(): void {
    this.#isDone = true;
    this.#drop();
    clearTimeout(this.#timer);
  }
}

/**
 * What the byte readers throw: one object per reader, filled in before each throw. It is not an Error, because building
 * one captures a stack, and a hostile body may hold a million broken records. decode/decode.ts turns it into an IngestError.
 */

import type { ErrorCode } from '../errors.ts';

export class DecodeFault {
  code: ErrorCode = 'MALFORMED_PROTOBUF';
  /** What was expected or found; never payload. */
  reason = '';
  /** Offset from the start of the body. */
  offset = 0;

  set(code: ErrorCode, reason: string, offset: number): this {
    this.code = code;
    this.reason = reason;
    this.offset = offset;
    return this;
  }

  /** The sentence that a client reads. */
  describe(): string {
    return `${this.reason} at offset ${this.offset}`;
  }
}

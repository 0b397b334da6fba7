/**
 * The answer to a request whose body nobody wants. A connection that is closed while bytes of the body are on their way
 * is reset, and the client never sees the answer: it takes "come again" for a broken connection and drops its data.
 */

import type { ErrorCode } from '../errors.ts';
import { DISCARD_BYTES_MAX } from '../limits.ts';
import { type BodyLimits, readBody } from './body-reader.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly reply: Reply;
}

/**
 * Answers at once where the library skips the body, which it does on a connection that stays; otherwise when the body is
 * thrown away. Only one beyond `discardBytesMax` is left unread, and its connection closed with the answer.
 */
export function refuseUnread(
  exchange: Exchange,
  { code, reply }: Refusal,
  limits: Pick<BodyLimits, 'discardBytesMax' | 'timeoutMs'>,
): void {
  const { isChunked, contentLength = 0 } = exchange.head;
  const isSkipped = contentLength <= DISCARD_BYTES_MAX && !exchange.isLastOfConnection;
  if (!isChunked && (contentLength === 0 || isSkipped)) {
    exchange.reply(reply);
  } else if (contentLength > limits.discardBytesMax) {
    exchange.reply(reply, true);
  } else {
    readBody(exchange, {
      limits: { ...limits, bytesMax: 0 },
      admit: () => undefined,
      refusal: code,
      end: (end) => exchange.reply(reply, !end.ok && !end.isComplete),
      gone: () => undefined,
    });
  }
}

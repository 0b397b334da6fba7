/** Answers /healthz, /readyz and /metrics, and decides who may read the last. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Exchange } from './exchange.ts';
import { jsonFailure } from './hook-reply.ts';
import type { ProbeRoute } from './probe-route.ts';

export interface ProbeOptions {
  readonly adminKey: string | undefined;
  /** Told about an answer that failed. */
  readonly failed: (route: string, requestId: string, error: unknown) => void;
}

/** Answers GET and HEAD. */
export function handleProbe(options: ProbeOptions, exchange: Exchange, route: ProbeRoute): void {
  const { head, requestId } = exchange;
  exchange.route = route.path;
  const hasBody = head.isChunked || (head.contentLength ?? 0) > 0;
  if (head.method !== 'GET' && head.method !== 'HEAD') {
    exchange.reply({ ...jsonFailure(requestId, 'METHOD_NOT_ALLOWED'), allow: 'GET, HEAD' }, hasBody);
    return;
  }
  if (route.access === 'operator' && !isOperator(options.adminKey, exchange)) {
    exchange.reply(jsonFailure(requestId, 'UNAUTHENTICATED'), hasBody);
    return;
  }
  void answer(options, exchange, route);
}

async function answer(options: ProbeOptions, exchange: Exchange, route: ProbeRoute): Promise<void> {
  try {
    exchange.reply(await route.answer());
  } catch (error) {
    options.failed(route.path, exchange.requestId, error);
    exchange.reply(jsonFailure(exchange.requestId, 'STORE_UNAVAILABLE'));
  }
}

function isOperator(adminKey: string | undefined, exchange: Exchange): boolean {
  const { authorization, isOnBehalf } = exchange.head;
  if (adminKey !== undefined && isSame(authorization, `Bearer ${adminKey}`)) return true;
  // A proxy or a web page on this machine makes everybody look local; both say so in their headers.
  return !isOnBehalf && isLoopback(exchange.remoteAddress());
}

function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./.test(address) || /^(0000:){7}0001$|^::1$|^(0000:){5}ffff:7f/.test(address);
}

/** Equal by hash: neither length nor content shows in the time. */
function isSame(given: string, expected: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

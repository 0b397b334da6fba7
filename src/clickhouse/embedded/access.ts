/**
 * Who may talk to the embedded engine. Its SQL reads and writes any file of the user (`file()`), so the port wants a
 * password, and no web page may reach it: not by a form or script (Origin, Sec-Fetch-Site), not by a name that was
 * rebound to loopback (Host).
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { EngineException } from './exception.ts';
import type { RequestParameters } from './request-parameters.ts';

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Reason to refuse a request before anything of it is read; undefined lets it pass. */
export function browserRefusal(headers: IncomingHttpHeaders): string | undefined {
  if (headers.origin !== undefined) return 'requests with an Origin header are refused';
  if (headers['sec-fetch-site'] !== undefined) return 'requests of a browser are refused';
  if (headers.host === undefined || !LOOPBACK_HOST.test(headers.host)) return 'the Host header must name loopback';
  return undefined;
}

/** Throws 194 (no credentials) or 516 (wrong ones); the texts are ClickHouse's. */
export function authenticate(request: RequestParameters, password: string): void {
  if (!request.hasCredentials) {
    throw new EngineException(194, 'REQUIRED_PASSWORD', 'default: Authentication failed: password is required.');
  }
  if (request.user === 'default' && isSame(request.password, password)) return;
  throw new EngineException(
    516,
    'AUTHENTICATION_FAILED',
    'Authentication failed: password is incorrect, or there is no user with such name.',
  );
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

/** What a key looks like and how it is compared: only its SHA-256 is ever kept or looked up. */

import { hash, randomBytes } from 'node:crypto';

const PREFIX = 'moda_sk_';

/** 192 bits; 128 would already be out of reach of guessing. */
const RANDOM_BYTES = 24;

/** A fresh key: `moda_sk_` and 32 characters of base64url. */
export function createApiKey(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
}

/**
 * Lower-case hex of a key's SHA-256. Looking keys up by it needs no constant-time comparison: what the time of a
 * lookup gives away is a prefix of a hash that the caller cannot steer towards a stored one.
 */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A request as the front door hands it to the pool; a test gives what it is about. */

import { randomUUID } from 'node:crypto';
import type { PoolRequest } from '../../../src/pool/entry.ts';

export function poolRequest(parts: Partial<PoolRequest>): PoolRequest {
  return {
    requestId: randomUUID(),
    tenantId: 't',
    provider: 'codex',
    signal: 'logs',
    bodyType: 'json',
    encoding: 'identity',
    contentType: 'application/json',
    contentEncoding: '',
    userAgent: '',
    receivedAtMs: 1_763_812_345_678,
    body: new Uint8Array(0),
    ...parts,
  };
}

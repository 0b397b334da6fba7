/** The server's own JSON routes and its probes. */

import { requestStatus } from './clickhouse/request-status.ts';
import { IngestError } from './errors.ts';
import type { ApiRoute } from './http/api-route.ts';
import type { ProbeRoute } from './http/probe-route.ts';
import { JSON_TYPE, type Reply } from './http/reply.ts';
import type { ServerStore, StoreState } from './server-store.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Who am I, and is my request stored: what `moda doctor` asks. */
export function ownRoutes(store: ServerStore): ApiRoute[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/whoami',
      handle: ({ tenantId, keyName }) => ({ status: 200, json: { tenant: tenantId, key: keyName } }),
    },
    {
      method: 'GET',
      pattern: '/v1/requests/{request_id}',
      async handle({ tenantId, params }) {
        const requestId = params['request_id'] ?? '';
        if (!UUID.test(requestId)) throw new IngestError('MALFORMED_REQUEST', 'the request id is not a UUID');
        if (store.state() !== 'ready') throw new IngestError('STORE_UNAVAILABLE');
        const status = await requestStatus(store.client, tenantId, requestId).catch(() => {
          // Whatever the store said is its own business; the caller can only come back.
          throw new IngestError('STORE_UNAVAILABLE');
        });
        return { status: 200, json: { stored: status.stored, normalized_count: status.normalizedCount } };
      },
    },
  ];
}

/** What /readyz decides by. */
export interface Readiness {
  readonly isDraining: boolean;
  readonly isWritable: boolean;
  readonly isEmbedded: boolean;
  /** `starting` until the first contact. */
  readonly storeState: StoreState;
  readonly isStoreTaking: boolean;
}

/** /healthz, /readyz and /metrics. */
export function probeRoutes(readiness: () => Readiness, metricsText: () => Promise<string>): ProbeRoute[] {
  return [
    { path: '/healthz', access: 'open', answer: () => jsonReply(200, { status: 'ok' }) },
    { path: '/readyz', access: 'open', answer: () => readyReply(readiness()) },
    {
      path: '/metrics',
      access: 'operator',
      async answer() {
        return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await metricsText() };
      },
    },
  ];
}

function readyReply(now: Readiness): Reply {
  const status = readyStatus(now);
  const store = now.storeState === 'ready' && !now.isStoreTaking ? 'failing' : now.storeState;
  return jsonReply(status === 'ready' ? 200 : 503, { status, store, spool: now.isWritable ? 'writable' : 'refusing' });
}

/** A store that is away later is no reason to turn requests away: the spool keeps them. */
function readyStatus(now: Readiness): string {
  if (now.isDraining) return 'draining';
  if (!now.isWritable) return 'spool refuses';
  return now.isEmbedded && now.storeState === 'starting' ? 'starting' : 'ready';
}

function jsonReply(status: number, value: object): Reply {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

/** The table of ingest routes: exact paths only, so that no two spellings of a path mean the same route. */

import { PROVIDER_BY_ROUTE, type Provider, type Signal } from '../model/identity.ts';
import type { OtlpSignal } from './ingest.ts';

export interface OtlpRoute {
  readonly kind: 'otlp';
  /** Label in metrics: the main spelling, also for aliases. */
  readonly name: string;
  readonly provider: Provider;
  readonly signal: OtlpSignal;
}

export interface HookRoute {
  readonly kind: 'hooks';
  readonly name: string;
  /** Undefined: the signal says it (`providerOfSignal`). */
  readonly provider: Provider | undefined;
  readonly signal: Extract<Signal, 'hooks'>;
}

export type IngestRoute = OtlpRoute | HookRoute;

const OTLP_SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];

/** The command line's session_end signal, stored like a hook. */
const SESSION_END_PATH = '/v1/sessions/end';

function buildRoutes(): ReadonlyMap<string, IngestRoute> {
  const routes = new Map<string, IngestRoute>();
  for (const [word, provider] of Object.entries(PROVIDER_BY_ROUTE)) {
    const base = `/v1/otel/${word}`;
    for (const signal of OTLP_SIGNALS) {
      const route: OtlpRoute = { kind: 'otlp', name: `${base}/${signal}`, provider, signal };
      routes.set(route.name, route);
      // Some exporters append /v1/<signal> to a base URL.
      routes.set(`${base}/v1/${signal}`, route);
    }
    const name = `${base}/hooks`;
    routes.set(name, { kind: 'hooks', name, provider, signal: 'hooks' });
  }
  routes.set(SESSION_END_PATH, { kind: 'hooks', name: SESSION_END_PATH, provider: undefined, signal: 'hooks' });
  return routes;
}

/** Path → ingest route. All of them take POST only. */
export const INGEST_ROUTES: ReadonlyMap<string, IngestRoute> = buildRoutes();

/** True where errors are google.rpc.Status: every path below /v1/otel/ that is no hook route, known or not. */
export function speaksOtlp(path: string): boolean {
  return path.startsWith('/v1/otel/') && !path.endsWith('/hooks');
}

/** A session_end signal is a few hundred bytes; a longer body is not read for its provider. */
const SIGNAL_BYTES_MAX = 64 * 1024;

/**
 * Provider of a session_end signal, which has no agent in its path: the query's `provider`, else the body's, else
 * Claude Code. The one body that is looked at on the main thread, since its row must stand beside its session's.
 */
export function providerOfSignal(query: string, body: Uint8Array): Provider {
  const word = new URLSearchParams(query).get('provider') ?? providerWord(body);
  const known = Object.entries(PROVIDER_BY_ROUTE).find(([route, provider]) => word === route || word === provider);
  return known?.[1] ?? 'claude_code';
}

function providerWord(body: Uint8Array): unknown {
  if (body.length > SIGNAL_BYTES_MAX) return undefined;
  try {
    const signal: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof signal === 'object' && signal !== null && 'provider' in signal ? signal.provider : undefined;
  } catch {
    // Compressed, or no JSON: the worker will say what is wrong with it.
    return undefined;
  }
}

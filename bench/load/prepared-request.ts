/** A fleet body as one buffer of HTTP head and body, ready to be written to a socket as often as wanted. */

import type { Body, Stamp } from '../fleet.ts';

const ROUTES = { claude_code: 'claude', codex: 'codex', cursor: 'cursor' } as const;
const USER_AGENTS = {
  claude_code: 'OTel-OTLP-Exporter-JavaScript/0.208.0',
  codex: 'OTel-OTLP-Exporter-Rust/0.31.0',
  cursor: 'Cursor/2.6.14',
} as const;

export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly bodyBytes: number;
  readonly records: number;
  readonly events: number;
  /** Offsets into `bytes`. */
  readonly stamps: readonly Stamp[];
}

/** `moda` are the routes of this server, `otlp` those that every OTLP receiver has. */
export type Paths = 'moda' | 'otlp';

/** Path and headers as the agent's exporter sends them. */
export function requestHead(
  body: Body,
  key: string,
  paths: Paths = 'moda',
): { path: string; headers: Record<string, string> } {
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    'content-type': body.bodyType === 'json' ? 'application/json' : 'application/x-protobuf',
    'user-agent': USER_AGENTS[body.provider],
  };
  if (body.encoding === 'gzip') headers['content-encoding'] = 'gzip';
  const path = paths === 'moda' ? `/v1/otel/${ROUTES[body.provider]}/${body.signal}` : `/v1/${body.signal}`;
  return { path, headers };
}

/** Joins head and body. `host` is `name:port`. */
export function prepareRequest(body: Body, host: string, key: string, paths: Paths = 'moda'): PreparedRequest {
  const { path, headers } = requestHead(body, key, paths);
  const lines = Object.entries({ host, ...headers, 'content-length': String(body.bytes.length) });
  const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body.bytes]);
  const headBytes = bytes.length - body.bytes.length;
  return {
    bytes,
    bodyBytes: body.bytes.length,
    records: body.records,
    events: body.events,
    stamps: body.stamps.map(({ offset, form }) => ({ offset: offset + headBytes, form })),
  };
}

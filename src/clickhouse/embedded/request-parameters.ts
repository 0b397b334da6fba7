/**
 * What a request to the HTTP interface says about itself in URL and headers: statement, formats, identity, parameters
 * and settings. Every URL name that is not known here is a setting, as in ClickHouse; the engine judges it (code 115).
 */

import type { IncomingHttpHeaders } from 'node:http';

import { EngineException } from './exception.ts';

export interface RequestParameters {
  readonly query: string;
  readonly database: string;
  readonly defaultFormat: string;
  readonly queryId: string;
  readonly user: string;
  readonly password: string;
  /** False when no credentials came at all: the answer is then 401 and asks for them. */
  readonly hasCredentials: boolean;
  readonly session: { readonly id: string; readonly timeoutSeconds: number; readonly mustExist: boolean } | undefined;
  /** Body is in ClickHouse's compressed blocks. */
  readonly hasBlockBody: boolean;
  readonly wantsCompression: boolean;
  readonly waitsForEnd: boolean;
  /** Protocol revision for FORMAT Native; 0 means the plain form. */
  readonly nativeRevision: number;
  /** `param_*` values as sent, still with ClickHouse's tab-separated escapes. */
  readonly queryParameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
}

const SESSION_TIMEOUT_SECONDS_DEFAULT = 60;
const SESSION_TIMEOUT_SECONDS_MAX = 3600;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that belong to the interface and are no settings. */
const OWN_NAMES = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'session_id',
  'session_timeout',
  'session_check',
  'wait_end_of_query',
  'http_wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'enable_http_compression',
  'user',
  'password',
  'quota_key',
  'stacktrace',
  'role',
  'client_protocol_version',
]);

/** Parses URL and headers; throws an EngineException for what cannot be honoured. */
export function parseRequest(search: URLSearchParams, headers: IncomingHttpHeaders): RequestParameters {
  const settings = new Map<string, string>();
  const queryParameters = new Map<string, string>();
  for (const [name, value] of search) {
    if (OWN_NAMES.has(name)) continue;
    if (!NAME.test(name)) throw new EngineException(115, 'UNKNOWN_SETTING', `Unknown setting '${name.slice(0, 64)}'.`);
    if (name.startsWith('param_')) queryParameters.set(name.slice('param_'.length), value);
    else settings.set(name, value);
  }
  refuseUnsupported(search);
  const credentials = readCredentials(search, headers);
  return {
    query: search.get('query') ?? '',
    database: search.get('database') ?? header(headers, 'x-clickhouse-database') ?? '',
    defaultFormat: search.get('default_format') ?? header(headers, 'x-clickhouse-format') ?? 'TabSeparated',
    queryId: search.get('query_id') ?? '',
    user: credentials?.user ?? 'default',
    password: credentials?.password ?? '',
    hasCredentials: credentials !== undefined,
    session: readSession(search),
    hasBlockBody: isOn(search.get('decompress')),
    wantsCompression: isOn(search.get('enable_http_compression')),
    waitsForEnd: isOn(search.get('wait_end_of_query')) || isOn(search.get('http_wait_end_of_query')),
    nativeRevision: Number.parseInt(search.get('client_protocol_version') ?? '0', 10) || 0,
    queryParameters,
    settings,
  };
}

function refuseUnsupported(search: URLSearchParams): void {
  if (isOn(search.get('compress'))) {
    throw new EngineException(
      48,
      'NOT_IMPLEMENTED',
      'compress=1 is not supported by the embedded engine; use Accept-Encoding with enable_http_compression=1.',
    );
  }
  if (search.has('role')) throw new EngineException(511, 'UNKNOWN_ROLE', 'The embedded engine has no roles.');
}

function readSession(search: URLSearchParams): RequestParameters['session'] {
  const id = search.get('session_id');
  if (id === null || id === '') return undefined;
  const asked = Number.parseInt(search.get('session_timeout') ?? '', 10) || SESSION_TIMEOUT_SECONDS_DEFAULT;
  const timeoutSeconds = Math.min(Math.max(asked, 1), SESSION_TIMEOUT_SECONDS_MAX);
  return { id, timeoutSeconds, mustExist: search.get('session_check') === '1' };
}

function readCredentials(
  search: URLSearchParams,
  headers: IncomingHttpHeaders,
): { user: string; password: string } | undefined {
  const userHeader = header(headers, 'x-clickhouse-user');
  const keyHeader = header(headers, 'x-clickhouse-key');
  if (userHeader !== undefined || keyHeader !== undefined) {
    return { user: userHeader ?? 'default', password: keyHeader ?? '' };
  }
  const basic = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (search.has('user') || search.has('password')) {
    return { user: search.get('user') ?? 'default', password: search.get('password') ?? '' };
  }
  return undefined;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true';
}

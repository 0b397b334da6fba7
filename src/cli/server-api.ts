/** The server's routes as the interactive commands use them. `moda hook` has its own, cheaper client (hook/post.ts). */

import { CommandFailure } from './exit-codes.ts';
import { plainLine } from './output.ts';
import { tlsFault } from './tls-faults.ts';

export interface Connection {
  readonly endpoint: string;
  readonly apiKey: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: unknown;
  readonly requestId: string | undefined;
  /** The server's clock, in milliseconds since 1970, when it tells. */
  readonly serverTimeMs: number | undefined;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** A list of skills is the largest answer there is. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** One request with the key. Throws CommandFailure UNREACHABLE when there is no answer. */
export async function callServer(connection: Connection, request: ApiRequest): Promise<ApiAnswer> {
  const { method = 'GET', path, body, timeoutMs = TIMEOUT_MS } = request;
  const headers: Record<string, string> = { authorization: `Bearer ${connection.apiKey}`, 'user-agent': 'moda-cli' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${connection.endpoint}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      // A redirect would carry the key to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await readBounded(response);
  } catch (error) {
    throw unreachable(connection.endpoint, error);
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  return {
    status: response.status,
    body: parse(text),
    requestId: response.headers.get('x-request-id') ?? undefined,
    serverTimeMs: Number.isNaN(date) ? undefined : date,
  };
}

/** Like callServer, but every status that is not 2xx becomes a CommandFailure. */
export function requireAnswer(connection: Connection, request: ApiRequest): Promise<unknown> {
  return requireFound(connection, request);
}

/** Like requireAnswer, with `absence` said of a 404. */
export async function requireFound(connection: Connection, request: ApiRequest, absence?: string): Promise<unknown> {
  const answer = await callServer(connection, request);
  if (answer.status === 404 && absence !== undefined) throw new CommandFailure('FAILED', absence);
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  if (answer.status === 401 || answer.status === 403) {
    throw new CommandFailure('KEY', `the server at ${connection.endpoint} refused the API key (${answer.status})`);
  }
  throw new CommandFailure('FAILED', `${request.path}: the server answered ${answer.status}${messageOf(answer.body)}`);
}

export interface WhoAmI {
  readonly tenant: string;
  readonly key: string;
}

/** Whom the key belongs to. Throws CommandFailure KEY when it is refused. */
export async function whoAmI(connection: Connection): Promise<WhoAmI> {
  const body = await requireAnswer(connection, { path: '/v1/whoami' });
  const { tenant, key } = (body ?? {}) as { tenant?: unknown; key?: unknown };
  if (typeof tenant !== 'string') {
    throw new CommandFailure('FAILED', `${connection.endpoint} answers, but is not a Moda ingest server`);
  }
  return { tenant, key: typeof key === 'string' ? key : '' };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('answer too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller judges by the status.
    return undefined;
  }
}

function unreachable(endpoint: string, error: unknown): CommandFailure {
  const reason = reasonOf(error);
  const fault = tlsFault(reason, endpoint);
  const what = fault === undefined ? reason : `${fault.meaning}: ${reason}`;
  return new CommandFailure('UNREACHABLE', `no answer from ${endpoint} (${what})`, fault?.mend);
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'timed out';
  // fetch refuses some ports without trying and says only "bad port".
  return cause?.code ?? (cause?.message === 'bad port' ? 'a port that HTTP clients refuse' : 'failed');
}

function messageOf(body: unknown): string {
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? `: ${plainLine(message)}` : '';
}

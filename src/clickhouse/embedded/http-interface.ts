/**
 * ClickHouse's HTTP interface on loopback, in front of chDB: /ping, /replicas_status, and statements on /. Source:
 * ClickHouse docs/en/interfaces/http.md and src/Server/HTTPHandler.cpp.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { authenticate, browserRefusal } from './access.ts';
import type { ChdbHost } from './chdb-host.ts';
import { CONNECTIONS_MAX, HEADER_BYTES_MAX } from './engine-limits.ts';
import { EngineException, toEngineException } from './exception.ts';
import { execute } from './execute.ts';
import { discard } from './request-body.ts';
import { parseRequest } from './request-parameters.ts';
import { type AnswerContext, chooseEncoding, MidStreamFailure, sendException, setCommonHeaders } from './response.ts';

export interface InterfaceOptions {
  readonly host: ChdbHost;
  readonly temporary: string;
  readonly password: string;
}

const KEEP_ALIVE_MS = 30_000;
const HEADERS_MS = 10_000;
/** Upload of one body: a gigabyte at a few MB a second. */
const REQUEST_MS = 300_000;

/** Creates the server; the caller listens, on a loopback address only. */
export function createHttpInterface(options: InterfaceOptions): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
    },
    (request, response) => void route(options, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function route(options: InterfaceOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = browserRefusal(request.headers);
  if (refusal !== undefined) return refuse(response, 403, `${refusal}\n`);
  const url = parseUrl(request.url ?? '/');
  if (url === undefined) return refuse(response, 400, 'malformed URL\n');
  if (request.method !== 'GET' && request.method !== 'POST' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Only GET, HEAD and POST are known\n');
  }
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return sendOk(response);
  if (url.pathname !== '/') return refuse(response, 404, `There is no handle ${url.pathname.slice(0, 100)}\n`);
  if (request.method !== 'POST' && !url.searchParams.has('query')) return sendOk(response);
  await answerQuery(options, request, response, url.searchParams);
}

async function answerQuery(
  options: InterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let answer: AnswerContext = { host: options.host, response, queryId: randomUUID(), encoding: undefined };
  try {
    const parameters = parseRequest(search, request.headers);
    const encoding = chooseEncoding(request.headers['accept-encoding'], parameters.wantsCompression);
    answer = { ...answer, encoding, queryId: parameters.queryId || answer.queryId };
    setCommonHeaders(answer);
    authenticate(parameters, options.password);
    const { host, temporary } = options;
    await execute({ host, temporary, request, parameters, answer, cancelled: gone.signal });
  } catch (error) {
    await answerFailure(answer, request, error);
  }
}

async function answerFailure(answer: AnswerContext, request: IncomingMessage, error: unknown): Promise<void> {
  const { response } = answer;
  if (response.destroyed) return;
  if (error instanceof MidStreamFailure) return error.send(answer, toEngineException(error.cause));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // A client that is still sending would see a reset instead of the answer; what it sends is bounded by REQUEST_MS.
  void discard(request);
  sendException(answer, error instanceof EngineException ? error : toEngineException(error));
}

function parseUrl(target: string): URL | undefined {
  return URL.canParse(target, 'http://localhost') ? new URL(target, 'http://localhost') : undefined;
}

function sendOk(response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/html; charset=UTF-8');
  response.end('Ok.\n');
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('Connection', 'close');
  response.end(text);
}

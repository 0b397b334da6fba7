/**
 * One POST for the hook path. Written on a bare socket because loading node:http takes as long as starting Node itself
 * (Node 22.23: 30 ms against 25 ms; node:net 4 ms), and an agent waits for every one of its hooks.
 */

import type { Socket } from 'node:net';

/** What is sent, and what waits in the queue when that fails. */
export interface QueuedPost {
  /** Begins with a slash. */
  readonly route: string;
  readonly body: string;
}

export interface PostRequest extends QueuedPost {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  /** Nobody listens, or the connection broke: no use in waiting. */
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'timeout' };

/** Status lines are short; a peer that sends more than this before a line end is not an HTTP server. */
const STATUS_LINE_BYTES_MAX = 1024;

/** Sends one JSON body and reads the status. Never throws, never waits longer than `timeoutMs`. */
export async function post(request: PostRequest): Promise<PostOutcome> {
  const url = new URL(request.endpoint);
  const socket = await connect(url, request.timeoutMs);
  return await new Promise<PostOutcome>((resolve) => {
    const timer = setTimeout(() => settle({ kind: 'timeout' }), request.timeoutMs);
    let received = '';
    const settle = (outcome: PostOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    socket.on('error', () => settle({ kind: 'unreachable' }));
    socket.on('close', () => settle({ kind: 'unreachable' }));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const status = statusOf(received);
      if (status !== undefined) settle({ kind: 'answered', status });
      else if (received.length > STATUS_LINE_BYTES_MAX) settle({ kind: 'unreachable' });
    });
    socket.write(encode(url, request));
  });
}

/** What a queued body's fate is after an outcome. */
export function isDelivered(outcome: PostOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

/** Refused for its content: another try with the same bytes cannot help. */
export function isHopeless(outcome: PostOutcome): boolean {
  return outcome.kind === 'answered' && [400, 413, 415, 422].includes(outcome.status);
}

async function connect(url: URL, timeoutMs: number): Promise<Socket> {
  const net = process.getBuiltinModule?.('node:net') ?? (await import('node:net')).default;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:') {
    return net.connect({ host, port: Number(url.port || 80), noDelay: true });
  }
  const tls = await import('node:tls');
  return tls.connect({
    host,
    port: Number(url.port || 443),
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
    timeout: timeoutMs,
  });
}

function encode(url: URL, { route, apiKey, body }: PostRequest): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const path = url.pathname.replace(/\/+$/, '') + route;
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: Bearer ${apiKey}`,
    'Content-Type: application/json',
    `Content-Length: ${bytes.length}`,
    'User-Agent: moda-hook',
    'Connection: close',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/** The final status; interim 1xx answers are passed over. */
function statusOf(received: string): number | undefined {
  const match = /^(?:HTTP\/1\.[01] 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)*HTTP\/1\.[01] ([2-5]\d\d)[ \r]/.exec(
    received,
  );
  return match === null ? undefined : Number(match[1]);
}

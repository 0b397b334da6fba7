/**
 * Clients of several tenants on shared connections, each request with an id of its own in every text: whole and in pieces,
 * compressed, refused for every reason, left half-way. What the store holds under a request id can then be compared with
 * what was sent for it.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type RawReply, RawSocket } from '../integration/front-door/support/raw-socket.ts';
import { Chance } from '../simulation/virtual-time.ts';

/** Bodies over it are refused by the server under test. */
export const BODY_BYTES_MAX = 300_000;

/** A body is discarded up to eight times the limit; shorter than that, so that the connection goes on. */
const OVERSIZE_BYTES = BODY_BYTES_MAX + 50_000;

const CHUNK_BYTES = 9000;

type Way = 'whole' | 'pieces' | 'chunked';

/** How a request ends when the server has room for it; `leaves`: the client goes before the answer. */
const FATES = {
  stored: { status: 200, share: 10 },
  gzip: { status: 200, share: 4 },
  badGzip: { status: 400, share: 1 },
  malformed: { status: 400, share: 2 },
  unknownEncoding: { status: 415, share: 1 },
  unknownType: { status: 415, share: 1 },
  tooLarge: { status: 413, share: 1 },
  unknownKey: { status: 401, share: 1 },
  leavesHalfWay: { status: 0, share: 2 },
  leavesBeforeAnswer: { status: 0, share: 2 },
} as const;

type Fate = keyof typeof FATES;

const DRAWN = Object.entries(FATES).flatMap(([fate, { share }]) => Array<Fate>(share).fill(fate as Fate));

/** One request and what came back. */
export interface Sent {
  readonly id: string;
  readonly tenant: string;
  readonly fate: Fate;
  readonly bodyBytes: number;
  /** Rows of coding_agent_events when it is stored. */
  readonly rows: number;
  /** Undefined without an answer. */
  status?: number;
  requestId?: string;
}

export interface Load {
  readonly port: number;
  readonly keys: Readonly<Record<string, string>>;
  readonly clients: number;
  readonly requestsOfClient: number;
  readonly seed: number;
}

/** Sends it all; resolves with every request in the order of sending. */
export async function sendMixed(load: Load): Promise<Sent[]> {
  const sent: Sent[] = [];
  const client = async (index: number): Promise<void> => {
    const chance = new Chance(load.seed + index);
    let socket = await RawSocket.open(load.port);
    for (let turn = 0; turn < load.requestsOfClient; turn += 1) {
      if (socket.isClosed) socket = await RawSocket.open(load.port);
      const request = draw(load.keys, chance, `u${index}x${turn}z`);
      sent.push(request.sent);
      await exchange(socket, request);
      // An answer that ends its connection comes before the end of it.
      await pause(chance.chance(0.3) ? 5 : 0);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.clients }, (_, index) => client(index)));
  return sent;
}

interface Drawn {
  readonly sent: Sent;
  readonly head: string;
  readonly way: Way;
  readonly body: Buffer;
  readonly pauseMs: number;
  /** Where a client leaves that leaves. */
  readonly leavesAt: number;
}

function draw(keys: Load['keys'], chance: Chance, id: string): Drawn {
  const tenant = chance.pick(Object.keys(keys));
  const fate = chance.pick(DRAWN);
  const isHook = chance.chance(0.5);
  const rows = isHook ? 1 : 1 + Math.floor(chance.next() ** 6 * 1300);
  const body = bodyOf(fate, isHook ? hookText(id, chance) : logsText(id, rows));
  const way = chance.pick<Way>(['whole', 'pieces', 'chunked']);
  const fields = [
    `POST /v1/otel/claude/${isHook ? 'hooks' : 'logs'} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${fate === 'unknownKey' ? 'nobody' : keys[tenant]}`,
    `User-Agent: ${id}`,
    `Content-Type: ${fate === 'unknownType' ? 'text/plain' : 'application/json'}`,
    ...(fate === 'gzip' || fate === 'badGzip' ? ['Content-Encoding: gzip'] : []),
    ...(fate === 'unknownEncoding' ? ['Content-Encoding: br'] : []),
    way === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  ];
  const sent: Sent = { id, tenant, fate, rows, bodyBytes: body.length };
  return {
    sent,
    head: `${fields.join('\r\n')}\r\n\r\n`,
    way,
    body,
    pauseMs: chance.chance(0.2) ? 3 : 0,
    leavesAt: fate === 'leavesHalfWay' ? chance.between(0, body.length - 1) : body.length,
  };
}

/** Many short texts: long ones of an unknown key are withheld. */
function hookText(id: string, chance: Chance): string {
  const texts = Array.from({ length: 1 + Math.floor(chance.next() ** 3 * 1500) }, (_, index) => [`k${index}`, id]);
  return JSON.stringify({ hook: 'PostToolUse', session_id: id, tool_name: id, ...Object.fromEntries(texts) });
}

function logsText(id: string, rows: number): string {
  const attribute = (key: string) => ({ key, value: { stringValue: id } });
  const logRecords = Array.from({ length: rows }, (_, index) => ({
    timeUnixNano: `17953480788150${String(index).padStart(5, '0')}`,
    attributes: ['event.name', 'session.id', 'own'].map(attribute),
  }));
  const scopeLogs = [{ scope: { name: id, attributes: [attribute('of.scope')] }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: [attribute('of.resource')] }, scopeLogs }] });
}

function bodyOf(fate: Fate, text: string): Buffer {
  if (fate === 'gzip') return gzipSync(text, { level: 1 });
  if (fate === 'malformed') return Buffer.from(text.slice(0, -3));
  return Buffer.from(fate === 'tooLarge' ? text.padEnd(OVERSIZE_BYTES) : text);
}

async function exchange(socket: RawSocket, { sent, head, way, body, pauseMs, leavesAt }: Drawn): Promise<void> {
  socket.send(way === 'whole' && leavesAt === body.length ? Buffer.concat([Buffer.from(head), body]) : head);
  if (way !== 'whole' || leavesAt < body.length) {
    for (let at = 0; at < leavesAt; at += CHUNK_BYTES) {
      const piece = body.subarray(at, Math.min(at + CHUNK_BYTES, leavesAt));
      socket.send(way === 'chunked' ? chunkOf(piece) : piece);
      if (pauseMs > 0) await pause(pauseMs);
    }
  }
  if (way === 'chunked' && leavesAt === body.length) socket.send('0\r\n\r\n');
  if (sent.fate === 'leavesHalfWay' || sent.fate === 'leavesBeforeAnswer') {
    await pause(pauseMs);
    socket.destroy();
    await socket.closed();
    return;
  }
  const reply = await socket.reply();
  if (reply !== undefined) note(sent, reply);
}

function chunkOf(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
}

function note(sent: Sent, { status, headers }: RawReply): void {
  sent.status = status;
  const requestId = headers.get('x-request-id');
  if (requestId !== undefined) sent.requestId = requestId;
}

/** The status that a request gets while the server has room; over its bounds also 429 and 503. */
export function expectedStatus({ fate }: Sent): number {
  return FATES[fate].status;
}

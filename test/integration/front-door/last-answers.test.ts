/** Answers that end their connection: a client that is still sending when they are written must get them all the same. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';
import { RawSocket } from './support/raw-socket.ts';

const BODY_BYTES = 400_000;

let door: RunningFrontDoor;
const sockets: RawSocket[] = [];
beforeEach(async () => {
  door = await openFrontDoor({ bodyBytesMax: 300_000 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  door.stop();
});

const head = (path: string, key: string, type: string, connection: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${type}\r\n${connection}Content-Length: ${BODY_BYTES}\r\n\r\n`;

/** Sends the head and half of the body, gives the server a turn on another connection, then sends the other half. */
async function sendInHalves(bytes: string): Promise<RawSocket> {
  const socket = await RawSocket.open(door.port);
  sockets.push(socket);
  socket.send(bytes + 'x'.repeat(BODY_BYTES / 2));
  for (let turn = 0; turn < 20; turn += 1) await (await fetch(`${door.url}/nothing`)).text();
  expect(socket.isClosed).toBe(false);
  socket.send('x'.repeat(BODY_BYTES / 2));
  return socket;
}

const JSON_TYPE = 'application/json';
const REFUSALS = [
  ['an unknown key', '/v1/otel/claude/logs', 'wrong', JSON_TYPE, 401],
  ['an unknown route', '/v1/otel/claude/nothing', KEY, JSON_TYPE, 404],
  ['a foreign type', '/v1/otel/claude/logs', KEY, 'text/plain', 415],
  ['a body over the limit', '/v1/otel/claude/logs', KEY, JSON_TYPE, 413],
] as const;

describe('a client that asks for the end of the connection', () => {
  it.each(REFUSALS)(
    'is read to the end of its body before it is answered: %s',
    async (_name, path, key, type, status) => {
      for (const connection of ['close', 'Close', 'TE, close']) {
        const socket = await sendInHalves(head(path, key, type, `Connection: ${connection}\r\n`));
        const reply = await socket.reply();
        expect(reply?.status).toBe(status);
        expect(reply?.headers.has('keep-alive')).toBe(false);
        await socket.closed();
      }
    },
  );

  it('keeps its connection for a word that only contains the token', async () => {
    const socket = await sendInHalves(head('/v1/otel/claude/logs', KEY, 'text/plain', 'Connection: x-close\r\n'));
    const reply = await socket.reply();
    expect([reply?.status, reply?.headers.has('keep-alive')]).toEqual([415, true]);
  });
});

describe('a server that drains', () => {
  it.each(REFUSALS)('reads the body to its end before it answers: %s', async (_name, path, key, type, status) => {
    door.setDraining(true);
    const socket = await sendInHalves(head(path, key, type, ''));
    expect((await socket.reply())?.status).toBe(status);
    await socket.closed();
  });
});

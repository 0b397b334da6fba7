/** Mutated requests, as bytes, for a while (MODA_FUZZ_MS, default 3 s): the listener answers or closes, and stays whole. */

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SeededRandom } from '../../random.ts';
import { KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';
import { rawRequest } from './support/raw-socket.ts';

const FUZZ_MS = Number(process.env['MODA_FUZZ_MS'] ?? 3000);
const SEED = Number(process.env['MODA_FUZZ_SEED'] ?? Date.now() % 1_000_000);

let door: RunningFrontDoor;
beforeAll(async () => {
  door = await openFrontDoor({ bodyBytesMax: 10_000 });
});
afterAll(() => door.stop());

const head = (path: string, rest: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n${rest}`;

const TEMPLATES = [
  head('/v1/otel/claude/logs', 'Content-Length: 2\r\n\r\n{}'),
  head('/v1/otel/codex/hooks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'),
  head('/v1/otel/cursor/v1/traces', 'Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd'),
  head('/v1/sessions/end?provider=codex', 'Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}'),
  'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n',
];
const PIECES = [
  '\r\n',
  '\n',
  '\0',
  ' ',
  ':',
  '%00',
  '../',
  '//',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  '\xff',
  '9',
];

function mutate(text: string, random: SeededRandom): string {
  let mutated = text;
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const at = random.below(mutated.length);
    const piece = random.pick(PIECES);
    const length = random.below(12);
    switch (random.below(5)) {
      case 0:
        mutated = mutated.slice(0, at) + String.fromCharCode(random.below(256)) + mutated.slice(at + 1);
        break;
      case 1:
        mutated = mutated.slice(0, at) + mutated.slice(at + length);
        break;
      case 2:
        mutated = mutated.slice(0, at) + piece + mutated.slice(at);
        break;
      case 3:
        mutated = mutated.slice(0, at) + mutated.slice(Math.max(0, at - length));
        break;
      default:
        mutated = mutated.slice(0, at);
    }
  }
  return mutated;
}

/** Sends the bytes, ends the stream, and returns the status lines of all that comes back. */
function exchange(bytes: string): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect(door.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve([...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]))));
    // The listener answers at once what it can; whoever then ends the stream is closed.
    socket.write(Buffer.from(bytes, 'latin1'), () => setTimeout(() => socket.end(), 5));
  });
}

it(`answers or closes, whatever it is sent (seed ${SEED})`, { timeout: FUZZ_MS + 60_000 }, async () => {
  const random = new SeededRandom(SEED);
  const statuses = new Map<number, number>();
  let sent = 0;
  const endsAt = performance.now() + FUZZ_MS;
  while (performance.now() < endsAt) {
    const batch = Array.from({ length: 32 }, () => mutate(random.pick(TEMPLATES), random));
    for (const status of (await Promise.all(batch.map(exchange))).flat()) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    sent += batch.length;
  }
  expect(sent).toBeGreaterThan(100);
  const known = [100, 200, 400, 401, 404, 405, 411, 413, 415, 431, 505];
  expect([...statuses.keys()].filter((status) => !known.includes(status))).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(0);
  const { reply, socket } = await rawRequest(door.port, TEMPLATES[0]!);
  expect(reply?.status).toBe(200);
  socket.destroy();
  while (door.listener.pending > 0 || door.budget.bytes > 0) await new Promise((resolve) => setImmediate(resolve));
  for (const { received, acknowledged, refused } of door.ledger.tenants.values()) {
    expect(received).toBe(acknowledged + [...refused.values()].reduce((sum, count) => sum + count, 0));
  }
});

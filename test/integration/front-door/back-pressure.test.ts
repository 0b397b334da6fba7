/** What a full server and a greedy tenant are told, before and while their bodies are read. */

import { afterEach, describe, expect, it } from 'vitest';
import type { IngestOutcome } from '../../../src/http/ingest.ts';
import { type FrontDoorOptions, KEY, OTHER_KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';
import { RawSocket } from './support/raw-socket.ts';

let door: RunningFrontDoor;
let release: () => void;
afterEach(() => {
  release();
  door.stop();
});

const STORED: IngestOutcome = { ok: true, recordCount: 1, rejectedCount: 0, rejectedReason: '', isAgentHook: false };

/** A front door whose requests stay unanswered until `release`. */
async function openHeld(options: FrontDoorOptions = {}): Promise<void> {
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  door = await openFrontDoor({
    ...options,
    outcome: async () => {
      await released;
      return STORED;
    },
  });
}

function post(key: string, bytes: number, path = '/v1/otel/claude/logs'): Promise<Response> {
  return fetch(door.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: new Uint8Array(bytes),
  });
}

async function receivedCount(count: number): Promise<void> {
  while (door.received.length < count) await new Promise((resolve) => setImmediate(resolve));
}

describe('byte budget', () => {
  it('answers 503 with Retry-After when it is spent, and takes requests again when it is not', async () => {
    await openHeld({ inflightBytesMax: 100_000, bodyBytesMax: 100_000 });
    const first = post(KEY, 90_000);
    await receivedCount(1);
    const refused = await post(KEY, 20_000);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    release();
    expect((await first).status).toBe(200);
    expect(door.budget.bytes).toBe(0);
    expect((await post(KEY, 20_000)).status).toBe(200);
  });

  it('counts a chunked body while it is read, and refuses it half-way', async () => {
    await openHeld({ inflightBytesMax: 100_000, bodyBytesMax: 100_000 });
    const first = post(OTHER_KEY, 60_000);
    await receivedCount(1);
    const socket = await RawSocket.open(door.port);
    socket.send(
      `POST /v1/otel/claude/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let sent = 0; sent < 6; sent += 1) socket.send(`2710\r\n${'x'.repeat(10_000)}\r\n`);
    socket.send('0\r\n\r\n');
    const reply = await socket.reply();
    expect([429, 503]).toContain(reply?.status);
    expect(reply?.headers.get('retry-after')).toBe('1');
    socket.destroy();
    release();
    await first;
    expect(door.budget.bytes).toBe(0);
  });

  it('beyond half of it refuses a tenant above its share with 429 and still takes the others', async () => {
    await openHeld({ inflightBytesMax: 100_000, bodyBytesMax: 100_000 });
    const held = [post(KEY, 45_000), post(OTHER_KEY, 2_000)];
    await receivedCount(2);
    const greedy = await post(KEY, 20_000);
    expect([greedy.status, greedy.headers.get('retry-after')]).toEqual([429, '1']);
    const modest = post(OTHER_KEY, 10_000);
    await receivedCount(3);
    release();
    expect((await modest).status).toBe(200);
    await Promise.all(held);
  });

  it('is not taken whole by bodies that one tenant announces and does not send', async () => {
    await openHeld({ inflightBytesMax: 1_600_000, bodyBytesMax: 100_000 });
    release();
    const sockets: RawSocket[] = [];
    for (let bytes = 100_000; bytes > 0; ) {
      const socket = await RawSocket.open(door.port);
      sockets.push(socket);
      const heldBytes = door.budget.bytes;
      socket.send(`POST /v1/otel/claude/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n`);
      socket.send(`Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`);
      // It is taken, or refused: then a smaller one is tried.
      let isRefused = false;
      void socket.reply().then(() => {
        isRefused = true;
      });
      while (door.budget.bytes === heldBytes && !isRefused) await new Promise((resolve) => setImmediate(resolve));
      if (isRefused) bytes = Math.floor(bytes / 2);
    }
    expect(door.budget.bytes).toBeGreaterThan(1_490_000);
    expect((await post(OTHER_KEY, 20_000)).status).toBe(200);
    expect((await post(KEY, 20_000)).status).toBe(503);
    for (const socket of sockets) socket.destroy();
  });

  it('gives back the bytes of refused requests', async () => {
    await openHeld({ bodyBytesMax: 10_000 });
    release();
    await Promise.all([post(KEY, 50_000), post('wrong', 5_000), post(KEY, 5_000, '/v1/otel/claude/nothing')]);
    expect(door.budget.bytes).toBe(0);
  });
});

describe('a line that is too long', () => {
  it('answers 503 before the body is read, to its tenant and kind alone', async () => {
    await openHeld({ wouldTimeOut: (tenantId, isHook) => tenantId === 'alpha' && !isHook });
    release();
    const refused = await post(KEY, 20_000);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await post(OTHER_KEY, 100)).status).toBe(200);
    expect((await post(KEY, 100, '/v1/otel/claude/hooks')).status).toBe(200);
    expect(door.received.map(({ tenantId, signal }) => [tenantId, signal])).toEqual([
      ['beta', 'logs'],
      ['alpha', 'hooks'],
    ]);
    expect(door.budget.bytes).toBe(0);
    const { refused: reasons } = door.ledger.tenants.get('alpha')!;
    expect([...reasons]).toEqual([['QUEUE_TIMEOUT', 1]]);
  });
});

describe('rates', () => {
  it('answers 429 with Retry-After over the requests of a second, per tenant', async () => {
    await openHeld({ requestsPerSecond: 3 });
    release();
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await post(KEY, 2)).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses).toContain(429);
    expect((await post(OTHER_KEY, 2)).status).toBe(200);
  });

  it('answers 429 after a body that took more than the bytes of a second', async () => {
    await openHeld({ bytesPerSecond: 1000 });
    release();
    expect((await post(KEY, 5000)).status).toBe(200);
    const refused = await post(KEY, 10);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(3);
  });
});

describe('draining', () => {
  it('still serves, and ends each connection with its answer', async () => {
    await openHeld();
    release();
    door.setDraining(true);
    const response = await post(KEY, 2);
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });

  it('answers 503 once it takes nothing more', async () => {
    await openHeld();
    release();
    door.setDraining(true);
    door.setClosing(true);
    const response = await post(KEY, 2);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(door.received).toEqual([]);
  });

  it('is drained when the last request is answered', async () => {
    await openHeld();
    const held = post(KEY, 2);
    await receivedCount(1);
    let isDrained = false;
    const drained = door.listener.drained().then(() => {
      isDrained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDrained).toBe(false);
    release();
    await held;
    await drained;
    expect(door.listener.pending).toBe(0);
  });
});

describe('a refusal whose body is on its way', () => {
  const chunked = (bytes: number): string => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

  /** Closing the connection then resets it, and the client sees a broken connection instead of the answer. */
  it.each([
    ['429, in chunks', false, 'Transfer-Encoding: chunked', chunked(60_000), `${chunked(60_000)}0\r\n\r\n`, 429],
    ['429, longer than the library may skip', false, 'Content-Length: 1200000', 'x'.repeat(60_000), '', 429],
    ['503 of a server that closes, in chunks', true, 'Transfer-Encoding: chunked', chunked(10), '0\r\n\r\n', 503],
    ['503 of a server that closes, with a length', true, 'Content-Length: 90000', 'x'.repeat(60_000), '', 503],
  ])('is answered when that has come: %s', async (_name, isClosing, framing, first, last, status) => {
    await openHeld({ requestsPerSecond: 1, bodyBytesMax: 2_000_000 });
    release();
    expect((await post(KEY, 2)).status).toBe(200);
    door.setDraining(isClosing);
    door.setClosing(isClosing);
    const socket = await RawSocket.open(door.port);
    socket.send(`POST /v1/otel/claude/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n`);
    socket.send(`Content-Type: application/json\r\n${framing}\r\n\r\n${first}`);
    let isAnswered = false;
    const answer = socket.reply().finally(() => {
      isAnswered = true;
    });
    while (door.ledger.tenants.get('alpha')?.refused.size === 0) await new Promise((resolve) => setImmediate(resolve));
    // An answer on another connection comes later than one that was given before it.
    await post(OTHER_KEY, 2);
    expect(isAnswered).toBe(false);
    const length = Number(/Content-Length: (\d+)/.exec(framing)?.[1] ?? 0);
    socket.send(length > 0 ? 'x'.repeat(length - first.length) : last);
    const reply = await answer;
    expect([reply?.status, reply?.headers.get('retry-after')]).toEqual([status, '1']);
    expect(door.budget.bytes).toBe(0);
    socket.destroy();
  });
});

describe('ledger', () => {
  it('balances: received = acknowledged + refused, whatever the answers were', async () => {
    await openHeld({ bodyBytesMax: 10_000, requestsPerSecond: 30 });
    release();
    const sizes = [2, 20_000, 2, 50, 20_000];
    await Promise.all(sizes.flatMap((bytes) => Array.from({ length: 10 }, () => post(KEY, bytes))));
    await Promise.all([post('wrong', 2), fetch(door.url)]);
    const counts = door.ledger.tenants.get('alpha')!;
    const refused = [...counts.refused.values()].reduce((sum, count) => sum + count, 0);
    expect(counts.received).toBe(50);
    expect(counts.acknowledged + refused).toBe(50);
    expect(counts.refused.get('RATE_LIMITED')).toBeGreaterThan(0);
  });
});

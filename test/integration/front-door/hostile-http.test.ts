/** Shapes that break servers or let two of them read one stream differently; sent byte by byte. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';
import { RawSocket, rawRequest } from './support/raw-socket.ts';

let door: RunningFrontDoor;
const sockets: RawSocket[] = [];
beforeEach(async () => {
  door = await openFrontDoor({ bodyBytesMax: 100_000, bodyTimeoutMs: 400 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  door.stop();
});

const HEAD = `POST /v1/otel/claude/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n`;

async function ask(bytes: string): Promise<{ status: number | undefined; socket: RawSocket }> {
  const { reply, socket } = await rawRequest(door.port, bytes);
  sockets.push(socket);
  return { status: reply?.status, socket };
}

/** Node's own `gc`, without a flag at its start. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

async function expectAlive(): Promise<void> {
  const { status } = await ask(`${HEAD}Content-Length: 2\r\n\r\n{}`);
  expect(status).toBe(200);
  expect(door.budget.bytes).toBe(0);
}

describe('request smuggling', () => {
  it.each([
    ['two Content-Length that differ', 'Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}'],
    [
      'Content-Length and Transfer-Encoding',
      'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    ],
    ['Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['Transfer-Encoding: identity', 'Transfer-Encoding: identity\r\n\r\n{}'],
    ['two Transfer-Encoding', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['a negative Content-Length', 'Content-Length: -2\r\n\r\n{}'],
    ['a Content-Length of many digits', 'Content-Length: 99999999999999999999999\r\n\r\n{}'],
    ['a Content-Length in hex', 'Content-Length: 0x2\r\n\r\n{}'],
    ['a Content-Length with a sign', 'Content-Length: +2\r\n\r\n{}'],
    ['a Content-Length list', 'Content-Length: 2, 2\r\n\r\n{}'],
    ['an empty Content-Length', 'Content-Length: \r\n\r\n{}'],
    ['two keys', 'Authorization: Bearer other\r\nContent-Length: 2\r\n\r\n{}'],
    ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size over 64 bits', 'Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
  ])('answers %s with 400 and closes', async (_name, rest) => {
    const { status, socket } = await ask(HEAD + rest);
    expect(status).toBe(400);
    await socket.closed();
    expect(door.received).toEqual([]);
    await expectAlive();
  });

  it('reads two equal Content-Length as one', async () => {
    const { status } = await ask(`${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`);
    expect(status).toBe(200);
  });

  it.each([
    ['HTTP/1.0', `POST /v1/otel/claude/logs HTTP/1.0\r\nAuthorization: Bearer ${KEY}\r\nContent-Length: 2\r\n\r\n{}`],
    ['a URL with a host', `GET http://evil/healthz HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['lines that end in LF alone', 'GET /healthz HTTP/1.1\nHost: x\n\n'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['no Host', 'POST /v1/otel/claude/logs HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
  ])('ends the connection on %s with an error', async (_name, bytes) => {
    const { status, socket } = await ask(bytes);
    expect(status).toBeGreaterThanOrEqual(400);
    await socket.closed();
    expect(door.received).toEqual([]);
    await expectAlive();
  });
});

describe('an HTTP version that is not 1.1', () => {
  it.each(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.7', 'HTTPS/1.1', ''])(
    'is answered 505 by the parser of the library, before anything of ours hears of it: "%s"',
    async (version) => {
      const { status, socket } = await ask(`${HEAD.replace('HTTP/1.1', version)}Content-Length: 2\r\n\r\n{}`);
      expect(status).toBe(505);
      await socket.closed();
      expect(door.ended).toEqual([]);
      await expectAlive();
    },
  );

  it.each(['POST ', 'POST /v1/otel/claude/logs ', 'POST /v1/otel/claude/logs HTTP/1.'])(
    'is what the parser takes a request line for that comes in two pieces: "%s"',
    async (first) => {
      const socket = await RawSocket.open(door.port);
      sockets.push(socket);
      socket.send(first);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.send(`${HEAD.slice(first.length)}Content-Length: 2\r\n\r\n{}`);
      expect((await socket.reply())?.status).toBe(505);
      await expectAlive();
    },
  );
});

describe('limits', () => {
  it('takes headers of 8 KB and refuses a block of 20 KB with 431', async () => {
    const { status } = await ask(`${HEAD}X-Trace: ${'a'.repeat(8000)}\r\nContent-Length: 2\r\n\r\n{}`);
    expect(status).toBe(200);
    const refused = await ask(`${HEAD}X-Trace: ${'a'.repeat(20_000)}\r\nContent-Length: 2\r\n\r\n{}`);
    expect(refused.status).toBe(431);
    await expectAlive();
  });

  it('answers an absurd Content-Length at once, without taking memory for it, and closes', async () => {
    const { status, socket } = await ask(`${HEAD}Content-Length: 999999999999\r\n\r\nabc`);
    expect(status).toBe(413);
    await socket.closed();
    expect(door.received.map((request) => request.refusal?.code)).toEqual(['BODY_TOO_LARGE']);
    await expectAlive();
  });

  it('ends a chunked body that goes on far beyond the limit', async () => {
    const socket = await RawSocket.open(door.port);
    sockets.push(socket);
    socket.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 40; sent += 1) socket.send(chunk);
    expect((await socket.reply())?.status).toBe(413);
    await socket.closed();
    await expectAlive();
  });

  it('answers a bad key before it reads a large body, and closes instead of reading on', async () => {
    const head = `POST /v1/otel/claude/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n`;
    const { status, socket } = await ask(`${head}Content-Length: 50000000\r\n\r\n`);
    expect(status).toBe(401);
    await socket.closed();
  });
});

describe('slow and absent clients', () => {
  it('cuts a body that does not arrive in time, and gives its bytes back', async () => {
    const socket = await RawSocket.open(door.port);
    sockets.push(socket);
    socket.send(`${HEAD}Content-Length: 90000\r\n\r\n`);
    const timer = setInterval(() => socket.send('x'.repeat(2000)), 50);
    await socket.closed();
    clearInterval(timer);
    expect([...door.ledger.tenants.get('alpha')!.refused]).toEqual([['CLIENT_ABORTED', 1]]);
    await expectAlive();
  });

  it('forgets a client that leaves in the middle of its body', async () => {
    const socket = await RawSocket.open(door.port);
    socket.send(`${HEAD}Content-Length: 90000\r\n\r\n{"half":`);
    while (door.budget.bytes === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (door.budget.bytes > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(door.received).toEqual([]);
    expect(door.listener.pending).toBe(0);
    await expectAlive();
  });

  it('keeps no byte of the bodies whose clients have left', async () => {
    const patient = await openFrontDoor({ bodyBytesMax: 4_000_000, bodyTimeoutMs: 600_000 });
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    for (let index = 0; index < 10; index += 1) {
      const socket = await RawSocket.open(patient.port);
      socket.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      for (let sent = 0; sent < 30; sent += 1) socket.send(`186a0\r\n${'x'.repeat(100_000)}\r\n`);
      while (patient.budget.bytes < 3_000_000) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      while (patient.budget.bytes > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => held() - before).toBeLessThan(10_000_000);
    patient.stop();
  });

  it('closes connections that send nothing or one byte a second within 15 s', async () => {
    const idle = await RawSocket.open(door.port);
    const slow = await RawSocket.open(door.port);
    const keptAlive = await RawSocket.open(door.port);
    sockets.push(idle, slow, keptAlive);
    slow.send('POST /v1/otel/claude/logs HTTP/1.1\r\nX: ');
    const timer = setInterval(() => slow.send('x'), 1000);
    keptAlive.send(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    expect((await keptAlive.reply())?.status).toBe(200);
    const startedAt = performance.now();
    await Promise.all([idle.closed(), slow.closed(), keptAlive.closed()]);
    clearInterval(timer);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});

describe('a client that leaves after its body', () => {
  it('has its request stored all the same, and nothing is written to its socket', async () => {
    let store = (): void => undefined;
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    const slow = await openFrontDoor({
      outcome: async () => {
        await stored;
        return { ok: true, recordCount: 1, rejectedCount: 0, rejectedReason: '', isAgentHook: false };
      },
    });
    const socket = await RawSocket.open(slow.port);
    socket.send(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    while (slow.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (slow.ended.length === 0) await new Promise((resolve) => setImmediate(resolve));
    store();
    while (slow.budget.bytes > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(slow.ledger.tenants.get('alpha')).toMatchObject({ received: 1, acknowledged: 1 });
    slow.stop();
  });
});

describe('pieces and pipelines', () => {
  it('assembles a body that arrives byte by byte, with a length and in chunks', async () => {
    const body = '{"resourceLogs":[]}';
    for (const isChunked of [false, true]) {
      const socket = await RawSocket.open(door.port);
      sockets.push(socket);
      socket.send(`${HEAD}${isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`}\r\n\r\n`);
      for (const character of body) {
        socket.send(isChunked ? `1\r\n${character}\r\n` : character);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (isChunked) socket.send('0\r\n\r\n');
      expect((await socket.reply())?.status).toBe(200);
      expect(Buffer.from(door.received.at(-1)!.body).toString()).toBe(body);
    }
  });

  it('serves one request after the other on a connection', async () => {
    const socket = await RawSocket.open(door.port);
    sockets.push(socket);
    for (let index = 0; index < 5; index += 1) {
      socket.send(`${HEAD}Content-Length: 2\r\n\r\n{}`);
      expect((await socket.reply())?.status).toBe(200);
    }
    expect(door.received).toHaveLength(5);
  });

  it('never answers a pipelined request in the place of the one before', async () => {
    const socket = await RawSocket.open(door.port);
    sockets.push(socket);
    // The library ends a connection whose next request comes before the answer; what it must not do is mix them up.
    socket.send(`${HEAD}Content-Length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
    const reply = await socket.reply();
    if (reply !== undefined) expect(reply.headers.get('x-request-id')).toBe(door.received[0]?.requestId);
    await expectAlive();
  });

  it('tells a client that waits for 100-continue to go on', async () => {
    const socket = await RawSocket.open(door.port);
    sockets.push(socket);
    socket.send(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
    expect((await socket.reply())?.status).toBe(100);
    socket.send('{}');
    expect((await socket.reply())?.status).toBe(200);
  });
});

describe('a flood of bad keys', () => {
  it('leaves no trace but its answers', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        fetch(`${door.url}/v1/otel/claude/logs`, {
          method: 'POST',
          headers: { authorization: `Bearer wrong-${index}` },
          body: '{}',
        }).then((response) => response.status),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(door.received).toEqual([]);
    expect(door.ledger.tenants.size).toBe(0);
    await expectAlive();
  });
});

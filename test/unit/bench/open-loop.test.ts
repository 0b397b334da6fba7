/** The generators against real sockets: what they count, and from when they count a wait. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Fleet } from '../../../bench/fleet.ts';
import { openLoop } from '../../../bench/load/open-loop.ts';
import { type PreparedRequest, prepareRequest } from '../../../bench/load/prepared-request.ts';
import { stampedLoop } from '../../../bench/load/stamped-loop.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers in turn, each after `waitMs(index)`; keeps the bodies. */
async function listen(waitMs: (index: number) => number, status = 200): Promise<{ port: number; bodies: string[] }> {
  const bodies: string[] = [];
  const made = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const index = bodies.push(Buffer.concat(chunks).toString('latin1')) - 1;
      setTimeout(() => response.writeHead(status).end('{}'), waitMs(index));
    });
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return { port: (made.address() as AddressInfo).port, bodies };
}

function requestsTo(port: number): PreparedRequest[] {
  const shape = { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 3 } as const;
  return new Fleet(1).bodies(shape, 4).map((body) => prepareRequest(body, `127.0.0.1:${port}`, 'key'));
}

it('counts a wait from the due time: one slow answer shows in all that fell due behind it', async () => {
  const { port } = await listen((index) => (index === 0 ? 300 : 0));
  const options = { port, requests: requestsTo(port), ratePerSecond: 100, durationMs: 400, connections: 1, seed: 3 };
  const result = await openLoop(options);
  expect(result.acknowledged).toBeGreaterThan(20);
  expect(result.unanswered).toBe(0);
  // A closed loop would have seen one slow answer: its median would be a few milliseconds.
  expect(result.latency.p50).toBeGreaterThan(50);
  expect(result.latency.max).toBeGreaterThanOrEqual(299);
});

it('sends at the asked rate, every request different, and counts records', async () => {
  const { port, bodies } = await listen(() => 0);
  const options = { port, requests: requestsTo(port), ratePerSecond: 200, durationMs: 1000, connections: 8, seed: 3 };
  const result = await openLoop(options);
  // Poisson: the standard deviation of 200 arrivals is 14.
  expect(Math.abs(result.requests - 200)).toBeLessThan(70);
  expect(result.records).toBe(result.acknowledged * 3);
  expect(bodies.length).toBe(result.requests);
  expect(new Set(bodies).size).toBe(bodies.length);
});

it('does not count what was refused as acknowledged', async () => {
  const { port } = await listen(() => 0, 503);
  const result = await openLoop({
    port,
    requests: requestsTo(port),
    ratePerSecond: 100,
    durationMs: 200,
    connections: 2,
    seed: 3,
  });
  expect(result.acknowledged).toBe(0);
  expect(result.records).toBe(0);
  expect(result.statuses).toEqual({ 503: result.requests });
});

it('stamps every request of the closed loop and waits for the last answers', async () => {
  const { port, bodies } = await listen(() => 2);
  const result = await stampedLoop({
    port,
    requests: requestsTo(port),
    connections: 4,
    durationMs: 300,
    firstStamp: 500,
  });
  expect(result.acknowledged).toBe(bodies.length);
  expect(result.acknowledged).toBeGreaterThan(20);
  expect(new Set(bodies).size).toBe(bodies.length);
});

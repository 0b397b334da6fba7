/** A store behind an HTTP proxy, whose request lines and headers are bounded as such proxies have it. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { smallFrame, storedRows } from '../../faults/small-tables.ts';
import { engineOfFile } from './engine-of-file.ts';
import { startKeeping, temporaryDirectory } from './sink-set-up.ts';

/** nginx: large_client_header_buffers. */
const HEAD_BYTES_MAX = 8 * 1024;
const REQUESTS = 2000;

const engine = engineOfFile('proxied');

it('resolves a lost answer to a batch of many requests', async () => {
  const client = await engine.freshTables();
  const { port } = new URL(engine.url);
  let lost = 0;
  const forward = (asked: IncomingMessage, answered: ServerResponse): void => {
    const { method, url, headers } = asked;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      if (url?.includes('INSERT') === true && lost === 0) {
        lost += 1;
        answered.destroy();
        return;
      }
      answered.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(answered);
    });
    asked.pipe(onward);
  };
  const proxy = createServer({ maxHeaderSize: HEAD_BYTES_MAX }, forward).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(engine.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const keeping = await startKeeping({
    directory: await temporaryDirectory(),
    url: url.href,
    database: client.database,
    flushIntervalMs: 60_000,
  });
  const nowMs = Date.now();
  const frames = Array.from({ length: REQUESTS }, (_, row) => smallFrame('events_raw', row, 1, nowMs));
  await Promise.all(frames.map((frame) => keeping.spool.append([frame])));
  expect(await keeping.sink.drain(20_000)).toBe(true);
  expect(lost).toBe(1);
  const rows = await storedRows(client, 'events_raw');
  expect([rows.size, [...rows.values()].every((times) => times === 1)]).toEqual([REQUESTS, true]);
  await keeping.stop();
  proxy.closeAllConnections();
  proxy.close();
}, 60_000);

/** A ClickHouse that throws everything away: answers pings and DDL, reads INSERTs to their end and claims their rows. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from './serve-parent.ts';

export interface BlackholeCounts {
  readonly inserts: number;
  readonly bytes: number;
}

/** The sink accepts any count that is not below the rows it sent. */
const ROWS_CLAIMED = '1000000000000';

let inserts = 0;
let bytes = 0;
const server = createServer((request, response) => {
  const isInsert = request.url?.includes('INSERT%20INTO') === true || request.url?.includes('INSERT+INTO') === true;
  request.on('data', (chunk: Buffer) => {
    if (isInsert) bytes += chunk.length;
  });
  request.on('end', () => {
    if (isInsert) inserts++;
    response.setHeader('X-ClickHouse-Summary', JSON.stringify({ written_rows: isInsert ? ROWS_CLAIMED : '0' }));
    response.end(request.url === '/ping' ? 'Ok.\n' : '');
  });
});
server.keepAliveTimeout = 30_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveParent(
    { port },
    {
      answer: async () => ({ inserts, bytes }) satisfies BlackholeCounts,
      stop: async () => {
        server.close();
        server.closeAllConnections();
      },
    },
  );
});

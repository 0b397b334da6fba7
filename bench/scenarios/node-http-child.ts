/** What uWebSockets.js is compared with: node:http, reading the body and answering 200, nothing else. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from './serve-parent.ts';

const server = createServer((request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => response.end('{}'));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveParent({ port }, { stop: async () => server.closeAllConnections() });
});

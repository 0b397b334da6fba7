/** A ClickHouse that throws everything away: answers pings and DDL, reads INSERTs to their end and claims their rows. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TABLES, type TableName } from '../../src/model/schema.ts';
import { serveParent } from './serve-parent.ts';

export interface BlackholeCounts {
  readonly inserts: number;
  readonly bytes: number;
}

/** The sink accepts any count that is not below the rows it sent. */
const ROWS_CLAIMED = '1000000000000';
const STATEMENT_BYTES_MAX = 1024 * 1024;

let inserts = 0;
let bytes = 0;
const server = createServer((request, response) => {
  // An INSERT of rows carries its statement in the URL; every other statement is the body.
  const isInsert = /[?&]query=INSERT/.test(request.url ?? '');
  let statement = '';
  request.on('data', (chunk: Buffer) => {
    if (isInsert) bytes += chunk.length;
    else if (statement.length < STATEMENT_BYTES_MAX) statement += chunk.toString('utf8');
  });
  request.on('end', () => {
    if (isInsert) inserts++;
    response.setHeader('X-ClickHouse-Summary', JSON.stringify({ written_rows: isInsert ? ROWS_CLAIMED : '0' }));
    response.end(request.url === '/ping' ? 'Ok.\n' : answerTo(statement));
  });
});

/** The sink compares the tables with its columns before it sends; every other question finds nothing. */
function answerTo(statement: string): string {
  const described = /^DESCRIBE TABLE (\w+)/.exec(statement)?.[1];
  const table = described === undefined ? undefined : TABLES[described as TableName];
  return table?.columns.map(({ name, type }) => `${JSON.stringify({ name, type })}\n`).join('') ?? '';
}

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

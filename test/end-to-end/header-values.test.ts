/** Header values in events_raw: redacted as a whole, then cut. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

const SECRET = 'zQ8fK2mVt4LpX9rBzQ8fK2mVt4LpX9rB12ab';
const ROOM = 256;

describe('a header value that is longer than what is kept of it', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await runServer();
  });
  afterAll(() => server.stop());

  it.each([
    ['user_agent', 'user-agent', 'agent/1 '],
    ['content_type', 'content-type', 'application/json; note='],
    ['content_encoding', 'content-encoding', 'identity, '],
  ])('[D36] [D41] %s', async (column, header, begin) => {
    const value = `${begin.padEnd(ROOM - 20, 'x')} ghp_${SECRET} end`;
    const { requestId } = await server.post('/v1/otel/claude/logs', logsRequest([{}]), { [header]: value });
    await server.stored(requestId);
    const [row] = await server.sql(`SELECT ${column} AS kept FROM events_raw WHERE request_id = {id:UUID}`, {
      id: requestId,
    });
    expect(row!['kept']).toBe(`${begin.padEnd(ROOM - 20, 'x')} [REDACTED:github-token] end`.slice(0, ROOM));
  });
});

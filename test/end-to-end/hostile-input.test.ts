/** Bad input to the running server: each kind gets its documented status and a reason without payload, and the server goes on. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest, protoRoot, toProtobuf, tracesRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

const GOLDEN = resolve(import.meta.dirname, '../golden/captures');
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const MIB = 1024 * 1024;

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({ MODA_MAX_BODY_BYTES: String(2 * MIB), MODA_MAX_DECODED_BYTES: String(4 * MIB) });
});
afterAll(async () => {
  // Whatever was sent: a good request still lands.
  await server.send('/v1/otel/claude/logs', logsRequest([{ attributes: { 'event.name': 'at_mention' } }]));
  await server.stop();
});

const logs = '/v1/otel/claude/logs';

function statusMessage(body: Buffer): { code: number; message: string } {
  const type = protoRoot().lookupType('Status');
  return type.toObject(type.decode(body)) as { code: number; message: string };
}

describe('bodies that do not decode', () => {
  it('[B13] [B17] answers every truncated prefix of a protobuf capture with 400 or, on a record boundary, 200', async () => {
    const body = readFileSync(resolve(GOLDEN, 'claude/logs.api-error-529.2.binpb'));
    const statuses = new Map<number, number>();
    const lengths = Array.from({ length: body.length }, (_, index) => index);
    for (let from = 0; from < lengths.length; from += 64) {
      const replies = await Promise.all(
        lengths.slice(from, from + 64).map((length) => server.post(logs, body.subarray(0, length), PROTOBUF)),
      );
      for (const [index, reply] of replies.entries()) {
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        if (reply.status === 400) expect(statusMessage(reply.body).message).toMatch(/offset \d+/);
        else expect([reply.status, from + index]).toEqual([200, 0]);
      }
    }
    expect(statuses.get(400)).toBe(body.length - 1);
  });

  it('[B17] never answers a flipped byte with 5xx', async () => {
    const body = readFileSync(resolve(GOLDEN, 'claude/logs.api-error-529.2.binpb'));
    for (let from = 0; from < body.length; from += 64) {
      const replies = await Promise.all(
        Array.from({ length: Math.min(64, body.length - from) }, (_, index) => {
          const flipped = Buffer.from(body);
          flipped[from + index]! ^= 0xff;
          return server.post(logs, flipped, PROTOBUF);
        }),
      );
      for (const reply of replies) expect([200, 400, 413]).toContain(reply.status);
    }
  });

  it.each([
    ['empty JSON body', '', {}, 400],
    ['JSON that ends early', '{"resourceLogs":[', {}, 400],
    ['JSON that is no object', '42', {}, 400],
    ['trailing garbage', '{} {}', {}, 400],
    ['text as JSON', 'hello', {}, 400],
    ['wrong type of a list', '{"resourceLogs":5}', {}, 400],
    ['gzip that is none', 'not gzip', { 'content-encoding': 'gzip' }, 400],
    ['text/plain', '{}', { 'content-type': 'text/plain' }, 415],
    ['no content type', '{}', { 'content-type': '' }, 415],
    ['deep nesting', `{"resourceLogs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {}, 400],
    [
      'a deep AnyValue',
      JSON.stringify(logsRequest([])).replace(
        '"attributes":[]',
        `"attributes":[{"key":"k","value":${'{"arrayValue":{"values":['.repeat(500)}{}${']}}'.repeat(500)}}]`,
      ),
      {},
      400,
    ],
  ] as const)('answers %s with its status and a reason', async (_name, body, headers, status) => {
    const reply = await server.post(logs, body, headers);
    expect(reply.status).toBe(status);
    expect((reply.json() as { message: string }).message.length).toBeGreaterThan(10);
    await server.stored(reply.requestId);
  });

  it('an empty protobuf body and an empty object are successes', async () => {
    expect((await server.post(logs, Buffer.alloc(0), PROTOBUF)).status).toBe(200);
    expect((await server.post(logs, '{}')).status).toBe(200);
  });

  it('refuses a gzip bomb at the limit with 413', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    const reply = await server.post(logs, bomb, { 'content-encoding': 'gzip' });
    expect(reply.status).toBe(413);
  });

  it('refuses a body over the limit with 413 before it is sent whole', async () => {
    const reply = await server.post(logs, Buffer.alloc(3 * MIB, 0x20));
    expect(reply.status).toBe(413);
  });

  it('names the right route for another signal', async () => {
    const log = logsRequest([{ body: 'claude_code.x', attributes: { a: 1 } }]);
    const wrong = await server.post('/v1/otel/claude/traces', toProtobuf('logs', log), PROTOBUF);
    expect(wrong.status).toBe(400);
    expect(statusMessage(wrong.body).message).toContain('logs');
    const json = await server.post('/v1/otel/claude/logs', tracesRequest([{ name: 'x' }]));
    expect(json.status).toBe(400);
    expect((json.json() as { message: string }).message).toContain('traces');
  });
});

describe('odd values', () => {
  const rowOf = async (body: unknown): Promise<Record<string, unknown>> => {
    const rows = await server.events(await server.send(logs, body));
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };

  it('keeps times of 1970 and 2100 and clamps what the column cannot hold', async () => {
    expect((await rowOf(logsRequest([{ timeUnixNano: '1000000' }])))['timestamp']).toBe('1970-01-01 00:00:00.001000');
    expect((await rowOf(logsRequest([{ timeUnixNano: '4102444800000000000' }])))['timestamp']).toBe(
      '2100-01-01 00:00:00.000000',
    );
    const clamped = await rowOf(logsRequest([{ timeUnixNano: '18446744073709551615' }]));
    expect(clamped['attributes']).toMatchObject({ 'moda.timestamp_clamped': 'true' });
  });

  it('keeps NaN and Infinity as attributes', async () => {
    const body =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"a","value":{"doubleValue":"NaN"}},{"key":"cost_usd","value":{"doubleValue":"Infinity"}}]}]}]}]}';
    const row = await rowOf(body);
    expect(row['attributes']).toMatchObject({ a: 'NaN', cost_usd: 'Infinity' });
    expect(row['cost_usd']).toBeNull();
  });

  it('replaces or refuses invalid UTF-8, and never stores it', async () => {
    const body = Buffer.concat([
      Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"bad '),
      Buffer.from([0xff, 0xfe, 0xc0]),
      Buffer.from(' end"}}]}]}]}'),
    ]);
    const reply = await server.post(logs, body);
    expect([200, 400]).toContain(reply.status);
    await server.stored(reply.requestId);
    const rows = await server.sql<{ valid: number }>(
      'SELECT isValidUTF8(raw_event) AS valid FROM events_raw WHERE request_id = {id:UUID}',
      { id: reply.requestId },
    );
    expect(rows[0]!.valid).toBe(1);
  });

  it('takes the last of duplicate keys', async () => {
    const row = await rowOf(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","timeUnixNano":"1795348078815000000"}]}]}]}',
    );
    expect(row['timestamp']).toBe('2026-11-22 11:47:58.815000');
  });

  it('takes 10 000 attributes on one record', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]));
    const row = await rowOf(logsRequest([{ attributes }]));
    expect(Object.keys(row['attributes'] as object)).toHaveLength(10_000);
  });

  it('one bad record never fails its neighbours', async () => {
    const body =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"n","value":{"stringValue":"1"}}]},{"attributes":7},{"attributes":[{"key":"n","value":{"stringValue":"3"}}]}]}]}]}';
    const reply = await server.post(logs, body);
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    await server.stored(reply.requestId);
    expect(await server.events(reply.requestId)).toHaveLength(2);
  });
});

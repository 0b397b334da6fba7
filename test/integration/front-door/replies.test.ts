import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { IngestOutcome } from '../../../src/http/ingest.ts';
import { type FrontDoorOptions, KEY, openFrontDoor, type RunningFrontDoor } from './support/front-door.ts';

let door: RunningFrontDoor;
afterEach(() => door.stop());

const open = async (options: FrontDoorOptions = {}): Promise<void> => {
  door = await openFrontDoor(options);
};

const post = (
  path: string,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '{}',
): Promise<Response> =>
  fetch(door.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body,
  });

// The oracle for protobuf answers: the messages as their .proto files define them.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message PartialSuccess { int64 rejected = 1; string error_message = 2; }
  message ExportResponse { PartialSuccess partial_success = 1; }
`);

async function statusOf(response: Response): Promise<{ code?: number; message?: string }> {
  const type = root.lookupType('Status');
  return type.toObject(type.decode(new Uint8Array(await response.arrayBuffer())));
}

describe('answers of the OTLP routes', () => {
  const partial: IngestOutcome = {
    ok: true,
    recordCount: 3,
    rejectedCount: 2,
    rejectedReason: 'body: expected a string',
    isAgentHook: false,
  };

  it('answers a stored protobuf body with an empty protobuf body and JSON with {}', async () => {
    await open();
    const binary = await post(
      '/v1/otel/claude/logs',
      { 'content-type': 'application/x-protobuf' },
      new Uint8Array([0]),
    );
    expect(binary.headers.get('content-type')).toBe('application/x-protobuf');
    expect((await binary.arrayBuffer()).byteLength).toBe(0);
    const json = await post('/v1/otel/claude/logs', { 'content-type': 'application/json; charset=utf-8' });
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(await json.text()).toBe('{}');
  });

  it.each([
    ['logs', 'rejectedLogRecords'],
    ['traces', 'rejectedSpans'],
    ['metrics', 'rejectedDataPoints'],
  ])('reports refused records of %s as partial success in both encodings', async (signal, field) => {
    await open({ outcome: () => partial });
    const json = await post(`/v1/otel/claude/${signal}`);
    expect(await json.json()).toEqual({ partialSuccess: { [field]: '2', errorMessage: 'body: expected a string' } });
    const binary = await post(`/v1/otel/claude/${signal}`, { 'content-type': 'application/x-protobuf' });
    const type = root.lookupType('ExportResponse');
    const message = type.toObject(type.decode(new Uint8Array(await binary.arrayBuffer())), { longs: Number });
    expect(message).toEqual({ partialSuccess: { rejected: 2, errorMessage: 'body: expected a string' } });
  });

  it.each([
    [{ ok: false, code: 'MALFORMED_PROTOBUF', detail: 'offset 7' }, 400, 3, undefined],
    [{ ok: false, code: 'DECODED_TOO_LARGE', detail: '' }, 413, 3, undefined],
    [{ ok: false, code: 'QUEUE_TIMEOUT', detail: '' }, 503, 14, '1'],
    [{ ok: false, code: 'SPOOL_FULL', detail: '' }, 503, 14, '5'],
  ] as const)(
    'answers the refusal %o as google.rpc.Status in the encoding of the request',
    async (outcome, status, code, retryAfter) => {
      await open({ outcome: () => outcome });
      const binary = await post('/v1/otel/claude/logs', { 'content-type': 'application/x-protobuf' });
      expect(binary.status).toBe(status);
      expect(binary.headers.get('retry-after') ?? undefined).toBe(retryAfter);
      const decoded = await statusOf(binary);
      expect(decoded.code).toBe(code);
      const json = await post('/v1/otel/claude/logs');
      expect(json.status).toBe(status);
      expect(await json.json()).toEqual({ code, message: decoded.message });
    },
  );

  it('answers 401, 404, 405 and 415 as Status too, in JSON when the type is unknown', async () => {
    await open();
    const protobufType = { 'content-type': 'application/x-protobuf' };
    expect((await statusOf(await post('/v1/otel/claude/logs', { ...protobufType, authorization: 'x' }))).code).toBe(16);
    expect((await statusOf(await post('/v1/otel/claude/nothing', protobufType))).code).toBe(5);
    const method = await fetch(`${door.url}/v1/otel/claude/logs`, { method: 'PUT', headers: protobufType, body: 'x' });
    expect((await statusOf(method)).code).toBe(12);
    const unknown = await post('/v1/otel/claude/logs', { 'content-type': 'text/plain' });
    expect(unknown.status).toBe(415);
    expect(await unknown.json()).toMatchObject({ code: 3 });
  });
});

describe('answers of the hook routes', () => {
  const hook = (isAgentHook: boolean): IngestOutcome => ({
    ok: true,
    recordCount: 2,
    rejectedCount: 0,
    rejectedReason: '',
    isAgentHook,
  });

  it('says nothing to an agent that waits for its own hook', async () => {
    await open({ outcome: () => hook(true) });
    expect(await (await post('/v1/otel/claude/hooks')).text()).toBe('{}');
  });

  it('counts for everybody else', async () => {
    await open({ outcome: () => hook(false) });
    const response = await post('/v1/otel/claude/hooks');
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toEqual({ success: true, count: 2, requestId });
  });

  it('says how many events it did not take, and why', async () => {
    const rejectedReason = 'event 2: expected an object at offset 15';
    await open({ outcome: () => ({ ...hook(false), recordCount: 3, rejectedCount: 2, rejectedReason }) });
    expect(await (await post('/v1/otel/claude/hooks')).json()).toMatchObject({
      success: true,
      count: 1,
      rejected: 2,
      message: rejectedReason,
    });
  });

  it.each([
    ['MALFORMED_HOOK', 400, false],
    ['SERVER_FULL', 503, true],
  ] as const)('answers %s with its status and whether to retry', async (code, status, retryable) => {
    await open({ outcome: () => ({ ok: false, code, detail: 'expected an object' }) });
    const response = await post('/v1/otel/claude/hooks');
    expect(response.status).toBe(status);
    const requestId = response.headers.get('x-request-id');
    expect(await response.json()).toMatchObject({ success: false, requestId, retryable });
  });

  it('[A4] refuses protobuf with 415', async () => {
    await open();
    expect((await post('/v1/otel/claude/hooks', { 'content-type': 'application/x-protobuf' })).status).toBe(415);
  });
});

describe('content that is refused after authentication', () => {
  it.each([
    ['no type', '/v1/otel/claude/logs', { 'content-type': '' }, 'UNSUPPORTED_CONTENT_TYPE', 415],
    ['a foreign type', '/v1/otel/claude/logs', { 'content-type': 'text/html' }, 'UNSUPPORTED_CONTENT_TYPE', 415],
    [
      'protobuf on hooks',
      '/v1/otel/claude/hooks',
      { 'content-type': 'application/x-protobuf' },
      'UNSUPPORTED_CONTENT_TYPE',
      415,
    ],
    ['a foreign coding', '/v1/otel/claude/logs', { 'content-encoding': 'br' }, 'UNSUPPORTED_CONTENT_ENCODING', 415],
    [
      'a list of codings',
      '/v1/otel/claude/logs',
      { 'content-encoding': 'gzip, gzip' },
      'UNSUPPORTED_CONTENT_ENCODING',
      415,
    ],
  ] as const)(
    '[B13] hands %s on without its body, so that it leaves a row',
    async (_name, path, headers, code, status) => {
      await open();
      expect((await post(path, headers, 'secret')).status).toBe(status);
      expect(door.received).toHaveLength(1);
      expect(door.received[0]).toMatchObject({ refusal: { code } });
      expect(door.received[0]?.body).toHaveLength(0);
      expect(door.budget.bytes).toBe(0);
    },
  );

  it('[B13] hands on a body over the limit, announced or chunked, without its bytes', async () => {
    await open({ bodyBytesMax: 10_000 });
    const body = new Uint8Array(50_000);
    expect((await post('/v1/otel/claude/logs', {}, body)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body);
        controller.close();
      },
    });
    const chunked = await fetch(`${door.url}/v1/otel/claude/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(door.received.map((request) => [request.refusal?.code, request.body.length])).toEqual([
      ['BODY_TOO_LARGE', 0],
      ['BODY_TOO_LARGE', 0],
    ]);
    expect(door.budget.bytes).toBe(0);
  });
});

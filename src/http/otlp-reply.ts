/**
 * OTLP/HTTP answers (OTLP specification 1.11, "OTLP/HTTP Response"), in the request's encoding.
 * Export*ServiceResponse: 1 partial_success { 1 rejected int64, 2 error_message }.
 * google.rpc.Status: 1 code int32, 2 message string.
 */

import protobuf from 'protobufjs/minimal.js';
import type { BodyType } from '../admission/content.ts';
import { ERRORS, type ErrorCode, errorMessage } from '../errors.ts';
import type { IngestOutcome, OtlpSignal } from './ingest.ts';
import { JSON_TYPE, type Reply, retryAfterOf } from './reply.ts';

const PROTOBUF_TYPE = 'application/x-protobuf';
const NO_BYTES = new Uint8Array(0);

const PLAIN_SUCCESS: Readonly<Record<BodyType, Reply>> = {
  json: { status: 200, contentType: JSON_TYPE, body: '{}' },
  protobuf: { status: 200, contentType: PROTOBUF_TYPE, body: NO_BYTES },
};

const REJECTED_FIELD: Readonly<Record<OtlpSignal, string>> = {
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
};

/** 200; `partial_success` stands only when records were rejected or there is something to say. */
export function otlpSuccess(signal: OtlpSignal, type: BodyType, outcome: IngestOutcome & { ok: true }): Reply {
  const { rejectedCount, rejectedReason } = outcome;
  if (rejectedCount === 0 && rejectedReason === '') return PLAIN_SUCCESS[type];
  if (type === 'json') {
    // proto3 JSON writes int64 as a string.
    const partialSuccess = { [REJECTED_FIELD[signal]]: String(rejectedCount), errorMessage: rejectedReason };
    return { status: 200, contentType: JSON_TYPE, body: JSON.stringify({ partialSuccess }) };
  }
  const writer = protobuf.Writer.create().uint32(0x0a).fork();
  if (rejectedCount > 0) writer.uint32(0x08).int64(rejectedCount);
  if (rejectedReason !== '') writer.uint32(0x12).string(rejectedReason);
  return { status: 200, contentType: PROTOBUF_TYPE, body: writer.ldelim().finish() };
}

/** Any 4xx or 5xx as google.rpc.Status. Without a known request type the answer is JSON. */
export function otlpFailure(
  type: BodyType | undefined,
  code: ErrorCode,
  detail = '',
  retryAfterSeconds?: number,
): Reply {
  const { status, rpcCode } = ERRORS[code];
  const message = errorMessage(code, detail);
  const retryAfter = retryAfterSeconds ?? retryAfterOf(code);
  const base = retryAfter === undefined ? { status } : { status, retryAfterSeconds: retryAfter };
  if (type === 'protobuf') {
    const body = protobuf.Writer.create().uint32(0x08).int32(rpcCode).uint32(0x12).string(message).finish();
    return { ...base, contentType: PROTOBUF_TYPE, body };
  }
  return { ...base, contentType: JSON_TYPE, body: JSON.stringify({ code: rpcCode, message }) };
}

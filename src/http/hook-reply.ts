/**
 * Answers of the hook routes and of the API. An agent waits for the answer of its own hook and parses it as
 * instructions: `{}` says nothing to it, so its behaviour stays as it was.
 */

import { ERRORS, type ErrorCode, errorMessage } from '../errors.ts';
import type { IngestOutcome } from './ingest.ts';
import { JSON_TYPE, type Reply, retryAfterOf } from './reply.ts';

const NOTHING_TO_SAY: Reply = { status: 200, contentType: JSON_TYPE, body: '{}' };

/** 200 for a stored hook body: how many of its events became rows, and why the others did not. */
export function hookSuccess(outcome: IngestOutcome & { ok: true }, requestId: string): Reply {
  if (outcome.isAgentHook) return NOTHING_TO_SAY;
  const { recordCount, rejectedCount, rejectedReason } = outcome;
  const refused = rejectedCount === 0 ? {} : { rejected: rejectedCount, message: rejectedReason };
  const body = JSON.stringify({ success: true, count: recordCount - rejectedCount, ...refused, requestId });
  return { status: 200, contentType: JSON_TYPE, body };
}

/** Any 4xx or 5xx of a route that speaks plain JSON. */
export function jsonFailure(requestId: string, code: ErrorCode, detail = '', retryAfterSeconds?: number): Reply {
  const { status, retryable } = ERRORS[code];
  const body = JSON.stringify({ success: false, message: errorMessage(code, detail), requestId, retryable });
  const retryAfter = retryAfterSeconds ?? retryAfterOf(code);
  return {
    status,
    contentType: JSON_TYPE,
    body,
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
  };
}

/**
 * What the main thread and a worker say to each other. Bodies travel as one transferred buffer, results as unions:
 * a thrown error would lose its code on the way.
 */

import type { ErrorCode } from '../errors.ts';
import type { Frame } from '../model/frame.ts';
import type { Provider, Signal } from '../model/identity.ts';

export type BodyEncoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

export interface TaskRequest {
  /** 16 bytes as 32 hex digits plus dashes (RFC 9562 text). */
  readonly requestId: string;
  readonly tenantId: string;
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: 'json' | 'protobuf';
  readonly encoding: BodyEncoding;
  /** Header values as sent; stored scrubbed, then cut to HEADER_VALUE_BYTES_MAX. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly userAgent: string;
  /** Time of receipt, milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** Where the body lies in `Task.bodies`. */
  readonly bodyOffset: number;
  readonly bodyBytes: number;
  /** Set when the main thread already refused the content: the worker only writes the raw row. */
  readonly refusal?: { readonly code: ErrorCode; readonly detail: string };
}

export interface Task {
  /** All bodies, one after the other; ownership passes to the worker. */
  readonly bodies: ArrayBuffer;
  readonly requests: readonly TaskRequest[];
}

export type RequestResult =
  | {
      readonly ok: true;
      /** Log records, spans, data points or hook events in the body. */
      readonly recordCount: number;
      /** Rows written to coding_agent_events. */
      readonly normalizedCount: number;
      /** Records that were refused while their neighbours were taken, and why the first one was. */
      readonly rejectedCount: number;
      readonly rejectedReason: string;
      /** Hook bodies: the payload names itself by `hook_event_name`, so an agent may be parsing the answer. */
      readonly isAgentHook: boolean;
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

export interface TaskResult {
  /** In the order of `Task.requests`. */
  readonly results: readonly RequestResult[];
  readonly frames: readonly Frame[];
  /** How often each redaction rule fired. */
  readonly redactions: Readonly<Record<string, number>>;
  /** Most bytes that a ring held in this task, for the fill gauge. */
  readonly ringBytesPeak: number;
}

/** What a worker sends back: the pipeline, which has no clock, knows nothing of time. */
export interface TaskAnswer extends TaskResult {
  /** Time that the task took in the worker, milliseconds. */
  readonly busyMs: number;
}

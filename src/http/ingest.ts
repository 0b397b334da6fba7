/**
 * What the listener hands on and what it gets back: one telemetry request, complete and admitted, and its outcome.
 * The listener knows neither pool nor spool; the composition root connects them.
 */

import type { BodyEncoding, BodyType } from '../admission/content.ts';
import type { ErrorCode } from '../errors.ts';
import type { Provider, Signal } from '../model/identity.ts';

export type OtlpSignal = Exclude<Signal, 'hooks'>;

export interface IngestRequest {
  readonly requestId: string;
  readonly tenantId: string;
  readonly provider: Provider;
  readonly signal: Signal;
  readonly bodyType: BodyType;
  readonly encoding: BodyEncoding;
  /** Header values as sent. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly userAgent: string;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** On the wire; owned by the receiver from now on. Empty when `refusal` is set. */
  readonly body: Uint8Array;
  /** The content was refused before it was read: only the raw row is written. */
  readonly refusal?: { readonly code: ErrorCode; readonly detail: string };
}

export type IngestOutcome =
  | {
      readonly ok: true;
      readonly recordCount: number;
      readonly rejectedCount: number;
      readonly rejectedReason: string;
      readonly isAgentHook: boolean;
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

/** Takes a request and calls `done` exactly once, later, when its rows are kept or it is refused. Never throws. */
export type Ingest = (request: IngestRequest, done: (outcome: IngestOutcome) => void) => void;

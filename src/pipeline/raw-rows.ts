/** One row of events_raw per request, stored or refused for its content; header values are scrubbed like any text. */

import { cutAtCharacter } from '../codec/utf8.ts';
import { HEADER_VALUE_BYTES_MAX } from '../limits.ts';
import { sourceOf } from '../model/identity.ts';
import { columnIndex, EVENTS_RAW } from '../model/schema.ts';
import { Tape } from '../model/tape.ts';
import type { RequestResult, TaskRequest } from '../pool/task.ts';
import type { Scrubber } from '../privacy/scrub.ts';
import type { RequestRows } from './request-rows.ts';

const column = (name: string): number => columnIndex(EVENTS_RAW, name);
const TIMESTAMP = column('timestamp');
const REQUEST_ID = column('request_id');
const HTTP_STATUS = column('http_status');
const BODY_BYTES = column('body_bytes');
const RECORD_COUNT = column('record_count');
const NORMALIZED_COUNT = column('normalized_count');
const RAW_EVENT = column('raw_event');
const TEXTS = {
  tenant: column('tenant_id'),
  source: column('source'),
  provider: column('provider'),
  signal: column('signal'),
  contentType: column('content_type'),
  contentEncoding: column('content_encoding'),
  userAgent: column('user_agent'),
  error: column('error'),
  version: column('ingest_version'),
};
const ROW_OVERHEAD_BYTES = 4096;
const TEXTS_MAX = 256;
const TEXT_LENGTH_MAX = 256;
const UINT32_MAX = 0xffffffff;

/** A finished text: the first `length` bytes, owned by the raw writer until its next request. */
export interface RawText {
  readonly bytes: Uint8Array;
  readonly length: number;
}

export interface RawOutcome {
  readonly status: number;
  /** Why the content, or a part of it, was refused; never payload. */
  readonly error: string;
  readonly result: RequestResult;
  /** Finished text of the scrubbed body; undefined when the body was refused. */
  readonly rawText: RawText | undefined;
}

export class RawRows {
  private readonly rows: RequestRows;
  private readonly scrubber: Scrubber;
  private readonly ingestVersion: string;
  private readonly tape = new Tape();
  /** Bytes of our own words and of tenants, and of header values that scrubbing left alone: a fleet has few of each. */
  private readonly own = new Map<string, Buffer>();
  private readonly clean = new Map<string, Buffer>();

  constructor(rows: RequestRows, scrubber: Scrubber, ingestVersion: string) {
    this.rows = rows;
    this.scrubber = scrubber;
    this.ingestVersion = ingestVersion;
  }

  /** Writes and commits the request's row. */
  write(request: TaskRequest, requestId: Uint8Array, outcome: RawOutcome): void {
    const { ring } = this.rows;
    const { result, rawText } = outcome;
    const rawBytes = rawText?.length ?? 0;
    this.tape.reset();
    this.rows.begin(requestId, request.tenantId, request.receivedAtMs);
    this.rows.beginRow(rawBytes + ROW_OVERHEAD_BYTES);
    ring.putNumber(TIMESTAMP, request.receivedAtMs);
    ring.putBytes16(REQUEST_ID, requestId, 0);
    ring.putNumber(HTTP_STATUS, outcome.status);
    ring.putNumber(BODY_BYTES, Math.min(request.bodyBytes, UINT32_MAX));
    ring.putNumber(RECORD_COUNT, result.ok ? result.recordCount : 0);
    ring.putNumber(NORMALIZED_COUNT, result.ok ? result.normalizedCount : 0);
    if (rawText) ring.putText(RAW_EVENT, rawText.bytes, 0, rawBytes);
    this.putText(TEXTS.tenant, request.tenantId, false);
    this.putText(TEXTS.source, sourceOf(request.signal), false);
    this.putText(TEXTS.provider, request.provider, false);
    this.putText(TEXTS.signal, request.signal, false);
    this.putText(TEXTS.contentType, request.contentType, true);
    this.putText(TEXTS.contentEncoding, request.contentEncoding, true);
    this.putText(TEXTS.userAgent, request.userAgent, true);
    this.putText(TEXTS.error, outcome.error, true);
    this.putText(TEXTS.version, this.ingestVersion, false);
    ring.endRow();
    this.rows.commit();
  }

  private putText(index: number, text: string, isForeign: boolean): void {
    if (text === '') return;
    const { tape, scrubber } = this;
    const { ring } = this.rows;
    // Foreign texts have a map of their own: what is in it was scrubbed.
    const memory = isForeign ? this.clean : this.own;
    const known = memory.get(text);
    if (known !== undefined) {
      ring.putText(index, known, 0, known.length);
      return;
    }
    const encoded = Buffer.from(text, 'utf8');
    const start = tape.append(encoded);
    // Cut behind redaction: half a secret has no form any more.
    const max = isForeign && index !== TEXTS.error ? HEADER_VALUE_BYTES_MAX : Number.POSITIVE_INFINITY;
    if (isForeign && scrubber.scrubText(tape, start, encoded.length)) {
      const { start: from, length } = scrubber;
      ring.putText(index, tape.bytes, from, cutAtCharacter(tape.bytes, from, length, max));
      return;
    }
    const kept = encoded.subarray(0, cutAtCharacter(encoded, 0, encoded.length, max));
    ring.putText(index, kept, 0, kept.length);
    if (text.length > TEXT_LENGTH_MAX) return;
    if (memory.size === TEXTS_MAX) memory.clear();
    memory.set(text, kept);
  }
}

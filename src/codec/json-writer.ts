/**
 * JSON text of tape values: `writePlainJson` for attributes and rewritten JSON strings, and `RawWriter`, which turns the
 * scrubbed records of a request into the one OTLP/JSON document (or hook payload) that `raw_event` keeps.
 *
 * The document is always valid JSON. When it would pass its limit, strings are cut at a character, what follows is left
 * out, and the top level says so. The markers are unknown fields to an OTLP reader.
 */

import type { Signal } from '../model/identity.ts';
import type { RecordView } from '../model/record.ts';
import type { Tape } from '../model/tape.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT } from './json-bytes.ts';
import { type Constant, constant, JsonSink } from './json-sink.ts';
import { writeMessage, writePlain, writeString } from './json-values.ts';
import { writeLogRecord, writeResource, writeScope, writeSpan } from './raw-records.ts';

/**
 * What may follow once the limit is reached: brackets of 64 levels of AnyValue at 5 bytes, the fixed fields of one record
 * (about 700 bytes), the brackets of the frame, the markers with a reason of 256 bytes.
 */
const RESERVE_BYTES = 2048;
const REASON_BYTES_MAX = 256;
/** A text of one attribute; the pipeline truncates it further. */
const PLAIN_BYTES_MAX = 64 * 1024 * 1024;

interface FrameTexts {
  readonly root: Constant;
  readonly scopes: Constant;
  readonly records: Constant;
}

const frame = (resources: string, scopes: string, records: string): FrameTexts => ({
  root: constant(`{"${resources}":[`),
  scopes: constant(`"${scopes}":[`),
  records: constant(`"${records}":[`),
});

const FRAMES: Readonly<Record<Exclude<Signal, 'hooks'>, FrameTexts>> = {
  logs: frame('resourceLogs', 'scopeLogs', 'logRecords'),
  traces: frame('resourceSpans', 'scopeSpans', 'spans'),
  metrics: frame('resourceMetrics', 'scopeMetrics', 'metrics'),
};

const RESOURCE = constant('{"resource":{');
const SCOPE = constant('{"scope":{');
const SCHEMA_URL = constant('"schemaUrl":');
const TRUNCATED = constant('"moda.truncated":true,');
const REJECTED = constant('"moda.rejected":');
const REJECTED_REASON = constant('"moda.rejectedReason":');

/** Open containers of the document, outermost first. */
const Level = { NOTHING: 0, ROOT: 1, RESOURCE: 2, SCOPE: 3 } as const;

const plainSink = new JsonSink();

/**
 * Appends the plain JSON text of a node to the tape's workspace; returns its start, its end is `tape.used`. Strings of a
 * text over 64 MiB are cut; the text stays valid JSON.
 */
export function writePlainJson(tape: Tape, node: number): number {
  plainSink.reset(PLAIN_BYTES_MAX);
  writePlain(plainSink, tape, node);
  return tape.append(plainSink.bytes.subarray(0, plainSink.pos));
}

/**
 * The raw text of one request, record by record. Call in the visitor's order: `resource`, `scope`, `record`, …; ends are
 * found from the next beginning. The scrubbed view is written as it stands when the call is made.
 */
export class RawWriter {
  private readonly sink = new JsonSink();
  private signal: Signal = 'hooks';
  private level: number = Level.NOTHING;
  private records = 0;
  private rejectedCount = 0;
  private rejectedReason = '';

  /** Starts a new document of at most `maxBytes` bytes (2 KiB are always allowed). */
  reset(maxBytes: number): void {
    this.sink.reset(Math.max(0, maxBytes - RESERVE_BYTES));
    this.signal = 'hooks';
    this.level = Level.NOTHING;
    this.records = 0;
    this.rejectedCount = 0;
    this.rejectedReason = '';
  }

  /** The text so far; valid up to the length that `finish` returned, until the next call. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.sink.bytes;
  }

  resource(view: RecordView): void {
    const sink = this.sink;
    if (view.signal === 'hooks') return;
    if (this.level === Level.NOTHING) this.openRoot(view.signal);
    this.closeTo(Level.ROOT);
    if (sink.isFull()) return;
    sink.ensure(0);
    sink.raw(RESOURCE);
    writeResource(sink, view);
    sink.close(CLOSE_OBJECT);
    sink.byte(COMMA);
    this.schemaUrl(view, view.resourceSchemaUrl);
    sink.raw(FRAMES[view.signal].scopes);
    this.level = Level.RESOURCE;
  }

  scope(view: RecordView): void {
    const sink = this.sink;
    if (view.signal === 'hooks' || this.level < Level.RESOURCE) return;
    this.closeTo(Level.RESOURCE);
    if (sink.isFull()) return;
    sink.ensure(0);
    sink.raw(SCOPE);
    writeScope(sink, view);
    sink.close(CLOSE_OBJECT);
    sink.byte(COMMA);
    this.schemaUrl(view, view.scopeSchemaUrl);
    sink.raw(FRAMES[view.signal].records);
    this.level = Level.SCOPE;
  }

  record(view: RecordView): void {
    const sink = this.sink;
    if (view.signal === 'hooks') {
      this.hook(view);
      return;
    }
    if (this.level < Level.SCOPE || sink.isFull()) return;
    sink.ensure(0);
    if (view.signal === 'metrics') writeMessage(sink, view.tape, view.attributes);
    else {
      sink.byte(OPEN_OBJECT);
      if (view.signal === 'logs') writeLogRecord(sink, view);
      else writeSpan(sink, view);
      sink.close(CLOSE_OBJECT);
    }
    sink.byte(COMMA);
  }

  /** Notes a record that did not decode; the first reason is kept. */
  rejected(reason: string): void {
    this.rejectedCount++;
    if (this.rejectedCount === 1) this.rejectedReason = reason.slice(0, REASON_BYTES_MAX);
  }

  /** Closes the document of the body that the view went over and returns its length in `bytes`. */
  finish(view: RecordView): number {
    const sink = this.sink;
    sink.ensure(RESERVE_BYTES);
    if (view.signal === 'hooks' && this.level === Level.NOTHING && view.isHookList) this.openHooks(view);
    if (this.signal === 'hooks' && this.level === Level.ROOT) this.finishHooks(view);
    else {
      if (this.level === Level.NOTHING) sink.byte(OPEN_OBJECT);
      else {
        this.closeTo(Level.ROOT);
        sink.close(CLOSE_ARRAY);
        sink.byte(COMMA);
      }
      this.markers();
      sink.close(CLOSE_OBJECT);
    }
    return sink.pos;
  }

  private openRoot(signal: Exclude<Signal, 'hooks'>): void {
    this.signal = signal;
    this.level = Level.ROOT;
    this.sink.raw(FRAMES[signal].root);
  }

  /** Closes scope and resource as far as they are open inside `level`. */
  private closeTo(level: number): void {
    for (; this.level > level; this.level--) {
      this.sink.ensure(0);
      this.sink.close(CLOSE_ARRAY);
      this.sink.byte(CLOSE_OBJECT);
      this.sink.byte(COMMA);
    }
  }

  private schemaUrl(view: RecordView, node: number): void {
    const sink = this.sink;
    sink.ensure(0);
    if (node < 0 || sink.isFull()) return;
    sink.raw(SCHEMA_URL);
    writeString(sink, view.tape, node);
    sink.byte(COMMA);
    sink.ensure(0);
  }

  private hook(view: RecordView): void {
    const sink = this.sink;
    if (this.level === Level.NOTHING) this.openHooks(view);
    this.records++;
    if (this.records > 1 && sink.isFull()) return;
    writePlain(sink, view.tape, view.attributes);
    sink.byte(COMMA);
  }

  private openHooks(view: RecordView): void {
    this.level = Level.ROOT;
    if (view.isHookList) this.sink.byte(OPEN_ARRAY);
  }

  private finishHooks({ isHookList }: RecordView): void {
    const sink = this.sink;
    const hasMarkers = sink.isCut || this.rejectedCount > 0;
    // Of a single object the comma behind it and the bracket go, so that the markers become members.
    if (!isHookList) sink.pos -= hasMarkers ? 2 : 1;
    if (hasMarkers) {
      if (isHookList) sink.byte(OPEN_OBJECT);
      else if (sink.bytes[sink.pos - 1] !== OPEN_OBJECT) sink.byte(COMMA);
      this.markers();
      sink.close(CLOSE_OBJECT);
    }
    if (isHookList) sink.close(CLOSE_ARRAY);
  }

  private markers(): void {
    const sink = this.sink;
    if (sink.isCut) sink.raw(TRUNCATED);
    if (this.rejectedCount === 0) return;
    sink.raw(REJECTED);
    sink.double(this.rejectedCount);
    sink.byte(COMMA);
    sink.raw(REJECTED_REASON);
    // The marker is part of the reserve, so the limit that cut the records must not cut it.
    const limit = sink.limit;
    sink.limit = sink.pos + REASON_BYTES_MAX * 6;
    const reason = Buffer.from(this.rejectedReason, 'utf8');
    sink.string(reason, 0, reason.length);
    sink.limit = limit;
    sink.byte(COMMA);
  }
}

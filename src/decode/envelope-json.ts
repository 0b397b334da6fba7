/**
 * The frame that the three OTLP signals share in JSON: { resource*: [ { resource, scope*: [ { scope, <records>: […],
 * schemaUrl } ], schemaUrl } ] }.
 *
 * Resource and scope are visited before their records. Exporters write them first, so one pass is enough; only where a
 * schemaUrl with a text (exporters write it last) occurs in the body, or a frame begins with its children, is that frame
 * scanned ahead. A second `resource` or `scope` behind the records of the same frame is ignored; repeated lists are all visited.
 */

import { beginOwner, beginRecord } from '../codec/attribute-memory.ts';
import { beginPrefix } from '../codec/attribute-prefix.ts';
import { COLON, QUOTE, SPACE } from '../codec/json-bytes.ts';
import type { JsonReader } from '../codec/json-reader.ts';
import { skipValue } from '../codec/json-skip.ts';
import { pushField } from '../codec/tape-text.ts';
import type { Signal } from '../model/identity.ts';
import type { RecordView, RecordVisitor } from '../model/record.ts';
import { readAttributes } from './any-value-json.ts';
import { readUint32 } from './json-fields.ts';
import { FIELD } from './otlp-names.ts';
import { checkRecordCount } from './record-count.ts';
import { wrongSignal } from './wrong-signal.ts';

type OtlpSignal = Exclude<Signal, 'hooks'>;

/** Reads the record object at the cursor into the view; returns what it counts as (data points of a metric, else 1). */
export type ReadRecord = (reader: JsonReader, view: RecordView) => number;

interface FrameNames {
  readonly resources: number;
  readonly scopes: number;
  readonly records: number;
}

const FRAME_NAMES: Readonly<Record<OtlpSignal, FrameNames>> = {
  logs: { resources: FIELD.resourceLogs, scopes: FIELD.scopeLogs, records: FIELD.logRecords },
  traces: { resources: FIELD.resourceSpans, scopes: FIELD.scopeSpans, records: FIELD.spans },
  metrics: { resources: FIELD.resourceMetrics, scopes: FIELD.scopeMetrics, records: FIELD.metrics },
};

const SCHEMA_URL_KEY = Buffer.from('"schemaUrl"', 'latin1');
/** Its end begins with a letter that is rare in telemetry, so the search is one memchr; a search for `"` is not. */
const SCHEMA_URL_TAIL = SCHEMA_URL_KEY.subarray(SCHEMA_URL_KEY.indexOf('U'));

/** True when a schemaUrl that is not empty stands anywhere in the body; Codex writes an empty one in every frame. */
function containsSchemaUrl(body: Buffer): boolean {
  const head = SCHEMA_URL_KEY.length - SCHEMA_URL_TAIL.length;
  for (let at = body.indexOf(SCHEMA_URL_TAIL); at >= 0; at = body.indexOf(SCHEMA_URL_TAIL, at + 1)) {
    const keyEnd = at + SCHEMA_URL_TAIL.length;
    if (at < head || SCHEMA_URL_KEY.compare(body, at - head, keyEnd) !== 0) continue;
    const colon = behindSpace(body, keyEnd);
    const value = behindSpace(body, colon + 1);
    if (body[colon] !== COLON || body[value] !== QUOTE || body[value + 1] !== QUOTE) return true;
  }
  return false;
}

function behindSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && body[at]! <= SPACE) at++;
  return at;
}

/** The signal that a top-level key belongs to, if any. */
export function signalOfKey(keyId: number): Signal | undefined {
  if (keyId === FIELD.resourceLogs) return 'logs';
  if (keyId === FIELD.resourceSpans) return 'traces';
  if (keyId === FIELD.resourceMetrics) return 'metrics';
  return keyId === FIELD.hookEventName ? 'hooks' : undefined;
}

/** One walk over one body. */
export class JsonEnvelope {
  private readonly reader: JsonReader;
  private readonly view: RecordView;
  private readonly names: FrameNames;
  private readonly visitor: RecordVisitor;
  private readonly readRecord: ReadRecord;
  private readonly hasSchemaUrl: boolean;
  private recordsSeen = 0;
  /** Records of the body by weight; a rejected one counts as one. */
  recordCount = 0;

  constructor(
    reader: JsonReader,
    view: RecordView,
    signal: OtlpSignal,
    visitor: RecordVisitor,
    readRecord: ReadRecord,
  ) {
    this.reader = reader;
    this.view = view;
    this.names = FRAME_NAMES[signal];
    this.visitor = visitor;
    this.readRecord = readRecord;
    const { bytes, pos, end } = reader;
    this.hasSchemaUrl = containsSchemaUrl(Buffer.from(bytes.buffer, bytes.byteOffset + pos, end - pos));
  }

  /** Reads the whole body that the reader points at. */
  decode(): void {
    const reader = this.reader;
    reader.skipSpace();
    for (let more = reader.firstKey(); more; more = reader.nextKey()) {
      if (reader.keyId === this.names.resources) this.readResources();
      else {
        const other = signalOfKey(reader.keyId);
        if (other !== undefined) throw wrongSignal(this.view.provider, other);
        skipValue(reader, 1);
      }
    }
    reader.finish();
  }

  private readResources(): void {
    const reader = this.reader;
    if (reader.takeNull()) return;
    for (let more = reader.firstElement(); more; more = reader.nextElement()) {
      const nodes = this.view.tape.count;
      this.view.clearResource();
      beginOwner();
      beginPrefix();
      this.readFrame(FIELD.resource, this.names.scopes);
      this.visitor.resourceEnd(this.view);
      this.view.tape.count = nodes;
    }
  }

  private readScopes(): void {
    const reader = this.reader;
    for (let more = reader.firstElement(); more; more = reader.nextElement()) {
      const nodes = this.view.tape.count;
      this.view.clearScope();
      beginOwner();
      beginPrefix();
      this.readFrame(FIELD.scope, this.names.records);
      this.visitor.scopeEnd(this.view);
      this.view.tape.count = nodes;
    }
  }

  /** Reads one element of resource* or scope*, `owner` being the key of the resource or scope itself. */
  private readFrame(owner: number, children: number): void {
    const reader = this.reader;
    const start = reader.pos;
    let isOwnerRead = false;
    let isVisited = false;
    if (this.hasSchemaUrl) isOwnerRead = this.scanFrame(start, owner);
    for (let more = reader.firstKey(); more; more = reader.nextKey()) {
      if (reader.takeNull()) continue;
      if (reader.keyId === children) {
        if (!isOwnerRead) isOwnerRead = this.scanFrame(start, owner);
        if (!isVisited) this.visitOwner(owner);
        isVisited = true;
        if (owner === FIELD.resource) this.readScopes();
        else this.readRecords();
      } else if (reader.keyId === owner && !isOwnerRead) {
        this.readOwner(owner);
        isOwnerRead = true;
      } else skipValue(reader, 2);
    }
    if (!isVisited) this.visitOwner(owner);
  }

  private visitOwner(owner: number): void {
    if (owner === FIELD.resource) this.visitor.resource(this.view);
    else this.visitor.scope(this.view);
    this.reader.move();
  }

  /** Reads owner and schemaUrl of the frame that begins at `start`, wherever they stand; the position is kept. */
  private scanFrame(start: number, owner: number): true {
    const { reader, view } = this;
    const { pos, keyId } = reader;
    reader.pos = start;
    for (let more = reader.firstKey(); more; more = reader.nextKey()) {
      if (reader.takeNull()) continue;
      if (reader.keyId === owner) this.readOwner(owner);
      else if (reader.keyId === FIELD.schemaUrl) {
        reader.string('a string in schemaUrl');
        const node = pushField(view.tape, reader.textStart, reader.textLength);
        if (owner === FIELD.resource) view.resourceSchemaUrl = node;
        else view.scopeSchemaUrl = node;
      } else skipValue(reader, 2);
    }
    reader.pos = pos;
    reader.keyId = keyId;
    return true;
  }

  private readOwner(owner: number): void {
    const { reader, view } = this;
    const isScope = owner === FIELD.scope;
    for (let more = reader.firstKey(); more; more = reader.nextKey()) {
      if (reader.takeNull()) continue;
      const key = reader.keyId;
      if (key === FIELD.attributes) {
        const node = readAttributes(reader);
        if (isScope) view.scopeAttributes = node;
        else view.resourceAttributes = node;
      } else if (isScope && (key === FIELD.name || key === FIELD.version)) {
        reader.string('a string in scope');
        const node = pushField(view.tape, reader.textStart, reader.textLength);
        if (key === FIELD.name) view.scopeName = node;
        else view.scopeVersion = node;
      } else if (key === FIELD.droppedAttributesCount) {
        const count = readUint32(reader, 'a uint32 in droppedAttributesCount');
        if (isScope) view.scopeDroppedAttributesCount = count;
        else view.resourceDroppedAttributesCount = count;
      } else skipValue(reader, 3);
    }
  }

  private readRecords(): void {
    const reader = this.reader;
    const tape = this.view.tape;
    for (let more = reader.firstElement(); more; more = reader.nextElement()) {
      const nodes = tape.count;
      this.recordsSeen++;
      checkRecordCount(this.recordsSeen);
      this.view.clearRecord();
      beginRecord();
      const start = reader.pos;
      const weight = this.tryRecord();
      if (weight < 0) this.reject(start);
      else {
        this.recordCount += weight;
        this.visitor.record(this.view, weight);
        reader.move();
      }
      tape.count = nodes;
    }
  }

  /** The record's weight, or -1 when it is well-formed JSON that OTLP does not allow. */
  private tryRecord(): number {
    try {
      return this.readRecord(this.reader, this.view);
    } catch (error) {
      if (error !== this.reader.fault || this.reader.fault.code !== 'MALFORMED_OTLP') throw error;
      return -1;
    }
  }

  private reject(start: number): void {
    const reader = this.reader;
    const reason = `record ${this.recordsSeen}: ${reader.fault.describe()}`;
    reader.pos = start;
    skipValue(reader, 3);
    this.recordCount++;
    this.visitor.rejected(reason);
  }
}

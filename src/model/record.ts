/**
 * The record under the decoder's cursor: a log record, a span, a hook event or a metric, as indices into the tape.
 * One object is reused for all records; a visitor must take what it needs before it returns.
 * Every field that holds text is a tape node, so that scrubbing sees all of them; -1 is "absent".
 */

import type { Provider, Signal } from './identity.ts';
import { NAMES_MAX } from './names.ts';
import { Kind, type Tape } from './tape.ts';

export class RecordView {
  readonly tape: Tape;
  provider: Provider = 'claude_code';
  signal: Signal = 'logs';
  /** Of hooks: the body is an array of events. */
  isHookList = false;

  /** KVLIST nodes; -1 when absent. The resource's and the scope's stay valid over all their records. */
  resourceAttributes = -1;
  scopeAttributes = -1;
  /** STRING nodes. */
  resourceSchemaUrl = -1;
  scopeName = -1;
  scopeVersion = -1;
  scopeSchemaUrl = -1;
  resourceDroppedAttributesCount = 0;
  scopeDroppedAttributesCount = 0;

  /** KVLIST of the record's attributes (OTLP), MAP of the payload (hooks), MAP of the whole metric (metrics). */
  attributes = -1;
  /**
   * Leading attributes (nodes behind `attributes`, before `prefixEnd`) that records of one scope share. The same serial
   * means the same nodes with the same content as decoded; 0: there is no such prefix (codec/attribute-prefix.ts).
   */
  prefixSerial = 0;
  prefixEnd = 0;
  /** Any node: a log record's body. */
  body = -1;
  /** STRING nodes. `name`: a span's name or a log record's event_name. */
  name = -1;
  severityText = -1;
  statusMessage = -1;
  traceState = -1;
  /** ARRAY of MAP { timeUnixNano INT, name STRING, attributes KVLIST, droppedAttributesCount DOUBLE }; -1 when empty. */
  events = -1;
  /** ARRAY of MAP { traceId, spanId STRING of lower-case hex, traceState STRING, attributes KVLIST, … }; -1 when empty. */
  links = -1;

  /** 64-bit times in nanoseconds as two 32-bit halves (unsigned values in numbers). Span: `time` is the start. */
  timeLow = 0;
  timeHigh = 0;
  observedLow = 0;
  observedHigh = 0;
  endLow = 0;
  endHigh = 0;

  severityNumber = 0;
  spanKind = 0;
  statusCode = 0;
  flags = 0;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;

  /** Raw id bytes in the workspace; length 0 when absent or of a wrong length (16 and 8 are valid). */
  traceIdStart = 0;
  traceIdLength = 0;
  spanIdStart = 0;
  spanIdLength = 0;
  parentSpanIdStart = 0;
  parentSpanIdLength = 0;

  /** Attributes by key number: built on the first question about a record, so that each of many costs one look-up. */
  private readonly nodeOfKey = new Int32Array(NAMES_MAX);
  private readonly stampOfKey = new Int32Array(NAMES_MAX);
  private stamp = 0;
  private isIndexed = false;

  constructor(tape: Tape) {
    this.tape = tape;
  }

  /** The record's own attribute (or the hook's member) with this known key, -1 when absent. The last of duplicates wins. */
  attribute(keyId: number): number {
    if (!this.isIndexed) this.index();
    return this.stampOfKey[keyId] === this.stamp ? this.nodeOfKey[keyId]! : -1;
  }

  private index(): void {
    const { tape, attributes, nodeOfKey, stampOfKey } = this;
    this.isIndexed = true;
    this.stamp++;
    if (attributes < 0) return;
    const kind = tape.kind[attributes];
    if (kind !== Kind.MAP && kind !== Kind.KVLIST) return;
    const { keyId, next } = tape;
    for (let node = attributes + 1, end = next[attributes]!; node < end; node = next[node]!) {
      const key = keyId[node]!;
      nodeOfKey[key] = node;
      stampOfKey[key] = this.stamp;
    }
    // Number 0 is every unknown key.
    stampOfKey[0] = 0;
  }

  /** Clears what belongs to one record; resource and scope stay. */
  clearRecord(): void {
    this.isIndexed = false;
    this.prefixSerial = 0;
    this.attributes = this.body = this.name = this.severityText = -1;
    this.statusMessage = this.traceState = this.events = this.links = -1;
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = this.endLow = this.endHigh = 0;
    this.severityNumber = this.spanKind = this.statusCode = this.flags = 0;
    this.droppedAttributesCount = this.droppedEventsCount = this.droppedLinksCount = 0;
    this.traceIdLength = this.spanIdLength = this.parentSpanIdLength = 0;
  }

  clearScope(): void {
    this.scopeAttributes = this.scopeName = this.scopeVersion = this.scopeSchemaUrl = -1;
    this.scopeDroppedAttributesCount = 0;
  }

  clearResource(): void {
    this.resourceAttributes = this.resourceSchemaUrl = -1;
    this.resourceDroppedAttributesCount = 0;
  }
}

/**
 * What a decoder calls, in this order: resource, then for each scope: scope, then its records, scopeEnd; resourceEnd.
 * Resource and scope always come before their records, whatever the order on the wire.
 * After `record` returns the decoder truncates the tape to where the record began (its nodes; scratch bytes stay).
 * The visitor may append nodes behind `tape.count` during a call.
 */
export interface RecordVisitor {
  resource(view: RecordView): void;
  resourceEnd(view: RecordView): void;
  scope(view: RecordView): void;
  scopeEnd(view: RecordView): void;
  /** `dataPoints` is 1 but for metrics. */
  record(view: RecordView, dataPoints: number): void;
  /** A record that does not decode while its neighbours do; `reason` names field and offset, never payload. */
  rejected(reason: string): void;
}

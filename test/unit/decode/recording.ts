/** A visitor that writes down every call as plain values, and the conversion from tape nodes to such values. */

import { type DecodedBody, decodeBody } from '../../../src/decode/decode.ts';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { RecordView, type RecordVisitor } from '../../../src/model/record.ts';
import { Kind, Tape } from '../../../src/model/tape.ts';

export type PlainValue = null | boolean | string | PlainValue[] | { [key: string]: PlainValue | number };

/** One visitor call: `call` names it, the rest is what the view held; zeros and empty texts are left out. */
export type PlainEvent = { readonly call: string } & { readonly [field: string]: unknown };

class RecordingVisitor implements RecordVisitor {
  readonly events: PlainEvent[] = [];
  readonly signal: Signal;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  resource(view: RecordView): void {
    const attributes = optional(view, view.resourceAttributes);
    const dropped = view.resourceDroppedAttributesCount;
    this.add({ call: 'resource', attributes, dropped, schemaUrl: text(view, view.resourceSchemaUrl) });
  }

  resourceEnd(_view: RecordView): void {
    this.add({ call: 'resourceEnd' });
  }

  scope(view: RecordView): void {
    const attributes = optional(view, view.scopeAttributes);
    const [name, version, schemaUrl] = [view.scopeName, view.scopeVersion, view.scopeSchemaUrl].map((node) =>
      text(view, node),
    );
    const dropped = view.scopeDroppedAttributesCount;
    this.add({ call: 'scope', name, version, attributes, dropped, schemaUrl });
  }

  scopeEnd(_view: RecordView): void {
    this.add({ call: 'scopeEnd' });
  }

  record(view: RecordView, weight: number): void {
    if (this.signal === 'hooks')
      this.events.push({ call: 'record', weight, payload: jsonNode(view.tape, view.attributes) });
    else if (this.signal === 'metrics')
      this.events.push({ call: 'record', weight, metric: node(view.tape, view.attributes, false) });
    else this.add({ call: 'record', weight, ...fields(view) });
  }

  rejected(reason: string): void {
    this.events.push({ call: 'rejected', reason });
  }

  private add(event: Record<string, unknown>): void {
    const kept = Object.entries(event).filter(([, value]) => value !== undefined && value !== 0 && value !== '0');
    this.events.push(Object.fromEntries(kept) as unknown as PlainEvent);
  }
}

function fields(view: RecordView): Record<string, unknown> {
  return {
    time: nanos(view.timeLow, view.timeHigh),
    observed: nanos(view.observedLow, view.observedHigh),
    end: nanos(view.endLow, view.endHigh),
    severityNumber: view.severityNumber,
    severityText: text(view, view.severityText),
    name: text(view, view.name),
    body: view.body < 0 ? undefined : node(view.tape, view.body, true),
    attributes: optional(view, view.attributes),
    dropped: view.droppedAttributesCount,
    flags: view.flags,
    spanKind: view.spanKind,
    statusCode: view.statusCode,
    statusMessage: text(view, view.statusMessage),
    traceState: text(view, view.traceState),
    events: view.events < 0 ? undefined : node(view.tape, view.events, false),
    droppedEvents: view.droppedEventsCount,
    links: view.links < 0 ? undefined : node(view.tape, view.links, false),
    droppedLinks: view.droppedLinksCount,
    traceId: hex(view, view.traceIdStart, view.traceIdLength),
    spanId: hex(view, view.spanIdStart, view.spanIdLength),
    parentSpanId: hex(view, view.parentSpanIdStart, view.parentSpanIdLength),
  };
}

function nanos(low: number, high: number): string {
  return ((BigInt(high) << 32n) | BigInt(low)).toString();
}

function hex(view: RecordView, start: number, length: number): string | undefined {
  return length === 0 ? undefined : Buffer.from(view.tape.bytes.subarray(start, start + length)).toString('hex');
}

function text(view: RecordView, index: number): string | undefined {
  if (index < 0) return undefined;
  const tape = view.tape;
  if (tape.kind[index] !== Kind.STRING) throw new Error(`node ${index} is no STRING`);
  return tape.text(tape.start[index]!, tape.length[index]!);
}

function optional(view: RecordView, index: number): PlainValue | undefined {
  return index < 0 ? undefined : node(view.tape, index, true);
}

function key(tape: Tape, index: number): string {
  if (tape.keyLength[index]! < 0) throw new Error(`node ${index} has no key`);
  return tape.text(tape.keyStart[index]!, tape.keyLength[index]!);
}

function children(tape: Tape, index: number): number[] {
  const found: number[] = [];
  for (let child = index + 1; child < tape.next[index]!; child = tape.next[child]!) found.push(child);
  if (found.length !== tape.length[index]) throw new Error(`node ${index} counts ${tape.length[index]} children`);
  return found;
}

/** `isAnyValue`: the node is an attribute's value or a body; else a message in OTLP/JSON shape. */
export function node(tape: Tape, index: number, isAnyValue: boolean): PlainValue {
  const start = tape.start[index]!;
  const length = tape.length[index]!;
  switch (tape.kind[index]) {
    case Kind.NULL:
      return null;
    case Kind.FALSE:
    case Kind.TRUE: {
      const bool = tape.kind[index] === Kind.TRUE;
      return isAnyValue ? { bool } : bool;
    }
    case Kind.INT: {
      // The 64-bit fields of messages are unsigned, all but asInt.
      const isSigned = isAnyValue || (tape.keyLength[index]! > 0 && key(tape, index) === 'asInt');
      const bits = (BigInt(length) << 32n) | BigInt(start >>> 0);
      return { int: (isSigned ? bits : BigInt.asUintN(64, bits)).toString() };
    }
    case Kind.DOUBLE:
      return { double: tape.double[index]! };
    case Kind.STRING:
      return isAnyValue ? { string: tape.text(start, length) } : tape.text(start, length);
    case Kind.BYTES:
      return { bytes: Buffer.from(tape.bytes.subarray(start, start + length)).toString('hex') };
    case Kind.ARRAY: {
      const array = children(tape, index).map((child) => node(tape, child, isAnyValue));
      return isAnyValue ? { array } : array;
    }
    case Kind.KVLIST:
      return children(tape, index).map((child) => [key(tape, child), node(tape, child, true)]);
    case Kind.MAP: {
      const members = children(tape, index).map((child): [string, PlainValue] => [
        key(tape, child),
        node(tape, child, isAnyValue),
      ]);
      return isAnyValue ? { map: members } : Object.fromEntries(members);
    }
    default:
      throw new Error(`node ${index} has kind ${tape.kind[index]}`);
  }
}

/** A plain JSON tree as JavaScript values; the last of duplicate keys wins, as in JSON.parse. */
export function jsonNode(tape: Tape, index: number): unknown {
  const start = tape.start[index]!;
  const length = tape.length[index]!;
  switch (tape.kind[index]) {
    case Kind.NULL:
      return null;
    case Kind.FALSE:
      return false;
    case Kind.TRUE:
      return true;
    case Kind.INT:
      return Number((BigInt(length) << 32n) | BigInt(start >>> 0));
    case Kind.DOUBLE:
      return tape.double[index]!;
    case Kind.STRING:
      return tape.text(start, length);
    case Kind.JSON:
      return { json: jsonNode(tape, tape.double[index]!) };
    case Kind.ARRAY:
      return children(tape, index).map((child) => jsonNode(tape, child));
    case Kind.MAP:
      return Object.fromEntries(children(tape, index).map((child) => [key(tape, child), jsonNode(tape, child)]));
    default:
      throw new Error(`node ${index} has kind ${tape.kind[index]}`);
  }
}

export interface Recorded extends DecodedBody {
  readonly events: readonly PlainEvent[];
}

/** Reused, as in a worker: what an earlier body left in the workspace must not matter. */
const tape = new Tape();
const view = new RecordView(tape);

/** Decodes a body and returns what the visitor saw. */
export function record(
  signal: Signal,
  bodyType: 'json' | 'protobuf',
  body: Uint8Array | string,
  provider: Provider = 'claude_code',
): Recorded {
  tape.reset();
  view.provider = provider;
  view.signal = signal;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const start = tape.append(bytes);
  const visitor = new RecordingVisitor(signal);
  const decoded = decodeBody(view, signal, bodyType, start, start + bytes.length, visitor);
  if (tape.count !== 0) throw new Error(`${tape.count} nodes left on the tape`);
  return { ...decoded, events: visitor.events };
}

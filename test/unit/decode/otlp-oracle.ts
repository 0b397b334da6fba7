/**
 * The independent side of the decode tests: protobufjs reflection over proto/*.proto. It decodes protobuf bodies, makes
 * OTLP/JSON twins of them and encodes messages, and puts each record into the plain form that recording.ts makes of tapes.
 */

import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { Signal } from '../../../src/model/identity.ts';
import type { PlainEvent, PlainValue } from './recording.ts';

export type OtlpSignal = Exclude<Signal, 'hooks'>;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Message = Record<string, unknown>;

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => fileURLToPath(new URL(`../../../proto/${target}`, import.meta.url));
root.loadSync(['logs.proto', 'trace.proto', 'metrics.proto', 'status.proto']);

const REQUESTS: Readonly<Record<OtlpSignal, string>> = {
  logs: 'moda.otlp.ExportLogsServiceRequest',
  traces: 'moda.otlp.ExportTraceServiceRequest',
  metrics: 'moda.otlp.ExportMetricsServiceRequest',
};
const FRAMES: Readonly<Record<OtlpSignal, readonly [string, string, string]>> = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
};
const ID_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

export function requestType(signal: OtlpSignal): protobuf.Type {
  return root.lookupType(REQUESTS[signal]);
}

/** Any message of proto/ by its full name. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(name);
}

/** Decodes a protobuf body; 64-bit integers as decimal strings, bytes as Buffers, absent fields left out. */
export function decodeMessage(signal: OtlpSignal, body: Uint8Array): Message {
  const type = requestType(signal);
  return type.toObject(type.decode(body), { longs: String, bytes: Buffer, json: false }) as Message;
}

/** OTLP/JSON text of a decoded message: ids in hex, other bytes in Base64, 64-bit integers as strings. */
export function toOtlpJson(message: unknown): string {
  return JSON.stringify(jsonValue('', message));
}

function jsonValue(field: string, value: unknown): Json {
  if (Buffer.isBuffer(value)) return value.toString(ID_FIELDS.has(field) ? 'hex' : 'base64');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map((element) => jsonValue('', element));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, jsonValue(key, child)]));
  }
  return value as Json;
}

/** Encodes an OTLP/JSON document as protobuf. */
export function fromOtlpJson(signal: OtlpSignal, document: Json): Uint8Array {
  const type = requestType(signal);
  return type.encode(type.fromObject(protoValue('', document) as Message)).finish();
}

function protoValue(field: string, value: Json): unknown {
  if (typeof value === 'string' && ID_FIELDS.has(field)) return Buffer.from(value, 'hex');
  if (Array.isArray(value)) return value.map((element) => protoValue('', element));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, child]) => child !== null);
    return Object.fromEntries(entries.map(([key, child]) => [key, protoValue(key, child)]));
  }
  return value;
}

/** The visitor calls that a body must cause, made from protobufjs's message. */
export function expectedEvents(signal: OtlpSignal, message: Message): PlainEvent[] {
  const [resources, scopes, records] = FRAMES[signal];
  const events: PlainEvent[] = [];
  for (const resource of list(message[resources])) {
    const owner = (resource['resource'] ?? {}) as Message;
    const dropped = owner['droppedAttributesCount'];
    events.push(
      compact({ call: 'resource', attributes: attributes(owner), dropped, schemaUrl: resource['schemaUrl'] }),
    );
    for (const scope of list(resource[scopes])) {
      const scopeOwner = (scope['scope'] ?? {}) as Message;
      events.push(
        compact({
          call: 'scope',
          name: scopeOwner['name'],
          version: scopeOwner['version'],
          attributes: attributes(scopeOwner),
          dropped: scopeOwner['droppedAttributesCount'],
          schemaUrl: scope['schemaUrl'],
        }),
      );
      for (const record of list(scope[records])) events.push(RECORDS[signal](record));
      events.push({ call: 'scopeEnd' });
    }
    events.push({ call: 'resourceEnd' });
  }
  return events;
}

const RECORDS: Readonly<Record<OtlpSignal, (record: Message) => PlainEvent>> = {
  logs: (record) =>
    compact({
      call: 'record',
      weight: 1,
      time: record['timeUnixNano'],
      observed: record['observedTimeUnixNano'],
      severityNumber: record['severityNumber'],
      severityText: record['severityText'],
      body: record['body'] === undefined ? undefined : anyValue(record['body'] as Message),
      attributes: attributes(record),
      dropped: record['droppedAttributesCount'],
      flags: record['flags'],
      traceId: id(record['traceId'], 16),
      spanId: id(record['spanId'], 8),
      name: record['eventName'],
    }),
  traces: (record) => {
    const status = (record['status'] ?? {}) as Message;
    return compact({
      call: 'record',
      weight: 1,
      traceId: id(record['traceId'], 16),
      spanId: id(record['spanId'], 8),
      parentSpanId: id(record['parentSpanId'], 8),
      traceState: record['traceState'],
      name: record['name'],
      spanKind: record['kind'],
      time: record['startTimeUnixNano'],
      end: record['endTimeUnixNano'],
      attributes: attributes(record),
      dropped: record['droppedAttributesCount'],
      events: messages(record['events']),
      droppedEvents: record['droppedEventsCount'],
      links: messages(record['links']),
      droppedLinks: record['droppedLinksCount'],
      statusMessage: status['message'],
      statusCode: status['code'],
      flags: record['flags'],
    });
  },
  metrics: (record) => {
    const metric = plainMessage(record) as Record<string, unknown>;
    let weight = 0;
    for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']) {
      weight += list((metric[kind] as Message | undefined)?.['dataPoints']).length;
    }
    return { call: 'record', weight, metric };
  },
};

/** Text longer than 256 bytes is cut where it is a key. */
function attributes(owner: Message): PlainValue | undefined {
  const entries = list(owner['attributes'] ?? owner['values']);
  return entries.length === 0 ? undefined : entries.map(keyValue);
}

function keyValue(entry: Message): PlainValue {
  return [(entry['key'] as string | undefined) ?? '', anyValue((entry['value'] ?? {}) as Message)];
}

function anyValue(value: Message): PlainValue {
  if ('stringValue' in value) return { string: value['stringValue'] as string };
  if ('boolValue' in value) return { bool: value['boolValue'] as boolean };
  if ('intValue' in value) return { int: value['intValue'] as string };
  if ('doubleValue' in value) return { double: value['doubleValue'] as number };
  if ('bytesValue' in value) return { bytes: (value['bytesValue'] as Buffer).toString('hex') };
  if ('arrayValue' in value) {
    return { array: list((value['arrayValue'] as Message)['values']).map((element) => anyValue(element)) };
  }
  if ('kvlistValue' in value) return { map: list((value['kvlistValue'] as Message)['values']).map(keyValue) };
  return null;
}

const ATTRIBUTE_FIELDS = new Set(['attributes', 'filteredAttributes', 'metadata']);
const SIXTY_FOUR_BITS = new Set(['timeUnixNano', 'startTimeUnixNano', 'asInt', 'count', 'zeroCount', 'bucketCounts']);
/** Fields that count as set even at their default: `optional` and members of a oneof. */
const EXPLICIT = new Set([
  'asInt',
  'asDouble',
  'min',
  'max',
  'gauge',
  'histogram',
  'exponentialHistogram',
  'summary',
  'sum',
]);

/** A nested message as the tape keeps it: defaults left out, 64-bit integers as {int}, other numbers as {double}. */
function plainMessage(message: Message): PlainValue {
  const result: Record<string, PlainValue> = {};
  for (const [field, value] of Object.entries(message)) {
    const plain = plainField(field, value);
    if (plain !== undefined) result[field] = plain;
  }
  return result;
}

function plainField(field: string, value: unknown): PlainValue | undefined {
  if (ATTRIBUTE_FIELDS.has(field)) return list(value).length === 0 ? undefined : list(value).map(keyValue);
  if (SIXTY_FOUR_BITS.has(field)) {
    if (Array.isArray(value))
      return value.length === 0 ? undefined : value.map((element) => ({ int: element as string }));
    return value === '0' && field !== 'asInt' ? undefined : { int: value as string };
  }
  if (Buffer.isBuffer(value)) return value.length === 0 ? undefined : value.toString('hex');
  if (typeof value === 'number') return Object.is(value, 0) && !EXPLICIT.has(field) ? undefined : { double: value };
  if (typeof value === 'boolean') return value ? true : undefined;
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (!Array.isArray(value)) return plainMessage(value as Message);
  if (value.length === 0) return undefined;
  return value.map((element) => (typeof element === 'number' ? { double: element } : plainMessage(element as Message)));
}

function messages(value: unknown): PlainValue | undefined {
  const elements = list(value);
  return elements.length === 0 ? undefined : elements.map(plainMessage);
}

function id(value: unknown, size: number): string | undefined {
  const bytes = value as Buffer | undefined;
  return bytes?.length === size && bytes.some((byte) => byte !== 0) ? bytes.toString('hex') : undefined;
}

function list(value: unknown): Message[] {
  return (value ?? []) as Message[];
}

/** Leaves out what counts as absent on a record: undefined, zero and the empty text. */
export function compact(event: Record<string, unknown>): PlainEvent {
  const kept = Object.entries(event).filter(
    ([, value]) => value !== undefined && value !== 0 && value !== '' && value !== '0',
  );
  return Object.fromEntries(kept) as unknown as PlainEvent;
}

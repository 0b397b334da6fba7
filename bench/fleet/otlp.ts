/** OTLP documents as plain objects (the OTLP/JSON form) and their two encodings; protobufjs writes the protobuf one. */

import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

export type OtlpSignal = 'logs' | 'traces' | 'metrics';
export interface AnyValue {
  readonly [kind: string]: unknown;
}
export interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}
export interface Resource {
  readonly attributes: readonly Attribute[];
}
export interface Scope {
  readonly name: string;
}
export interface Metric {
  readonly name: string;
}
export type HookPayload = Readonly<Record<string, unknown>>;

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => fileURLToPath(new URL(`../../proto/${target}`, import.meta.url));
root.loadSync(['logs.proto', 'trace.proto', 'metrics.proto']);

const TYPES: Readonly<Record<OtlpSignal, protobuf.Type>> = {
  logs: root.lookupType('moda.otlp.ExportLogsServiceRequest'),
  traces: root.lookupType('moda.otlp.ExportTraceServiceRequest'),
  metrics: root.lookupType('moda.otlp.ExportMetricsServiceRequest'),
};
const ID_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/** The protobufjs type of a signal's request. */
export function requestType(signal: OtlpSignal): protobuf.Type {
  return TYPES[signal];
}

/** Encodes an OTLP/JSON document as protobuf. */
export function toProtobuf(signal: OtlpSignal, document: unknown): Buffer {
  const type = TYPES[signal];
  const message = type.fromObject(withIdBytes('', document) as Record<string, unknown>);
  return Buffer.from(type.encode(message).finish());
}

/** Hex ids become bytes; nulls, which protobufjs does not take, are left out. */
function withIdBytes(field: string, value: unknown): unknown {
  if (typeof value === 'string' && ID_FIELDS.has(field)) return Buffer.from(value, 'hex');
  if (Array.isArray(value)) return value.map((element) => withIdBytes('', element));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(entries.map(([key, child]) => [key, withIdBytes(key, child)]));
}

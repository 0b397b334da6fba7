/** OTLP bodies for tests: plain builders, and transcoding JSON → protobuf by protobufjs from our own .proto files. */

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import protobuf from 'protobufjs';

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export function anyValue(value: Value): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => anyValue(item)) } };
  return { kvlistValue: { values: attributes(value as Record<string, Value>) } };
}

export function attributes(values: Readonly<Record<string, Value>>): { key: string; value: Record<string, unknown> }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

export interface LogSpec {
  readonly body?: Value;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly timeUnixNano?: string;
  readonly [field: string]: unknown;
}

/** One request with one resource, one scope and these log records. */
export function logsRequest(
  records: readonly LogSpec[],
  resource: Readonly<Record<string, Value>> = {},
  scope: Readonly<Record<string, Value>> = {},
) {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes(resource) },
        scopeLogs: [
          {
            scope: { name: 'test', attributes: attributes(scope) },
            logRecords: records.map(({ body, attributes: own, ...rest }) => ({
              timeUnixNano: '1795348078815000000',
              ...(body !== undefined && { body: anyValue(body) }),
              attributes: attributes(own ?? {}),
              ...rest,
            })),
          },
        ],
      },
    ],
  };
}

export interface SpanSpec {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly [field: string]: unknown;
}

let spanNumber = 0;

/** One request with one resource, one scope and these spans; ids are counted up unless given. */
export function tracesRequest(
  spans: readonly SpanSpec[],
  resource: Readonly<Record<string, Value>> = {},
  scope: Readonly<Record<string, Value>> = {},
) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [
          {
            scope: { name: 'test', attributes: attributes(scope) },
            spans: spans.map(({ attributes: own, ...rest }) => ({
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: (++spanNumber).toString(16).padStart(16, '0'),
              startTimeUnixNano: '1795348078815000000',
              endTimeUnixNano: '1795348079065500000',
              kind: 1,
              attributes: attributes(own ?? {}),
              ...rest,
            })),
          },
        ],
      },
    ],
  };
}

export function metricsRequest(name: string, value: number, own: Readonly<Record<string, Value>> = {}) {
  return {
    resourceMetrics: [
      {
        resource: { attributes: [] },
        scopeMetrics: [
          {
            scope: { name: 'test' },
            metrics: [
              {
                name,
                unit: 'tokens',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [{ asDouble: value, timeUnixNano: '1795348078815000000', attributes: attributes(own) }],
                },
              },
            ],
          },
        ],
      },
    ],
  };
}

const PROTO = resolve(import.meta.dirname, '../../../proto');
let root: protobuf.Root | undefined;

/** All our .proto files, parsed by protobufjs. */
export function protoRoot(): protobuf.Root {
  if (root) return root;
  root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(PROTO, target);
  const files = (readdirSync(PROTO, { recursive: true }) as string[]).filter((file) => file.endsWith('.proto'));
  root.loadSync(files, { keepCase: false });
  return root;
}

const REQUEST_TYPES = {
  logs: 'ExportLogsServiceRequest',
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
} as const;

const HEX_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/** OTLP/JSON writes ids as hex where protobufjs's JSON mapping expects base64. */
function hexToBase64(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hexToBase64);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      HEX_FIELDS.has(key) && typeof item === 'string' ? Buffer.from(item, 'hex').toString('base64') : hexToBase64(item),
    ]),
  );
}

/** The protobuf twin of an OTLP/JSON request. */
export function toProtobuf(signal: keyof typeof REQUEST_TYPES, request: unknown): Buffer {
  const type = protoRoot().lookupType(REQUEST_TYPES[signal]);
  const message = type.fromObject(withoutNulls(hexToBase64(request)) as Record<string, unknown>);
  return Buffer.from(type.encode(message).finish());
}

/** protobufjs refuses explicit nulls, which some clients write for absent messages. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

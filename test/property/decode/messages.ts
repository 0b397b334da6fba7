/** Arbitrary OTLP requests as objects that protobufjs encodes. */

import fc from 'fast-check';
import type { Json, OtlpSignal } from '../../unit/decode/otlp-oracle.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
/** JSON has no negative zero of its own, so the twins could differ in it. */
const double = fc.double().map((value) => (Object.is(value, -0) ? 0 : Number.isFinite(value) ? value : String(value)));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const uint32 = fc.nat(0xffffffff);
const int32 = fc.integer();
const bytes = fc.uint8Array({ maxLength: 12 }).map((value) => Buffer.from(value).toString('base64'));
const hex = (size: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((value) => Buffer.from(value).toString('hex'));
const list = (value: fc.Arbitrary<Json>): fc.Arbitrary<Json> => fc.array(value, { maxLength: 4 });
const object = (fields: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Json> =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Json>;

const { anyValue } = fc.letrec<{ anyValue: Json; keyValue: Json }>((tie) => ({
  keyValue: object({ key: text, value: tie('anyValue') }),
  anyValue: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map((stringValue): Json => ({ stringValue })),
    fc.boolean().map((boolValue): Json => ({ boolValue })),
    int64.map((intValue): Json => ({ intValue })),
    double.map((doubleValue): Json => ({ doubleValue })),
    bytes.map((bytesValue): Json => ({ bytesValue })),
    fc.constant({}),
    list(tie('anyValue')).map((values): Json => ({ arrayValue: { values } })),
    list(tie('keyValue')).map((values): Json => ({ kvlistValue: { values } })),
  ),
}));
const attributes = list(object({ key: text, value: anyValue }));

const logRecord = object({
  timeUnixNano: uint64,
  observedTimeUnixNano: uint64,
  severityNumber: int32,
  severityText: text,
  body: anyValue,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId: hex(16),
  spanId: hex(8),
  eventName: text,
});

const event = object({ timeUnixNano: uint64, name: text, attributes, droppedAttributesCount: uint32 });
const link = object({
  traceId: hex(16),
  spanId: hex(8),
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
});
const span = object({
  traceId: hex(16),
  spanId: hex(8),
  parentSpanId: hex(8),
  traceState: text,
  name: text,
  kind: int32,
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  attributes,
  droppedAttributesCount: uint32,
  events: list(event),
  droppedEventsCount: uint32,
  links: list(link),
  droppedLinksCount: uint32,
  status: object({ message: text, code: int32 }),
  flags: uint32,
});

const number = fc.oneof(
  double.map((asDouble): Record<string, Json> => ({ asDouble })),
  int64.map((asInt): Record<string, Json> => ({ asInt })),
  fc.constant<Record<string, Json>>({}),
);
const withNumber = (fields: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Json> =>
  fc.tuple(object(fields), number).map(([rest, value]): Json => ({ ...(rest as Record<string, Json>), ...value }));
const exemplars = list(
  withNumber({ timeUnixNano: uint64, spanId: hex(8), traceId: hex(16), filteredAttributes: attributes }),
);
const times = { startTimeUnixNano: uint64, timeUnixNano: uint64, attributes, flags: uint32 };
const numberPoints = list(withNumber({ ...times, exemplars }));
const histogramPoints = list(
  object({
    ...times,
    count: uint64,
    sum: double,
    bucketCounts: list(uint64),
    explicitBounds: list(double),
    exemplars,
    min: double,
    max: double,
  }),
);
const buckets = object({ offset: int32, bucketCounts: list(uint64) });
const exponentialPoints = list(
  object({
    ...times,
    count: uint64,
    sum: double,
    scale: int32,
    zeroCount: uint64,
    positive: buckets,
    negative: buckets,
    exemplars,
    min: double,
    max: double,
    zeroThreshold: double,
  }),
);
const summaryPoints = list(
  object({
    ...times,
    count: uint64,
    sum: double.filter((value) => value !== 0),
    quantileValues: list(object({ quantile: double, value: double })),
  }),
);
const metric = fc
  .tuple(
    object({ name: text, description: text, unit: text, metadata: attributes }),
    fc.oneof(
      numberPoints.map((dataPoints): Record<string, Json> => ({ gauge: { dataPoints } })),
      fc.tuple(numberPoints, int32, fc.boolean()).map(
        ([dataPoints, aggregationTemporality, isMonotonic]): Record<string, Json> => ({
          sum: { dataPoints, aggregationTemporality, isMonotonic },
        }),
      ),
      histogramPoints.map((dataPoints): Record<string, Json> => ({ histogram: { dataPoints } })),
      exponentialPoints.map((dataPoints): Record<string, Json> => ({ exponentialHistogram: { dataPoints } })),
      summaryPoints.map((dataPoints): Record<string, Json> => ({ summary: { dataPoints } })),
      fc.constant<Record<string, Json>>({}),
    ),
  )
  .map(([rest, data]): Json => ({ ...(rest as Record<string, Json>), ...data }));

function request(resources: string, scopes: string, records: string, record: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const scope = object({
    scope: object({ name: text, version: text, attributes, droppedAttributesCount: uint32 }),
    [records]: list(record),
    schemaUrl: text,
  });
  const resource = object({
    resource: object({ attributes, droppedAttributesCount: uint32 }),
    [scopes]: list(scope),
    schemaUrl: text,
  });
  return object({ [resources]: list(resource) });
}

export const REQUESTS: Readonly<Record<OtlpSignal, fc.Arbitrary<Json>>> = {
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
};

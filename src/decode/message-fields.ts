/**
 * The OTLP messages that go to the tape as a MAP in OTLP/JSON shape: span events and links, and everything of a metric.
 * One table for both encodings, so that they cannot differ. Hot messages (LogRecord, Span) have their own decoders.
 * Source: opentelemetry-proto 1.x, trace/v1/trace.proto, metrics/v1/metrics.proto.
 *
 * | type                                   | tape                                                                   |
 * | string                                 | STRING                                                                 |
 * | fixed64 sfixed64 uint64                | INT                                                                    |
 * | double uint32 int32 sint32 fixed32     | DOUBLE                                                                 |
 * | bool                                   | TRUE                                                                   |
 * | id                                     | STRING of lower-case hex                                               |
 * | message                                | MAP                                                                    |
 * | attributes (repeated KeyValue)         | KVLIST                                                                 |
 * | repeated                               | ARRAY of the above                                                     |
 *
 * Defaults (zero but not minus zero, false, empty) are left out as on the wire, unless the field is `explicit` (optional
 * or of a oneof).
 */

import { internName } from '../model/names.ts';

export type FieldType =
  | 'string'
  | 'fixed64'
  | 'sfixed64'
  | 'uint64'
  | 'double'
  | 'uint32'
  | 'int32'
  | 'sint32'
  | 'fixed32'
  | 'bool'
  | 'id'
  | 'message'
  | 'attributes';

export interface MessageField {
  readonly number: number;
  readonly name: string;
  /** The name's number in names.ts. */
  readonly keyId: number;
  readonly type: FieldType;
  readonly isRepeated: boolean;
  readonly isExplicit: boolean;
  /** Members of one oneof share a number above 0; setting one unsets the others. */
  readonly oneof: number;
  readonly message: Message | undefined;
}

export interface Message {
  readonly fields: readonly MessageField[];
  /** By protobuf field number; undefined for numbers that are not read. */
  readonly byNumber: readonly (MessageField | undefined)[];
  readonly byKeyId: ReadonlyMap<number, MessageField>;
}

type Options = { repeated?: true; explicit?: true; oneof?: number; message?: Message };

function field(number: number, name: string, type: FieldType, options: Options = {}): MessageField {
  return {
    number,
    name,
    keyId: internName(name),
    type,
    isRepeated: options.repeated ?? type === 'attributes',
    isExplicit: options.explicit ?? (options.oneof !== undefined || (type === 'message' && options.repeated !== true)),
    oneof: options.oneof ?? 0,
    message: options.message,
  };
}

function message(...fields: readonly MessageField[]): Message {
  const byNumber: (MessageField | undefined)[] = Array.from({ length: 17 });
  for (const entry of fields) byNumber[entry.number] = entry;
  return { fields, byNumber, byKeyId: new Map(fields.map((entry) => [entry.keyId, entry])) };
}

export const SPAN_EVENT = message(
  field(1, 'timeUnixNano', 'fixed64'),
  field(2, 'name', 'string'),
  field(3, 'attributes', 'attributes'),
  field(4, 'droppedAttributesCount', 'uint32'),
);

export const SPAN_LINK = message(
  field(1, 'traceId', 'id'),
  field(2, 'spanId', 'id'),
  field(3, 'traceState', 'string'),
  field(4, 'attributes', 'attributes'),
  field(5, 'droppedAttributesCount', 'uint32'),
  field(6, 'flags', 'fixed32'),
);

const EXEMPLAR = message(
  field(2, 'timeUnixNano', 'fixed64'),
  field(3, 'asDouble', 'double', { oneof: 1 }),
  field(4, 'spanId', 'id'),
  field(5, 'traceId', 'id'),
  field(6, 'asInt', 'sfixed64', { oneof: 1 }),
  field(7, 'filteredAttributes', 'attributes'),
);

const exemplars = (number: number) => field(number, 'exemplars', 'message', { repeated: true, message: EXEMPLAR });

const NUMBER_DATA_POINT = message(
  field(2, 'startTimeUnixNano', 'fixed64'),
  field(3, 'timeUnixNano', 'fixed64'),
  field(4, 'asDouble', 'double', { oneof: 1 }),
  exemplars(5),
  field(6, 'asInt', 'sfixed64', { oneof: 1 }),
  field(7, 'attributes', 'attributes'),
  field(8, 'flags', 'uint32'),
);

const HISTOGRAM_DATA_POINT = message(
  field(2, 'startTimeUnixNano', 'fixed64'),
  field(3, 'timeUnixNano', 'fixed64'),
  field(4, 'count', 'fixed64'),
  field(5, 'sum', 'double', { explicit: true }),
  field(6, 'bucketCounts', 'fixed64', { repeated: true }),
  field(7, 'explicitBounds', 'double', { repeated: true }),
  exemplars(8),
  field(9, 'attributes', 'attributes'),
  field(10, 'flags', 'uint32'),
  field(11, 'min', 'double', { explicit: true }),
  field(12, 'max', 'double', { explicit: true }),
);

const BUCKETS = message(field(1, 'offset', 'sint32'), field(2, 'bucketCounts', 'uint64', { repeated: true }));

const EXPONENTIAL_DATA_POINT = message(
  field(1, 'attributes', 'attributes'),
  field(2, 'startTimeUnixNano', 'fixed64'),
  field(3, 'timeUnixNano', 'fixed64'),
  field(4, 'count', 'fixed64'),
  field(5, 'sum', 'double', { explicit: true }),
  field(6, 'scale', 'sint32'),
  field(7, 'zeroCount', 'fixed64'),
  field(8, 'positive', 'message', { message: BUCKETS }),
  field(9, 'negative', 'message', { message: BUCKETS }),
  field(10, 'flags', 'uint32'),
  exemplars(11),
  field(12, 'min', 'double', { explicit: true }),
  field(13, 'max', 'double', { explicit: true }),
  field(14, 'zeroThreshold', 'double'),
);

const VALUE_AT_QUANTILE = message(field(1, 'quantile', 'double'), field(2, 'value', 'double'));

const SUMMARY_DATA_POINT = message(
  field(2, 'startTimeUnixNano', 'fixed64'),
  field(3, 'timeUnixNano', 'fixed64'),
  field(4, 'count', 'fixed64'),
  field(5, 'sum', 'double'),
  field(6, 'quantileValues', 'message', { repeated: true, message: VALUE_AT_QUANTILE }),
  field(7, 'attributes', 'attributes'),
  field(8, 'flags', 'uint32'),
);

const points = (point: Message) => field(1, 'dataPoints', 'message', { repeated: true, message: point });
const temporality = field(2, 'aggregationTemporality', 'int32');
const data = (number: number, name: string, ...fields: readonly MessageField[]) =>
  field(number, name, 'message', { oneof: 1, message: message(...fields) });

export const METRIC = message(
  field(1, 'name', 'string'),
  field(2, 'description', 'string'),
  field(3, 'unit', 'string'),
  data(5, 'gauge', points(NUMBER_DATA_POINT)),
  data(7, 'sum', points(NUMBER_DATA_POINT), temporality, field(3, 'isMonotonic', 'bool')),
  data(9, 'histogram', points(HISTOGRAM_DATA_POINT), temporality),
  data(10, 'exponentialHistogram', points(EXPONENTIAL_DATA_POINT), temporality),
  data(11, 'summary', points(SUMMARY_DATA_POINT)),
  field(12, 'metadata', 'attributes'),
);

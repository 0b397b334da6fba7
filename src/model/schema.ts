/**
 * The one definition of both tables. DDL (clickhouse/), column buffers (columns/) and the RowBinary and Native encoders
 * derive from it. Appending a column is a migration; renaming or retyping one breaks old spools.
 */

/**
 * How a column is buffered and encoded:
 * text String or LowCardinality(String); map Map(LowCardinality(String), String); fixed16 FixedString(16); uuid UUID
 * (RFC byte order in the buffer, ClickHouse's order on the wire); numbers as named. `nullable*` adds a null flag.
 * dateTime64Millis and dateTime64Micros hold whole milliseconds or microseconds since the epoch.
 */
export type ColumnKind =
  | 'text'
  | 'map'
  | 'fixed16'
  | 'uuid'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'nullableUint16'
  | 'nullableUint32'
  | 'nullableUint64'
  | 'nullableInt32'
  | 'nullableFloat64'
  | 'nullableBool'
  | 'dateTime64Millis'
  | 'dateTime64Micros';

export interface Column {
  readonly name: string;
  /** ClickHouse type, as DESCRIBE prints it. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Codec clause of the DDL, without the word CODEC. */
  readonly codec?: string;
  /** Skipping index of the DDL: name is derived, this is `TYPE … GRANULARITY …`. */
  readonly index?: string;
}

export type TableName = 'events_raw' | 'coding_agent_events';

export interface Table {
  readonly name: TableName;
  readonly columns: readonly Column[];
  readonly engine: 'MergeTree' | 'ReplacingMergeTree';
  readonly versionColumn?: string;
  readonly partitionBy: string;
  readonly orderBy: readonly string[];
  /** Column of receipt that TTL counts from; its retention is a setting. */
  readonly ttlColumn: string;
  /** Extra INDEX lines of the DDL. */
  readonly indexes: readonly string[];
  /** Shard key of the Distributed table. */
  readonly shardKey: string;
}

/** Raised by one with each change of a table; stored in segment headers. */
export const SCHEMA_VERSION = 1;

const BLOOM = 'TYPE bloom_filter(0.01) GRANULARITY 1';
const ZSTD = 'ZSTD(1)';

const text = (name: string, codec = ZSTD): Column => ({ name, type: 'String', kind: 'text', codec });
const id = (name: string): Column => ({ name, type: 'String', kind: 'text', codec: ZSTD, index: BLOOM });
const word = (name: string): Column => ({ name, type: 'LowCardinality(String)', kind: 'text' });
const uint64 = (name: string): Column => ({ name, type: 'Nullable(UInt64)', kind: 'nullableUint64' });
const float64 = (name: string): Column => ({ name, type: 'Nullable(Float64)', kind: 'nullableFloat64' });

export const EVENTS_RAW: Table = {
  name: 'events_raw',
  columns: [
    { name: 'timestamp', type: "DateTime64(3, 'UTC')", kind: 'dateTime64Millis', codec: 'Delta(8), ZSTD(1)' },
    { name: 'request_id', type: 'UUID', kind: 'uuid', index: BLOOM },
    word('tenant_id'),
    word('source'),
    word('provider'),
    word('signal'),
    word('content_type'),
    word('content_encoding'),
    word('user_agent'),
    { name: 'http_status', type: 'UInt16', kind: 'uint16' },
    { name: 'body_bytes', type: 'UInt32', kind: 'uint32' },
    { name: 'record_count', type: 'UInt32', kind: 'uint32' },
    { name: 'normalized_count', type: 'UInt32', kind: 'uint32' },
    text('raw_event', 'ZSTD(3)'),
    text('error'),
    word('ingest_version'),
  ],
  engine: 'MergeTree',
  partitionBy: 'toDate(timestamp)',
  orderBy: ['tenant_id', 'source', 'timestamp'],
  ttlColumn: 'timestamp',
  indexes: [],
  shardKey: 'cityHash64(request_id)',
};

export const CODING_AGENT_EVENTS: Table = {
  name: 'coding_agent_events',
  columns: [
    { name: 'event_id', type: 'FixedString(16)', kind: 'fixed16' },
    word('tenant_id'),
    { name: 'timestamp', type: "DateTime64(6, 'UTC')", kind: 'dateTime64Micros', codec: 'Delta(8), ZSTD(1)' },
    { name: 'ingested_at', type: "DateTime64(3, 'UTC')", kind: 'dateTime64Millis', codec: 'Delta(8), ZSTD(1)' },
    { name: 'request_id', type: 'UUID', kind: 'uuid', index: BLOOM },
    word('provider'),
    word('signal'),
    word('event_type'),
    word('event_name'),
    id('session_id'),
    id('prompt_id'),
    text('turn_id'),
    text('agent_id'),
    id('api_request_id'),
    id('trace_id'),
    text('span_id'),
    text('parent_span_id'),
    { name: 'event_sequence', type: 'UInt64', kind: 'uint64', codec: 'T64, ZSTD(1)' },
    word('org_id'),
    word('project_id'),
    id('user_id'),
    id('user_email'),
    word('repo'),
    text('branch'),
    text('cwd'),
    word('environment'),
    word('app_version'),
    word('entrypoint'),
    word('model'),
    word('effort'),
    word('query_source'),
    word('tool_name'),
    id('tool_use_id'),
    word('mcp_server'),
    word('mcp_tool'),
    text('file_path'),
    text('command'),
    { name: 'exit_code', type: 'Nullable(Int32)', kind: 'nullableInt32' },
    { name: 'success', type: 'Nullable(Bool)', kind: 'nullableBool' },
    float64('duration_ms'),
    float64('ttft_ms'),
    { name: 'attempt', type: 'Nullable(UInt16)', kind: 'nullableUint16' },
    word('error_type'),
    text('error_message'),
    { name: 'status_code', type: 'Nullable(UInt16)', kind: 'nullableUint16' },
    word('decision'),
    word('decision_source'),
    word('permission_mode'),
    uint64('input_tokens'),
    uint64('output_tokens'),
    uint64('cache_read_tokens'),
    uint64('cache_creation_tokens'),
    uint64('reasoning_tokens'),
    float64('cost_usd'),
    word('skill_name'),
    word('skill_scope'),
    word('skill_trigger'),
    word('agent_name'),
    text('prompt_text', 'ZSTD(3)'),
    { name: 'prompt_length', type: 'Nullable(UInt32)', kind: 'nullableUint32' },
    text('output_snippet', 'ZSTD(3)'),
    uint64('output_size_bytes'),
    uint64('input_size_bytes'),
    text('snapshot_commit'),
    text('snapshot_tree'),
    { name: 'attributes', type: 'Map(LowCardinality(String), String)', kind: 'map', codec: ZSTD },
  ],
  engine: 'ReplacingMergeTree',
  versionColumn: 'ingested_at',
  partitionBy: 'toYYYYMM(ingested_at)',
  orderBy: ['tenant_id', 'provider', 'session_id', 'timestamp', 'event_id'],
  ttlColumn: 'ingested_at',
  indexes: [
    'INDEX idx_timestamp timestamp TYPE minmax GRANULARITY 1',
    `INDEX idx_attributes_keys mapKeys(attributes) ${BLOOM}`,
  ],
  shardKey: 'cityHash64(tenant_id, session_id)',
};

export const TABLES: Readonly<Record<TableName, Table>> = {
  events_raw: EVENTS_RAW,
  coding_agent_events: CODING_AGENT_EVENTS,
};

/** Index of a column in its table; a name that does not exist is a bug of ours. */
export function columnIndex(table: Table, name: string): number {
  const index = table.columns.findIndex((column) => column.name === name);
  if (index < 0) throw new Error(`no column ${name} in ${table.name}`);
  return index;
}

/**
 * The settings table: the only source of name, type, range, default and description of every server setting.
 * The names are public (README); `--help` prints this table.
 */

import { availableParallelism } from 'node:os';
import {
  bytes,
  captureFlag,
  choice,
  flag,
  identifier,
  integer,
  keyPairs,
  optionalInteger,
  optionalText,
  optionalUrl,
  type Setting,
  text,
} from './setting.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const MINUTES_15_MS = 15 * 60 * 1000;

const defaultWorkers = (): number => Math.max(1, availableParallelism() - 1);

export const SETTINGS = {
  host: text('MODA_HOST', '127.0.0.1', 'Listen address.'),
  port: integer('MODA_PORT', 'port', 4318, [0, 65_535], 'Listen port; 0 picks a free one and prints it.'),
  tlsCertFile: optionalText(
    'MODA_TLS_CERT',
    'Certificate chain, PEM, read at start; with MODA_TLS_KEY or not at all.',
    {
      unit: 'file',
    },
  ),
  tlsKeyFile: optionalText('MODA_TLS_KEY', 'Private key of MODA_TLS_CERT, PEM.', { unit: 'file' }),
  dataDir: text('MODA_DATA_DIR', './.moda', 'Directory of the embedded store, the spool and the development key.'),
  apiKeysFile: optionalText(
    'MODA_API_KEYS_FILE',
    'JSON file of key hashes, made by `npm run keys`; re-read on change.',
    {
      unit: 'file',
    },
  ),
  apiKeys: keyPairs('MODA_API_KEYS', 'Keys for tests and small set-ups, added to those of the file.'),
  adminKey: optionalText('MODA_ADMIN_KEY', 'As bearer token it reads /metrics from elsewhere than loopback.', {
    unit: 'key',
    isSecret: true,
    pattern: /^[\x21-\x7e]{16,512}$/,
    expected: 'at least 16 printable characters without spaces',
  }),
  clickhouseUrl: optionalUrl(
    'MODA_CLICKHOUSE_URL',
    'http(s)://user:password@host:8123; unset starts the embedded engine.',
  ),
  clickhouseDatabase: identifier('MODA_CLICKHOUSE_DATABASE', 'moda', 'Database of all tables.'),
  clickhouseCluster: optionalText('MODA_CLICKHOUSE_CLUSTER', 'Cluster: DDL runs ON CLUSTER, tables are replicated.', {
    unit: 'name',
    pattern: /^[A-Za-z_{][A-Za-z0-9_{}-]{0,63}$/,
    expected: 'a cluster name of letters, digits, _ and -',
  }),
  embeddedClickhousePort: integer(
    'MODA_EMBEDDED_CLICKHOUSE_PORT',
    'port',
    8123,
    [0, 65_535],
    'Loopback ClickHouse HTTP port of the embedded engine; 0 picks one and prints it.',
  ),
  embeddedClickhousePassword: optionalText(
    'MODA_EMBEDDED_CLICKHOUSE_PASSWORD',
    'Password of its user `default`; unset: generated, kept 0600 in the data directory.',
    { unit: 'password', isSecret: true },
  ),
  reusePort: flag('MODA_REUSE_PORT', 'Several server processes share one port (SO_REUSEPORT).'),
  workers: integer(
    'MODA_WORKERS',
    'threads',
    defaultWorkers,
    [1, 256],
    'Worker threads.',
    'available cores − 1, at least 1',
  ),
  bodyBytesMax: bytes('MODA_MAX_BODY_BYTES', 20 * MIB, [1024, GIB], 'Largest body on the wire; over it 413.'),
  decodedBytesMax: bytes(
    'MODA_MAX_DECODED_BYTES',
    64 * MIB,
    [1024, GIB],
    'Largest body after decompression; over it 413.',
  ),
  inflightBytesMax: bytes(
    'MODA_MAX_INFLIGHT_BYTES',
    256 * MIB,
    [1024, 64 * GIB],
    'Wire bytes admitted and not yet acknowledged; over it 503; over half of it a tenant above its share gets 429.',
  ),
  queueMsMax: integer(
    'MODA_MAX_QUEUE_MS',
    'ms',
    5000,
    [1, MINUTES_15_MS],
    'Longest wait before a worker takes a request; over it, or when that is to be expected, 503.',
  ),
  flushRows: integer('MODA_FLUSH_ROWS', 'rows', 50_000, [1, 10_000_000], 'Event rows that seal a segment.'),
  flushBytes: bytes('MODA_FLUSH_BYTES', 16 * MIB, [1024, GIB], 'Compressed bytes that seal a segment.'),
  flushIntervalMs: integer('MODA_FLUSH_INTERVAL_MS', 'ms', 1000, [10, MINUTES_15_MS], 'Age that seals a segment.'),
  drainMs: integer(
    'MODA_DRAIN_MS',
    'ms',
    5000,
    [0, MINUTES_15_MS],
    'On SIGTERM the server still serves this long, with /readyz red and Connection: close.',
  ),
  insertFormat: choice('MODA_INSERT_FORMAT', ['RowBinary', 'Native'], 'RowBinary', 'Format of the INSERTs.'),
  durability: choice(
    'MODA_DURABILITY',
    ['disk', 'memory'],
    'disk',
    'When a request is acknowledged: its rows are on disk, or in the open segment in memory.',
  ),
  spoolBytesMax: bytes(
    'MODA_SPOOL_MAX_BYTES',
    10 * GIB,
    [MIB, 1024 * 1024 * GIB],
    'Disk that the spool may take while ClickHouse is away; over it 503.',
  ),
  rateLimitRps: optionalInteger('MODA_RATE_LIMIT_RPS', 'requests/s', 'Requests per tenant and process; over it 429.'),
  rateLimitBytes: optionalInteger(
    'MODA_RATE_LIMIT_BYTES',
    'bytes',
    'Bytes per second, tenant and process; over it 429.',
  ),
  // 2 KiB of it are kept for what follows a cut (codec/json-writer.ts): with less than 4 KiB every text would be cut to nothing.
  rawEventBytesMax: bytes('MODA_RAW_EVENT_MAX_BYTES', 8 * MIB, [4096, GIB], 'Longer raw texts are cut, with a marker.'),
  retentionRawDays: integer('MODA_RETENTION_RAW_DAYS', 'days', 30, [1, 36_500], 'TTL of events_raw, from receipt.'),
  retentionEventsDays: integer(
    'MODA_RETENTION_EVENTS_DAYS',
    'days',
    365,
    [1, 36_500],
    'TTL of coding_agent_events, from receipt.',
  ),
  capturePrompts: captureFlag(
    'CODING_AGENT_CAPTURE_PROMPTS',
    'Store all prompt text, of hooks and OTLP; only true and 1 are on.',
  ),
  captureOutputs: captureFlag(
    'CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS',
    'Store all output: snippets of what tools and models answer, file contents; only true and 1 are on.',
  ),
  allowEventLevelOptIn: captureFlag(
    'CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN',
    'Let an event opt in to capture by moda.capture_prompts and moda.capture_outputs; only true and 1 are on.',
  ),
  taskRequestsMax: integer('MODA_TASK_MAX_REQUESTS', 'requests', 64, [1, 4096], 'Bodies coalesced into one task.'),
  taskBytesMax: bytes('MODA_TASK_MAX_BYTES', MIB, [1024, GIB], 'Bytes of bodies coalesced into one task.'),
  poolQueueMax: optionalInteger(
    'MODA_POOL_QUEUE_MAX',
    'tasks',
    'Tasks handed to the pool that no worker has begun; over it 503.',
    'workers²',
  ),
  ringBytes: bytes('MODA_RING_BYTES', 64 * MIB, [MIB, 4 * GIB], 'Columnar ring per worker.'),
  promptBytesMax: bytes('MODA_PROMPT_MAX_BYTES', 65_536, [1, 16 * MIB], 'Prompt text, cut after redaction.'),
  outputSnippetBytesMax: bytes(
    'MODA_OUTPUT_SNIPPET_MAX_BYTES',
    4096,
    [1, 16 * MIB],
    'Output snippet, cut after redaction.',
  ),
  redactionRulesFile: optionalText('MODA_REDACTION_RULES_FILE', 'Extra redaction rules and allow-list, JSON.', {
    unit: 'file',
  }),
  pricesFile: optionalText('MODA_PRICES_FILE', 'Model prices behind estimated_cost_usd; unset: the shipped table.', {
    unit: 'file',
  }),
  dropStreamEvents: flag('MODA_DROP_STREAM_EVENTS', 'Leave content-free stream events out of coding_agent_events.'),
  dropInternalSpans: flag('MODA_DROP_INTERNAL_SPANS', 'Leave internal spans (Codex) out of coding_agent_events.'),
  skillModelUrl: optionalUrl(
    'MODA_SKILL_MODEL_URL',
    'Model endpoint of the skill writer; unset: the extractive writer.',
  ),
  skillModelKey: optionalText('MODA_SKILL_MODEL_KEY', 'Key of that endpoint.', { unit: 'key', isSecret: true }),
  skillModelName: optionalText('MODA_SKILL_MODEL_NAME', 'Model at that endpoint.', { unit: 'name' }),
  logLevel: choice(
    'MODA_LOG_LEVEL',
    ['silent', 'error', 'warn', 'info', 'debug'],
    'info',
    'error: data was lost; warn: recovered; info: lifecycle.',
  ),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** Every setting with its value, frozen; the keys are those of the table. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]> };

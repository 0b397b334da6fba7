/**
 * The naive pipeline, as one would write it in an afternoon: decode to objects, normalize to an object, JSON.stringify.
 * The reference of every ratio. It is spared redaction, hashing of event ids and compression, which the real one does.
 */

import { randomUUID } from 'node:crypto';
import { type OtlpSignal, requestType } from './fleet/otlp.ts';
import type { Body } from './fleet.ts';

export interface NaiveResult {
  /** Rows of coding_agent_events as JSONEachRow. */
  readonly events: string;
  /** The row of events_raw as JSONEachRow. */
  readonly raw: string;
  readonly count: number;
}

export type NaiveRow = Record<string, unknown>;
type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Values = Record<string, Value>;
interface Message {
  readonly [field: string]: unknown;
}

const TENANT = 'acme';
const RECEIVED_MS = 1_763_812_345_678;
const LEVELS = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

/** Columns by the attribute names that fill them; the first that is there wins. */
const COLUMNS: readonly (readonly [string, readonly string[], 'text' | 'number' | 'flag'])[] = [
  [
    'session_id',
    [
      'session.id',
      'session_id',
      'conversation.id',
      'conversation_id',
      'cursor.conversation.id',
      'gen_ai.conversation.id',
    ],
    'text',
  ],
  ['prompt_id', ['prompt.id', 'prompt_id'], 'text'],
  ['api_request_id', ['request_id', 'gen_ai.response.id', 'cursor.request.id'], 'text'],
  ['event_sequence', ['event.sequence'], 'number'],
  ['org_id', ['org_id', 'org.id', 'company.id', 'organization.id'], 'text'],
  ['project_id', ['project_id', 'project.id', 'moda.project_id'], 'text'],
  ['user_id', ['moda.user_id', 'enduser.id', 'user.id'], 'text'],
  ['user_email', ['user.email', 'enduser.email', 'user_email'], 'text'],
  ['repo', ['repo'], 'text'],
  ['branch', ['branch'], 'text'],
  ['cwd', ['cwd'], 'text'],
  ['app_version', ['app.version', 'cursor_version', 'service.version'], 'text'],
  ['model', ['model', 'gen_ai.request.model', 'cursor.model.name'], 'text'],
  ['tool_name', ['tool_name', 'gen_ai.tool.name'], 'text'],
  ['tool_use_id', ['tool_use_id', 'call_id'], 'text'],
  ['command', ['command'], 'text'],
  ['success', ['success'], 'flag'],
  ['duration_ms', ['duration_ms', 'duration'], 'number'],
  ['ttft_ms', ['ttft_ms'], 'number'],
  ['decision', ['decision'], 'text'],
  ['permission_mode', ['permission_mode'], 'text'],
  ['input_tokens', ['input_tokens', 'cursor.api.request.input_tokens'], 'number'],
  ['output_tokens', ['output_tokens', 'cursor.api.request.output_tokens'], 'number'],
  ['cache_read_tokens', ['cache_read_tokens'], 'number'],
  ['cache_creation_tokens', ['cache_creation_tokens'], 'number'],
  ['cost_usd', ['cost_usd'], 'number'],
  ['prompt_text', ['prompt', 'prompt_text'], 'text'],
  ['prompt_length', ['prompt_length'], 'number'],
];
const TAKEN = new Set(COLUMNS.flatMap(([, names]) => names));

/** Runs one plain (not compressed) body. */
export function runNaive(body: Body): NaiveResult {
  const document = decode(body);
  return finish(body, rowsOf(body, document), document);
}

/** Decodes and normalizes to objects, and stops there. */
export function naiveRows(body: Body): NaiveRow[] {
  return rowsOf(body, decode(body));
}

function decode(body: Body): Message {
  if (body.signal === 'hooks' || body.bodyType === 'json') return JSON.parse(body.bytes.toString('utf8')) as Message;
  return requestType(body.signal).decode(body.bytes) as unknown as Message;
}

function rowsOf(body: Body, document: Message): NaiveRow[] {
  return body.signal === 'hooks' ? [hookRow(body, document as Values)] : otlpRows(body, body.signal, document);
}

function finish(body: Body, rows: readonly NaiveRow[], document: unknown): NaiveResult {
  const raw = {
    timestamp: RECEIVED_MS,
    request_id: randomUUID(),
    tenant_id: TENANT,
    provider: body.provider,
    signal: body.signal,
    http_status: 200,
    body_bytes: body.bytes.length,
    // ClickHouse takes an object for a String column (input_format_json_read_objects_as_strings): no second escaping.
    raw_event: document,
  };
  return { events: rows.map((row) => JSON.stringify(row)).join('\n'), raw: JSON.stringify(raw), count: rows.length };
}

function otlpRows(body: Body, signal: OtlpSignal, document: Message): NaiveRow[] {
  if (signal === 'metrics') return [];
  const [resources, scopes, records] = LEVELS[signal];
  const rows: NaiveRow[] = [];
  for (const group of list(document[resources])) {
    const resourceValues = values((group['resource'] as Message | undefined)?.['attributes']);
    for (const part of list(group[scopes])) {
      const scopeValues = values((part['scope'] as Message | undefined)?.['attributes']);
      for (const record of list(part[records])) {
        const merged = { ...resourceValues, ...scopeValues, ...values(record['attributes']) };
        rows.push(normalize(body, merged, eventName(record, merged), timeOf(record)));
      }
    }
  }
  return rows;
}

function hookRow(body: Body, payload: Values): NaiveRow {
  return normalize(body, payload, String(payload['hook_event_name'] ?? ''), RECEIVED_MS * 1000);
}

/** One flat set of values → one row. */
function normalize(body: Body, merged: Values, name: string, timeMicros: number): NaiveRow {
  const row: NaiveRow = {
    event_id: randomUUID(),
    tenant_id: TENANT,
    timestamp: timeMicros,
    ingested_at: RECEIVED_MS,
    provider: body.provider,
    signal: body.signal,
    event_name: name,
  };
  for (const [column, names, kind] of COLUMNS) {
    const found = names.find((candidate) => merged[candidate] !== undefined);
    if (found === undefined) continue;
    const value = merged[found]!;
    if (kind === 'number') row[column] = Number(value);
    else row[column] = kind === 'flag' ? value === true || value === 'true' : String(value);
  }
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(merged)) {
    if (!TAKEN.has(key)) attributes[key] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  row['attributes'] = attributes;
  return row;
}

function eventName(record: Message, merged: Values): string {
  return String(merged['event.name'] ?? record['name'] ?? plain(record['body'] as Message | null) ?? '');
}

function timeOf(record: Message): number {
  return Number(record['timeUnixNano'] ?? record['startTimeUnixNano'] ?? 0) / 1000;
}

function list(value: unknown): Message[] {
  return (value as Message[] | undefined) ?? [];
}

function values(attributes: unknown): Values {
  const merged: Values = {};
  for (const { key, value } of (attributes as { key: string; value: Message | null }[] | undefined) ?? []) {
    merged[key] = plain(value);
  }
  return merged;
}

function plain(value: Message | null | undefined): Value {
  if (value === null || value === undefined) return null;
  // The one own field; the others answer with their defaults from the prototype of a protobufjs message.
  const kind = Object.keys(value)[0];
  if (kind === undefined) return null;
  const content = value[kind];
  if (kind === 'intValue') return Number(content);
  if (kind === 'arrayValue') return list((content as Message)['values']).map(plain);
  if (kind === 'kvlistValue') return values((content as Message)['values']);
  return content as Value;
}

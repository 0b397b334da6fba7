/** The captures and what they carry, read by JSON.parse or protobufjs. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { protoRoot } from './otlp.ts';

const ROOT = resolve(import.meta.dirname, '../../golden/captures');
export type Signal = 'logs' | 'traces' | 'metrics' | 'hooks';
export interface Capture {
  readonly agent: string;
  readonly file: string;
  readonly signal: Signal;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

function signalOf(file: string): Signal {
  return /(logs|traces|metrics|hooks)\./.exec(file)![1] as Signal;
}

export const CAPTURES: readonly Capture[] = ['claude', 'codex', 'cursor'].flatMap((agent) =>
  readdirSync(join(ROOT, agent))
    .filter((file) => !file.endsWith('.headers.json'))
    .map((file) => {
      const sent = JSON.parse(readFileSync(join(ROOT, agent, `${file}.headers.json`), 'utf8')).headers as Record<
        string,
        string
      > | null;
      const headers: Record<string, string> = {
        'content-type':
          sent?.['content-type'] ?? (file.includes('.binpb') ? 'application/x-protobuf' : 'application/json'),
        ...(sent?.['content-encoding'] && { 'content-encoding': sent['content-encoding'] }),
        ...(sent?.['user-agent'] && { 'user-agent': sent['user-agent'] }),
      };
      return { agent, file, signal: signalOf(file), body: readFileSync(join(ROOT, agent, file)), headers };
    }),
);

export interface Attributes {
  readonly [name: string]: unknown;
}
export interface Source {
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly record: Record<string, unknown>;
}

function plain(value: Record<string, unknown> | undefined): unknown {
  if (!value) return undefined;
  if ('stringValue' in value) return value['stringValue'];
  if ('boolValue' in value) return value['boolValue'];
  if ('intValue' in value) return Number(value['intValue']);
  if ('doubleValue' in value) return value['doubleValue'];
  return value;
}
const flat = (list: readonly { key: string; value: Record<string, unknown> }[] = []): Attributes =>
  Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]));

const TYPES = {
  logs: 'ExportLogsServiceRequest',
  traces: 'ExportTraceServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
} as const;

function request(capture: Capture): Record<string, unknown> {
  const bytes = capture.file.endsWith('.gz') ? gunzipSync(capture.body) : capture.body;
  if (!capture.file.includes('.binpb')) return JSON.parse(bytes.toString('utf8'));
  const type = protoRoot().lookupType(TYPES[capture.signal as 'logs']);
  return type.toObject(type.decode(bytes), { longs: String, bytes: String });
}

/** The records of a capture in the order of the wire. */
export function sources(capture: Capture): Source[] {
  const body = request(capture) as Record<string, never[]>;
  if (capture.signal === 'hooks') return [{ attributes: body as unknown as Attributes, resource: {}, record: body }];
  const [outer, middle, inner] =
    capture.signal === 'logs' ? ['resourceLogs', 'scopeLogs', 'logRecords'] : ['resourceSpans', 'scopeSpans', 'spans'];
  return ((body[outer!] ?? []) as Record<string, never>[]).flatMap((one) =>
    ((one[middle!] ?? []) as Record<string, never>[]).flatMap((two) =>
      ((two[inner!] ?? []) as Record<string, never>[]).map((record) => ({
        attributes: flat(record['attributes']),
        resource: flat((one['resource'] as Record<string, never> | undefined)?.['attributes']),
        record,
      })),
    ),
  );
}

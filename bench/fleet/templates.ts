/** Shapes of real telemetry: the records, resources and hook payloads of the captures, to be filled with other people's values. */

import { readdirSync, readFileSync } from 'node:fs';
import type { Provider } from '../../src/model/identity.ts';
import type { Attribute, HookPayload, Metric, Resource, Scope } from './otlp.ts';

const CAPTURES = new URL('../../test/golden/captures/', import.meta.url);
const FOLDERS: Readonly<Record<Provider, string>> = { claude_code: 'claude', codex: 'codex', cursor: 'cursor' };

/** A capture of fewer records may have more in common than what its process puts first. */
const LEAD_RECORDS_MIN = 3;

export interface Templates {
  readonly resource: Resource;
  readonly scope: Scope;
  /** Log records or spans, without the attributes of `leads`. */
  readonly records: readonly RecordTemplate[];
  /** What one process puts first into each of its records, by capture: version and settings decide. May be one empty list. */
  readonly leads: readonly (readonly Attribute[])[];
}

export interface RecordTemplate {
  readonly attributes: readonly Attribute[];
}

export interface MetricTemplates {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly metrics: readonly Metric[];
}

type Envelope = Record<string, { resource: Resource; [scopes: string]: unknown }[]>;

function documents(provider: Provider, pattern: RegExp): unknown[] {
  const folder = new URL(`${FOLDERS[provider]}/`, CAPTURES);
  return readdirSync(folder)
    .filter((file) => pattern.test(file))
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
}

/** Log records or spans of a provider's captures; Cursor sends no spans. */
export function recordTemplates(provider: Provider, signal: 'logs' | 'traces'): Templates {
  const [resources, scopes, records] =
    signal === 'logs' ? ['resourceLogs', 'scopeLogs', 'logRecords'] : ['resourceSpans', 'scopeSpans', 'spans'];
  const captures: RecordTemplate[][] = [];
  let resource: Resource | undefined;
  let scope: Scope | undefined;
  for (const document of documents(provider, new RegExp(`(^|\\.)${signal}\\..*json$`)) as Envelope[]) {
    const found: RecordTemplate[] = [];
    captures.push(found);
    for (const group of document[resources!] ?? []) {
      resource ??= group.resource;
      for (const part of group[scopes!] as { scope: Scope; [records: string]: unknown }[]) {
        scope ??= part.scope;
        found.push(...(part[records!] as RecordTemplate[]));
      }
    }
  }
  if (resource === undefined || scope === undefined) throw new Error(`no ${signal} captures of ${provider}`);
  const leads = captures.filter((capture) => capture.length >= LEAD_RECORDS_MIN).map(leadOf);
  const keys = new Set(leads.flat().map(({ key }) => key));
  return { resource, scope, records: captures.flat().map((record) => withoutLead(record, keys)), leads };
}

/** The attributes that all records of a capture, which one process sent, begin with. */
function leadOf(capture: readonly RecordTemplate[]): Attribute[] {
  const [first, ...rest] = capture;
  const isShared = (attribute: Attribute, index: number): boolean =>
    rest.every((record) => JSON.stringify(record.attributes[index]) === JSON.stringify(attribute));
  const end = first!.attributes.findIndex((attribute, index) => !isShared(attribute, index));
  return first!.attributes.slice(0, end < 0 ? first!.attributes.length : end);
}

function withoutLead(record: RecordTemplate, keys: ReadonlySet<string>): RecordTemplate {
  const first = record.attributes.findIndex(({ key }) => !keys.has(key));
  return { ...record, attributes: first < 0 ? [] : record.attributes.slice(first) };
}

/** All metrics of a provider's captures. */
export function metricTemplates(provider: Provider): MetricTemplates {
  const found: Metric[] = [];
  let resource: Resource | undefined;
  let scope: Scope | undefined;
  for (const document of documents(provider, /(^|\.)metrics\..*json$/) as Envelope[]) {
    for (const group of document['resourceMetrics'] ?? []) {
      resource ??= group.resource;
      for (const part of group['scopeMetrics'] as { scope: Scope; metrics: Metric[] }[]) {
        scope ??= part.scope;
        found.push(...part.metrics);
      }
    }
  }
  if (resource === undefined || scope === undefined) throw new Error(`no metrics captures of ${provider}`);
  return { resource, scope, metrics: found };
}

/** Hook payloads of a provider's captures. */
export function hookTemplates(provider: Provider): HookPayload[] {
  return documents(provider, /hooks\..*(?<!headers\.)json$/).filter(
    (document) => !('raw_headers' in (document as object)),
  ) as HookPayload[];
}

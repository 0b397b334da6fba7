/** One body through decoding and normalizing alone, without scrubbing: what each record's event holds, by column name. */

import { expandJsonStrings } from '../../../src/codec/json-strings.ts';
import { decodeBody } from '../../../src/decode/decode.ts';
import { CanonicalEvent, Slot } from '../../../src/model/event.ts';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { RecordView, type RecordVisitor } from '../../../src/model/record.ts';
import { CODING_AGENT_EVENTS } from '../../../src/model/schema.ts';
import { Tape } from '../../../src/model/tape.ts';
import { EventIds } from '../../../src/normalize/event-id.ts';
import { EventIdentity } from '../../../src/normalize/identify.ts';
import { Normalizer } from '../../../src/normalize/normalizer.ts';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Values = Readonly<Record<string, Value>>;

/** Columns that hold something, and the entries of `attributes`. */
export interface Normalized {
  readonly id: string;
  readonly columns: Readonly<Record<string, string | number>>;
  readonly attributes: Readonly<Record<string, string>>;
}

export const RECEIVED_AT_MS = 1_763_812_345_678;
const OPTIONS = {
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  dropStreamEvents: false,
  dropInternalSpans: false,
};
const NO_SCRUBBING = { promptSuppressed: false, outputSuppressed: false, redactions: 0 };
const REQUEST_ID = Uint8Array.from({ length: 16 }, (_, index) => index);

/** A hook's payload, or a list of them. */
export function hook(provider: Provider, payload: Value): Normalized {
  return rowsOf(provider, 'hooks', payload)[0]!;
}

/** One log record with these attributes on its three scopes; `fields` are those of the record beside its attributes. */
export function log(provider: Provider, scopes: Scopes, fields: Values = {}): Normalized {
  const record = { ...fields, attributes: listOf(scopes.record) };
  return rowsOf(provider, 'logs', {
    resourceLogs: [
      {
        resource: { attributes: listOf(scopes.resource) },
        scopeLogs: [{ scope: { attributes: listOf(scopes.scope) }, logRecords: [record] }],
      },
    ],
  })[0]!;
}

/** One span. */
export function span(provider: Provider, name: string, attributes: Values, fields: Values = {}): Normalized {
  const ids = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' };
  const record = { ...ids, ...fields, name, attributes: listOf(attributes) };
  return rowsOf(provider, 'traces', { resourceSpans: [{ scopeSpans: [{ spans: [record] }] }] })[0]!;
}

export interface Scopes {
  readonly record?: Values;
  readonly scope?: Values;
  readonly resource?: Values;
}

function listOf(values: Values = {}): Value {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Value): Value {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: listOf(value as Values) } };
}

/** Reused, as in a worker: what an earlier request left must not matter. */
const tape = new Tape();
const view = new RecordView(tape);
const ids = new EventIds();
const identity = new EventIdentity();
const normalizer = new Normalizer(OPTIONS);
const event = new CanonicalEvent();

/** The events of a JSON body. */
export function rowsOf(provider: Provider, signal: Signal, body: Value, tenantId = 'acme'): Normalized[] {
  tape.reset();
  view.provider = provider;
  view.signal = signal;
  const bytes = Buffer.from(JSON.stringify(body));
  const start = tape.append(bytes);
  const visitor = new NormalizingVisitor();
  ids.beginRequest(tenantId, provider, REQUEST_ID);
  normalizer.beginRequest();
  const decoded = decodeBody(view, signal, 'json', start, start + bytes.length, visitor);
  if (visitor.rejections.length > 0) throw new Error(`${JSON.stringify(decoded)} ${visitor.rejections.join()}`);
  return visitor.rows;
}

class NormalizingVisitor implements RecordVisitor {
  readonly rows: Normalized[] = [];
  readonly rejections: string[] = [];

  resource(view: RecordView): void {
    ids.beginResource(view);
    normalizer.beginResource(view);
  }

  scope(view: RecordView): void {
    normalizer.beginScope(view);
  }

  record(view: RecordView): void {
    const id = Buffer.from(ids.of(view)).toString('hex');
    expandJsonStrings(view.tape, 0, view.tape.count);
    identity.read(view);
    normalizer.normalize(view, identity, NO_SCRUBBING, RECEIVED_AT_MS, event);
    this.rows.push({ id, columns: columnsOf(view.tape, event), attributes: attributesOf(view.tape, event) });
  }

  resourceEnd(): void {}

  scopeEnd(): void {}

  rejected(reason: string): void {
    this.rejections.push(reason);
  }
}

function columnsOf(tape: Tape, event: CanonicalEvent): Record<string, string | number> {
  const columns: Record<string, string | number> = {};
  CODING_AGENT_EVENTS.columns.forEach(({ name }, index) => {
    if (event.slot[index] === Slot.NUMBER) columns[name] = event.number[index]!;
    if (event.slot[index] === Slot.SPAN) columns[name] = tape.text(event.start[index]!, event.length[index]!);
  });
  return columns;
}

function attributesOf(tape: Tape, event: CanonicalEvent): Record<string, string> {
  const attributes: Record<string, string> = {};
  const add = (key: string, value: string): void => {
    if (Object.hasOwn(attributes, key)) throw new Error(`${key} stands twice`);
    attributes[key] = value;
  };
  for (let index = 0; index < event.mapCount; index++) {
    const key = tape.text(event.mapKeyStart[index]!, event.mapKeyLength[index]!);
    add(key, tape.text(event.mapValueStart[index]!, event.mapValueLength[index]!));
  }
  const texts = textsOf(event.encoded.subarray(0, event.encodedBytes));
  if (texts.length !== event.encodedCount * 2)
    throw new Error(`${texts.length} texts in ${event.encodedCount} entries`);
  for (let index = 0; index < texts.length; index += 2) add(texts[index]!, texts[index + 1]!);
  return attributes;
}

/** Texts as RowBinary writes them: each behind its length in bytes, a LEB128. */
function textsOf(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    texts.push(Buffer.from(bytes.subarray(at, at + length)).toString('utf8'));
    at += length;
  }
  return texts;
}

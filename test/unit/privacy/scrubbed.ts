/** Bodies through decoder, expansion, identification and scrubber, as the pipeline does it; read back from the raw text. */

import { expandJsonStrings } from '../../../src/codec/json-strings.ts';
import { RawWriter } from '../../../src/codec/json-writer.ts';
import { decodeBody } from '../../../src/decode/decode.ts';
import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { internName } from '../../../src/model/names.ts';
import { RecordView } from '../../../src/model/record.ts';
import { Tape } from '../../../src/model/tape.ts';
import { EventIdentity } from '../../../src/normalize/identify.ts';
import { Scrubber, type ScrubOptions } from '../../../src/privacy/scrub.ts';

const NOTHING_CAPTURED: ScrubOptions = {
  capturePrompts: false,
  captureOutputs: false,
  allowEventLevelOptIn: false,
  promptBytesMax: 65_536,
  outputSnippetBytesMax: 4096,
  customRules: NO_CUSTOM_RULES,
};

export interface ScrubbedRecord {
  readonly promptSuppressed: boolean;
  readonly outputSuppressed: boolean;
  readonly redactions: number;
}

export interface Scrubbed {
  /** The raw text, parsed. */
  readonly raw: unknown;
  /** What stands in it at this path; undefined when there is nothing. */
  at(...path: readonly (string | number)[]): unknown;
  readonly text: string;
  readonly records: readonly ScrubbedRecord[];
  readonly counts: Readonly<Record<string, number>>;
}

const TOOL_NAME = internName('tool_name');

/** `body` is stringified, unless it is bytes. */
export function scrub(
  provider: Provider,
  signal: Signal,
  body: unknown,
  options: Partial<ScrubOptions> = {},
): Scrubbed {
  const scrubber = new Scrubber({ ...NOTHING_CAPTURED, ...options });
  const tape = new Tape();
  const view = new RecordView(tape);
  const identity = new EventIdentity();
  const raw = new RawWriter();
  const records: ScrubbedRecord[] = [];
  raw.reset(64 * 1024 * 1024);
  view.provider = provider;
  view.signal = signal;
  const start = tape.append(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
  decodeBody(view, signal, 'json', start, tape.used, {
    resource() {
      expandJsonStrings(tape, 0, tape.count);
      scrubber.scrubResource(view);
      raw.resource(view);
    },
    resourceEnd() {},
    scope() {
      expandJsonStrings(tape, 0, tape.count);
      scrubber.scrubScope(view);
      raw.scope(view);
    },
    scopeEnd() {},
    record() {
      expandJsonStrings(tape, 0, tape.count);
      identity.read(view);
      scrubber.scrubRecord(view, identity.nameId, view.attribute(TOOL_NAME));
      const { promptSuppressed, outputSuppressed, redactions } = scrubber;
      records.push({ promptSuppressed, outputSuppressed, redactions });
      raw.record(view);
    },
    rejected(reason) {
      throw new Error(reason);
    },
  });
  const length = raw.finish(view);
  const text = Buffer.from(raw.bytes.subarray(0, length)).toString('utf8');
  const document = JSON.parse(text) as unknown;
  const at = (...path: readonly (string | number)[]): unknown => valueAt(document, path);
  return { raw: document, at, text, records, counts: scrubber.takeRuleCounts() };
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    document,
  );
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

function anyValue(value: Value): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(value as Record<string, Value>) } };
}

function attributes(values: Readonly<Record<string, Value>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

export interface Scopes {
  readonly resource?: Readonly<Record<string, Value>>;
  readonly scope?: Readonly<Record<string, Value>>;
}

/** One log record with these attributes. */
export function log(own: Readonly<Record<string, Value>>, { resource = {}, scope = {} }: Scopes = {}, body?: Value) {
  const record = { attributes: attributes(own), ...(body !== undefined && { body: anyValue(body) }) };
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes(resource) },
        scopeLogs: [{ scope: { name: 's', attributes: attributes(scope) }, logRecords: [record] }],
      },
    ],
  };
}

/** One span with these attributes and fields. */
export function span(own: Readonly<Record<string, Value>>, fields: Record<string, unknown> = {}, scopes: Scopes = {}) {
  const { resource = {}, scope = {} } = scopes;
  const record = { name: 'x', attributes: attributes(own), ...fields };
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: 's', attributes: attributes(scope) }, spans: [record] }],
      },
    ],
  };
}

/** A span event. */
export function spanEvent(name: string, own: Readonly<Record<string, Value>>) {
  return { name, timeUnixNano: '1', attributes: attributes(own) };
}

/** The record's attributes by name, as plain values. */
export function attributesOf({ at }: Scrubbed): Record<string, unknown> {
  const own =
    at('resourceLogs', 0, 'scopeLogs', 0, 'logRecords', 0, 'attributes') ??
    at('resourceSpans', 0, 'scopeSpans', 0, 'spans', 0, 'attributes');
  return plainAttributes(own as Pair[]);
}

type Pair = { key: string; value: Record<string, unknown> };

function plainAttributes(pairs: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: Record<string, unknown>): unknown {
  const [kind, held] = Object.entries(value)[0]!;
  if (kind === 'kvlistValue') return plainAttributes((held as { values: Pair[] }).values);
  if (kind === 'arrayValue') return (held as { values: Record<string, unknown>[] }).values.map(plainValue);
  return held;
}

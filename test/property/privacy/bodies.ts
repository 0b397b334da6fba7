/** All captures as JSON documents, each to be sent in the encodings that its route takes. */

import { gunzipSync } from 'node:zlib';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { captureBytes, captureNames } from '../../unit/decode/captures.ts';
import { decodeMessage, requestType, toOtlpJson } from '../../unit/decode/otlp-oracle.ts';
import type { Json } from './planting.ts';

export interface Document {
  readonly name: string;
  readonly provider: Provider;
  readonly signal: Signal;
  readonly body: Json;
  readonly bodyTypes: readonly ('json' | 'protobuf')[];
}

const PROVIDERS: Readonly<Record<string, Provider>> = { claude: 'claude_code', codex: 'codex', cursor: 'cursor' };

export const DOCUMENTS: readonly Document[] = captureNames(/\.(json|binpb|gz)$/).map((name) => {
  const signal = /(logs|traces|metrics|hooks)\./.exec(name)![1] as Signal;
  const raw = captureBytes(name);
  const bytes = name.endsWith('.gz') ? gunzipSync(raw) : raw;
  const isProtobuf = name.includes('.binpb') && signal !== 'hooks';
  const text = isProtobuf ? toOtlpJson(decodeMessage(signal as 'logs', bytes)) : bytes.toString('utf8');
  return {
    name,
    provider: PROVIDERS[name.split('/')[0]!]!,
    signal,
    body: JSON.parse(text) as Json,
    bodyTypes: signal === 'hooks' ? ['json'] : ['json', 'protobuf'],
  };
});

/** Where bodies of an agent and a signal are sent. */
export const PATHS = Object.fromEntries(
  Object.entries(PROVIDERS).map(([agent, provider]) => [
    provider,
    Object.fromEntries(['logs', 'traces', 'metrics', 'hooks'].map((signal) => [signal, `/v1/otel/${agent}/${signal}`])),
  ]),
) as Record<Provider, Record<Signal, string>>;

/** The body as a client would send it. Texts at places of ids and numbers are left out of protobuf. */
export function encoded({ signal }: Document, body: Json, bodyType: 'json' | 'protobuf'): Uint8Array {
  return bodyType === 'json' ? Buffer.from(JSON.stringify(body)) : protobufOf(signal as 'logs', body);
}

function protobufOf(signal: 'logs' | 'traces' | 'metrics', body: Json): Uint8Array {
  const type = requestType(signal);
  return type.encode(type.fromObject(withIds(body) as object)).finish();
}

/** Ids as bytes, where they are hex; 64-bit numbers as they are. */
function withIds(value: Json, key = ''): unknown {
  if (typeof value === 'string') {
    const isId = key === 'traceId' || key === 'spanId' || key === 'parentSpanId';
    if (isId) return /^[0-9a-f]*$/.test(value) ? Buffer.from(value, 'hex') : Buffer.alloc(0);
    const isNumber = /(?:UnixNano|intValue|asInt|count|Counts)$/.test(key);
    return isNumber && !/^-?\d+$/.test(value) ? '0' : value;
  }
  if (Array.isArray(value)) return value.map((element) => withIds(element, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, withIds(child, name)]));
}

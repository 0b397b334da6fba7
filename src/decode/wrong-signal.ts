/**
 * Telemetry sent to another signal's route. Field numbers overlap, so a logs payload can decode as spans without ids
 * (OTLP/HTTP servers store such rows): the first record's wire types tell what it is.
 */

import { isValidUtf8 } from '../codec/utf8.ts';
import type { WireReader } from '../codec/wire-reader.ts';
import { IngestError } from '../errors.ts';
import { PROVIDER_BY_ROUTE, type Provider, type Signal } from '../model/identity.ts';

type OtlpSignal = Exclude<Signal, 'hooks'>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Wire type of each field number (packed scalars do not occur in these messages). */
const FIELD_TYPES: Readonly<Record<OtlpSignal, Readonly<Record<number, number>>>> = {
  logs: {
    1: FIXED64,
    2: VARINT,
    3: LENGTH,
    5: LENGTH,
    6: LENGTH,
    7: VARINT,
    8: FIXED32,
    9: LENGTH,
    10: LENGTH,
    11: FIXED64,
    12: LENGTH,
  },
  traces: {
    1: LENGTH,
    2: LENGTH,
    3: LENGTH,
    4: LENGTH,
    5: LENGTH,
    6: VARINT,
    7: FIXED64,
    8: FIXED64,
    9: LENGTH,
    10: VARINT,
    11: LENGTH,
    12: VARINT,
    13: LENGTH,
    14: VARINT,
    15: LENGTH,
    16: FIXED32,
  },
  metrics: { 1: LENGTH, 2: LENGTH, 3: LENGTH, 5: LENGTH, 7: LENGTH, 9: LENGTH, 10: LENGTH, 11: LENGTH, 12: LENGTH },
};

/** Fields whose length is 0 or this, by signal: trace and span ids. */
const ID_BYTES: Readonly<Record<OtlpSignal, Readonly<Record<number, number>>>> = {
  logs: { 9: 16, 10: 8 },
  traces: { 1: 16, 2: 8, 4: 8 },
  metrics: {},
};

/** Text fields, whose bytes must be UTF-8: a metric's gauge in the place of a span's name is not. */
const TEXT_FIELDS: Readonly<Record<OtlpSignal, readonly number[]>> = {
  logs: [3, 12],
  traces: [3, 5],
  metrics: [1, 2, 3],
};

/** Field numbers that together speak for a signal, as bits; one set is enough. */
const EVIDENCE: Readonly<Record<OtlpSignal, readonly number[]>> = {
  logs: [bits(1), bits(6), bits(11)],
  traces: [bits(1, 2)],
  metrics: [bits(1, 5), bits(1, 7), bits(1, 9), bits(1, 10), bits(1, 11)],
};

function bits(...fields: readonly number[]): number {
  return fields.reduce((set, field) => set | (1 << field), 0);
}

const OTLP_SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];

/**
 * Throws WRONG_SIGNAL, naming the right route, when the record from the reader's position to `end` cannot be of
 * `signal` but looks like another one. What fits none is left to the decoder. The position is kept.
 */
export function refuseOtherSignal(reader: WireReader, end: number, provider: Provider, signal: Signal): void {
  if (signal === 'hooks' || fieldsOf(reader, end, signal) >= 0) return;
  for (const candidate of OTLP_SIGNALS) {
    const fields = fieldsOf(reader, end, candidate);
    if (fields > 0 && EVIDENCE[candidate].some((set) => (fields & set) === set)) throw wrongSignal(provider, candidate);
  }
}

/** The error for a body that belongs on another route of the same agent. */
export function wrongSignal(provider: Provider, found: Signal): IngestError {
  const word = Object.keys(PROVIDER_BY_ROUTE).find((name) => PROVIDER_BY_ROUTE[name] === provider);
  return new IngestError('WRONG_SIGNAL', `found ${found}, which belong at /v1/otel/${word}/${found}`);
}

/** The signal's own fields that the record has, as bits of their numbers; -1 when one of them cannot be what it is. */
function fieldsOf(reader: WireReader, end: number, signal: OtlpSignal): number {
  const start = reader.pos;
  let fields = 0;
  try {
    while (reader.pos < end) {
      const tag = reader.fieldTag();
      const valueStart = reader.pos;
      reader.skipField(tag, end);
      if (FIELD_TYPES[signal][tag >>> 3] === undefined) continue;
      if (!fieldFits(reader, tag, valueStart, signal)) return -1;
      fields |= 1 << (tag >>> 3);
    }
    return reader.pos === end ? fields : -1;
  } catch (error) {
    if (error !== reader.fault) throw error;
    return -1;
  } finally {
    reader.pos = start;
  }
}

/** Judges the field that the reader just skipped. PRECONDITION: the signal knows it. */
function fieldFits(reader: WireReader, tag: number, valueStart: number, signal: OtlpSignal): boolean {
  const field = tag >>> 3;
  const expected = FIELD_TYPES[signal][field];
  if ((tag & 7) !== expected) return false;
  if (expected !== LENGTH) return true;
  const fieldEnd = reader.pos;
  reader.pos = valueStart;
  reader.lengthEnd(fieldEnd);
  const start = reader.pos;
  reader.pos = fieldEnd;
  const idBytes = ID_BYTES[signal][field];
  if (idBytes !== undefined && fieldEnd !== start && fieldEnd - start !== idBytes) return false;
  return !TEXT_FIELDS[signal].includes(field) || isValidUtf8(reader.buf, start, fieldEnd - start);
}

/** Protobuf bodies put together field by field, and the records that decoding them gives. */

import { type PlainEvent, record } from './recording.ts';

/** One length-delimited field. */
export function field(number: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const attribute = (key: string, text: string): Buffer =>
  Buffer.concat([field(1, key), field(2, field(1, text))]);
/** A request of one resource and one scope. */
export const request = (...records: Uint8Array[]): Buffer =>
  field(1, field(2, ...records.map((record) => field(2, record))));

/** The records of a body, the rejected ones included. */
export function protobufRecords(body: Uint8Array, signal: 'logs' | 'traces' | 'metrics' = 'logs'): PlainEvent[] {
  return record(signal, 'protobuf', body).events.filter(({ call }) => call === 'record' || call === 'rejected');
}

/** Errors behind attributes that came before: the attributes of one tenant must not show in what another is told. */

import { expect, it } from 'vitest';
import { decodeBody } from '../../../src/decode/decode.ts';
import { IngestError } from '../../../src/errors.ts';
import { RecordView } from '../../../src/model/record.ts';
import { Tape } from '../../../src/model/tape.ts';
import { field, request } from './protobuf-fields.ts';

/** What the sender of a body is told of it: why it, or its one record, was refused. */
function told(form: 'json' | 'protobuf', body: Uint8Array): string {
  const tape = new Tape();
  const start = tape.append(body);
  let reason = '';
  const ignore = (): void => undefined;
  const rejected = (why: string): void => {
    reason = why;
  };
  const visitor = { resource: ignore, resourceEnd: ignore, scope: ignore, scopeEnd: ignore, record: ignore, rejected };
  try {
    decodeBody(new RecordView(tape), 'logs', form, start, start + body.length, visitor);
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    return error.detail;
  }
  return reason;
}

it('an error in JSON is the same whether the attribute before it was known', () => {
  const attribute = '{"key": "guessed.number", "value": {"intValue": 7}}';
  const records = (end: string): Uint8Array =>
    Buffer.from(
      `{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"attributes":[${attribute}${end}`,
    );
  const expected = "expected ',' or ']' (after the key attributes) at offset 137";
  expect(told('json', records(';'))).toBe(expected);
  expect(told('json', records(']}]}]}]}'))).toBe('');
  expect(told('json', records(';'))).toBe(expected);
});

it('an error in protobuf is the same whether the attribute before it was known', () => {
  const attribute = field(6, field(1, 'guessed.number'), field(2, Buffer.from([0x18, 7])));
  const broken = request(Buffer.concat([attribute, Buffer.from([0x32, 0x7f])]));
  const expected = /^record 1: length past the end of its message \(after the tag of field 6\)/;
  expect(told('protobuf', broken)).toMatch(expected);
  expect(told('protobuf', request(attribute))).toBe('');
  expect(told('protobuf', broken)).toMatch(expected);
});

import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { attribute, field, hex, protobufRecords, request } from './protobuf-fields.ts';
import { record } from './recording.ts';

describe('broken records', () => {
  const good = field(12, 'good');

  it.each([
    ['a length past its end', '62 05 61'],
    ['a varint past its end', '10 ff'],
    ['a fixed64 past its end', '09 0102'],
    ['a group', '0b 0c'],
    ['wire type 7', '0f'],
    ['field number 0', '00 00'],
    ['a varint of 11 bytes', '10 ffffffffffffffffffff01'],
    ['an attribute whose value runs past it', '32 06 0a 01 61 12 05 0a'],
    ['a body whose text runs past it', '2a 02 0a 05'],
  ])('leaves out a record with %s, its neighbours go on', (_name, content) => {
    const body = request(good, hex(content), good);
    const recorded = record('logs', 'protobuf', body);
    expect(recorded.recordCount).toBe(3);
    expect(protobufRecords(body)).toEqual([
      { call: 'record', weight: 1, name: 'good' },
      { call: 'rejected', reason: expect.stringMatching(/^record 2: [a-z0-9 ()]+ at offset \d+$/) },
      { call: 'record', weight: 1, name: 'good' },
    ]);
  });

  it('names the offset from the start of the body', () => {
    const body = request(good, hex('62 05 61'));
    const [, rejected] = protobufRecords(body);
    const at = body.indexOf(hex('62 05 61')) + 1;
    expect(rejected!['reason']).toBe(
      `record 2: length past the end of its message (after the tag of field 12) at offset ${at}`,
    );
  });

  it('refuses the body when the outer framing is broken', () => {
    const body = request(good, good);
    expect(outcome('logs', 'protobuf', body.subarray(0, -1))).toMatch(
      /^MALFORMED_PROTOBUF: length past the end .* at offset 1$/,
    );
    expect(outcome('logs', 'protobuf', Buffer.concat([body, hex('0b')]))).toMatch(/^MALFORMED_PROTOBUF: wire type 3/);
    expect(outcome('logs', 'protobuf', field(1, field(2, hex('12 05 00'))))).toMatch(/^MALFORMED_PROTOBUF: /);
    expect(outcome('logs', 'protobuf', field(1, field(1, hex('0a 05 00'))))).toMatch(/^MALFORMED_PROTOBUF: /);
  });

  it('skips unknown fields of every wire type', () => {
    const unknown = hex('a006 01 a106 0102030405060708 a206 02 6162 a506 01020304');
    const record = Buffer.concat([unknown, field(12, 'good'), unknown]);
    const body = Buffer.concat([unknown, field(1, unknown, field(2, unknown, field(2, record)), unknown), unknown]);
    expect(protobufRecords(body)).toEqual([{ call: 'record', weight: 1, name: 'good' }]);
  });

  it('takes known fields of a foreign wire type as unknown', () => {
    // severity_number as bytes, time as varint
    const body = request(
      Buffer.concat([hex('11 0102030405060708'), field(2, 'x'), field(12, 'good')]),
      field(12, 'good'),
    );
    expect(protobufRecords(body)).toHaveLength(2);
  });
});

describe('bounds', () => {
  it('takes an empty body as success', () => {
    for (const signal of ['logs', 'traces', 'metrics'] as const) {
      expect(record(signal, 'protobuf', new Uint8Array(0))).toEqual({ recordCount: 0, isAgentHook: false, events: [] });
    }
  });

  function nested(depth: number): Buffer {
    let value = field(1, 'x');
    for (let level = 0; level < depth; level++) value = field(5, field(1, value));
    return request(field(5, value));
  }

  it('reads 64 levels of AnyValue and refuses the 65th', () => {
    expect(outcome('logs', 'protobuf', nested(64))).toBe('1 records');
    expect(outcome('logs', 'protobuf', nested(65))).toMatch(/^NESTING_TOO_DEEP: deeper than 64 at offset \d+$/);
    expect(outcome('logs', 'protobuf', nested(10_000))).toMatch(/^NESTING_TOO_DEEP: /);
  });

  it('reads 100 000 attributes of one record', () => {
    const attributes = Array.from({ length: 100_000 }, (_, index) => field(6, attribute(`key.${index}`, 'v')));
    const [event] = protobufRecords(request(Buffer.concat(attributes)));
    expect(event!['attributes']).toHaveLength(100_000);
  });

  it('refuses more values than a record may have', () => {
    const values = Buffer.alloc(2 * 2_200_000);
    for (let index = 0; index < values.length; index += 2) values[index] = 0x0a;
    expect(outcome('logs', 'protobuf', request(field(5, field(5, values))))).toBe(
      'TOO_MANY_VALUES: more than 2000000 values',
    );
  });

  it('refuses more records than a request may have', () => {
    const empty = Buffer.alloc(2 * 1_000_001);
    for (let index = 0; index < empty.length; index += 2) empty[index] = 0x12;
    expect(outcome('logs', 'protobuf', field(1, field(2, empty)))).toBe(
      'TOO_MANY_VALUES: more than 1000000 records in one body',
    );
  });

  it('replaces ill-formed UTF-8 in texts and keys', () => {
    const bad = hex('61 ff 62');
    const body = request(
      Buffer.concat([field(12, bad), field(5, field(1, bad)), field(6, field(1, bad), field(2, field(1, bad)))]),
    );
    expect(protobufRecords(body)).toEqual([
      {
        call: 'record',
        weight: 1,
        name: 'a\ufffdb',
        body: { string: 'a\ufffdb' },
        attributes: [['a\ufffdb', { string: 'a\ufffdb' }]],
      },
    ]);
  });

  it('takes ids of a wrong length and of zeros as absent', () => {
    const ids = (trace: string, span: string): Buffer =>
      Buffer.concat([field(9, hex(trace)), field(10, hex(span)), field(12, 'n')]);
    const body = request(
      ids('ab'.repeat(16), 'cd'.repeat(8)),
      ids('ab'.repeat(15), 'cd'.repeat(9)),
      ids('00'.repeat(16), '00'.repeat(8)),
    );
    expect(protobufRecords(body).map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      ['ab'.repeat(16), 'cd'.repeat(8)],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

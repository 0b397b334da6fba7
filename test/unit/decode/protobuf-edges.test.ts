import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { decodeMessage, expectedEvents, messageType } from './otlp-oracle.ts';
import { type PlainEvent, record } from './recording.ts';

/** One length-delimited field. */
function field(number: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const attribute = (key: string, text: string): Buffer => Buffer.concat([field(1, key), field(2, field(1, text))]);
const request = (...records: Uint8Array[]): Buffer => field(1, field(2, ...records.map((record) => field(2, record))));

function records(body: Uint8Array, signal: 'logs' | 'traces' | 'metrics' = 'logs'): PlainEvent[] {
  return record(signal, 'protobuf', body).events.filter(({ call }) => call === 'record' || call === 'rejected');
}

describe('order on the wire', () => {
  const resource = field(1, field(1, attribute('r', '1')));
  const scope = field(1, field(1, 'scope-name'), field(2, 'v1'), field(3, attribute('s', '2')));
  const log = field(2, field(12, 'event'));

  it('visits resource and scope before their records, whatever the order', () => {
    const usual = field(1, resource, field(2, scope, log, field(3, 'scope-url')), field(3, 'resource-url'));
    const reversed = field(1, field(3, 'resource-url'), field(2, field(3, 'scope-url'), log, scope), resource);
    const expected = [
      { call: 'resource', attributes: [['r', { string: '1' }]], schemaUrl: 'resource-url' },
      {
        call: 'scope',
        name: 'scope-name',
        version: 'v1',
        attributes: [['s', { string: '2' }]],
        schemaUrl: 'scope-url',
      },
      { call: 'record', weight: 1, name: 'event' },
      { call: 'scopeEnd' },
      { call: 'resourceEnd' },
    ];
    expect(record('logs', 'protobuf', usual).events).toEqual(expected);
    expect(record('logs', 'protobuf', reversed).events).toEqual(expected);
  });

  it('forgets resource and scope of the message before', () => {
    const body = Buffer.concat([field(1, resource, field(2, scope, log)), field(1, field(2, log))]);
    const events = record('logs', 'protobuf', body).events;
    expect(events.slice(5)).toEqual([
      { call: 'resource' },
      { call: 'scope' },
      { call: 'record', weight: 1, name: 'event' },
      { call: 'scopeEnd' },
      { call: 'resourceEnd' },
    ]);
  });

  it('collects attributes that do not stand together', () => {
    const body = request(
      Buffer.concat([
        field(6, attribute('a', '1')),
        field(12, 'event'),
        field(6, attribute('b', '2')),
        field(3, 'text'),
        field(6, attribute('c', '3')),
      ]),
    );
    expect(records(body)).toEqual(expectedEvents('logs', decodeMessage('logs', body)).slice(2, 3));
    expect(records(body)[0]!['attributes']).toHaveLength(3);
  });

  it('collects span events, links and attributes that do not stand together', () => {
    const event = (name: string): Buffer => field(11, field(2, name));
    const link = (byte: string): Buffer => field(13, field(1, hex(byte.repeat(16))), field(2, hex(byte.repeat(8))));
    const span = Buffer.concat([
      event('e1'),
      link('aa'),
      field(9, attribute('a', '1')),
      event('e2'),
      link('bb'),
      field(9, attribute('b', '2')),
      event('e3'),
    ]);
    const body = request(Buffer.concat([field(1, hex('11'.repeat(16))), span]));
    expect(records(body, 'traces')).toEqual(expectedEvents('traces', decodeMessage('traces', body)).slice(2, 3));
    expect(records(body, 'traces')[0]!['events']).toHaveLength(3);
  });
});

describe('repeated singular fields', () => {
  it('takes the last', () => {
    const body = request(
      Buffer.concat([
        hex('09 0100000000000000'),
        field(12, 'first'),
        field(5, field(1, 'one'), hex('1007')),
        field(5, hex('18 05')),
        hex('09 0200000000000000'),
        field(12, 'last'),
        field(6, field(1, 'k1'), field(2, field(1, 'x')), field(1, 'k2'), field(2, hex('10 00'))),
      ]),
    );
    expect(records(body)).toEqual([
      { call: 'record', weight: 1, time: '2', name: 'last', body: { int: '5' }, attributes: [['k2', { bool: false }]] },
    ]);
  });

  it('takes the last of a metric field and of a oneof, and leaves no trace of the others', () => {
    const point = field(1, hex('31 0700000000000000'), hex('21 000000000000f83f'));
    const body = request(
      Buffer.concat([
        field(1, 'a'),
        field(5, field(1, hex('31 0100000000000000'))),
        field(3, 'ms'),
        field(7, point),
        field(1, 'b'),
        field(3, 's'),
        field(1, 'c'),
      ]),
    );
    expect(records(body, 'metrics')).toEqual([
      {
        call: 'record',
        weight: 1,
        metric: { name: 'c', unit: 's', sum: { dataPoints: [{ asDouble: { double: 1.5 } }] } },
      },
    ]);
  });
});

describe('metric scalars', () => {
  const histogram = (content: Buffer): Buffer => request(Buffer.concat([field(1, 'h'), field(9, field(1, content))]));
  const expected = {
    bucketCounts: [{ int: '1' }, { int: '2' }, { int: '18446744073709551615' }].slice(0, 2),
    explicitBounds: [{ double: 0.5 }],
  };

  it.each([
    ['packed', '32 10 0100000000000000 0200000000000000 3a 08 000000000000e03f'],
    ['unpacked', '31 0100000000000000 31 0200000000000000 39 000000000000e03f'],
    ['mixed', '31 0100000000000000 39 000000000000e03f 32 08 0200000000000000'],
    ['packed in two blocks', '32 08 0100000000000000 32 08 0200000000000000 3a 08 000000000000e03f'],
  ])('reads %s repeated scalars', (_name, content) => {
    expect(records(histogram(hex(content)), 'metrics')).toEqual([
      { call: 'record', weight: 1, metric: { name: 'h', histogram: { dataPoints: [expected] } } },
    ]);
  });

  it('refuses a packed block that ends inside a value', () => {
    const [event] = records(histogram(hex('32 09 0100000000000000 02 31 0200000000000000')), 'metrics');
    expect(event).toEqual({ call: 'rejected', reason: expect.stringMatching(/^record 1: .* at offset \d+$/) });
  });

  it('reads 513 bounds', () => {
    const metric = messageType('moda.otlp.Metric');
    const dataPoint = {
      count: 514,
      explicitBounds: Array.from({ length: 513 }, (_, index) => index),
      bucketCounts: Array.from({ length: 514 }, () => 1),
      min: 0,
    };
    const body = request(
      Buffer.from(metric.encode(metric.fromObject({ name: 'h', histogram: { dataPoints: [dataPoint] } })).finish()),
    );
    const [{ metric: read }] = records(body, 'metrics') as unknown as [
      { metric: { histogram: { dataPoints: [Record<string, unknown[]>] } } },
    ];
    expect(read.histogram.dataPoints[0]['explicitBounds']).toHaveLength(513);
    expect(read.histogram.dataPoints[0]['bucketCounts']).toHaveLength(514);
    expect(read.histogram.dataPoints[0]['min']).toEqual({ double: 0 });
  });

  it('reads zigzag and 64-bit values of an exponential histogram', () => {
    const metric = messageType('moda.otlp.Metric');
    const dataPoint = {
      scale: -3,
      zeroCount: '9007199254740993',
      positive: { offset: -5, bucketCounts: ['0', '18446744073709551615'] },
      negative: {},
    };
    const body = request(
      Buffer.from(metric.encode(metric.fromObject({ exponentialHistogram: { dataPoints: [dataPoint] } })).finish()),
    );
    expect(records(body, 'metrics')[0]!['metric']).toEqual({
      exponentialHistogram: {
        dataPoints: [
          {
            scale: { double: -3 },
            zeroCount: { int: '9007199254740993' },
            positive: { offset: { double: -5 }, bucketCounts: [{ int: '0' }, { int: '18446744073709551615' }] },
            negative: {},
          },
        ],
      },
    });
  });

  it('weighs a metric by its data points', () => {
    const points = Buffer.concat([field(1, hex('31 0100000000000000')), field(1), field(1)]);
    expect(
      record('metrics', 'protobuf', request(Buffer.concat([field(1, 'n'), field(7, points)]), field(1, 'empty')))
        .recordCount,
    ).toBe(3);
  });
});

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
    expect(records(body)).toEqual([
      { call: 'record', weight: 1, name: 'good' },
      { call: 'rejected', reason: expect.stringMatching(/^record 2: [a-z0-9 ()]+ at offset \d+$/) },
      { call: 'record', weight: 1, name: 'good' },
    ]);
  });

  it('names the offset from the start of the body', () => {
    const body = request(good, hex('62 05 61'));
    const [, rejected] = records(body);
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
    expect(records(body)).toEqual([{ call: 'record', weight: 1, name: 'good' }]);
  });

  it('takes known fields of a foreign wire type as unknown', () => {
    // severity_number as bytes, time as varint
    const body = request(
      Buffer.concat([hex('11 0102030405060708'), field(2, 'x'), field(12, 'good')]),
      field(12, 'good'),
    );
    expect(records(body)).toHaveLength(2);
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
    const [event] = records(request(Buffer.concat(attributes)));
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
    expect(records(body)).toEqual([
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
    expect(records(body).map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      ['ab'.repeat(16), 'cd'.repeat(8)],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

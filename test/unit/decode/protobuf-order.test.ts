import { describe, expect, it } from 'vitest';
import { decodeMessage, expectedEvents, messageType } from './otlp-oracle.ts';
import { attribute, field, hex, protobufRecords, request } from './protobuf-fields.ts';
import { record } from './recording.ts';

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
    expect(protobufRecords(body)).toEqual(expectedEvents('logs', decodeMessage('logs', body)).slice(2, 3));
    expect(protobufRecords(body)[0]!['attributes']).toHaveLength(3);
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
    expect(protobufRecords(body, 'traces')).toEqual(
      expectedEvents('traces', decodeMessage('traces', body)).slice(2, 3),
    );
    expect(protobufRecords(body, 'traces')[0]!['events']).toHaveLength(3);
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
    expect(protobufRecords(body)).toEqual([
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
    expect(protobufRecords(body, 'metrics')).toEqual([
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
    expect(protobufRecords(histogram(hex(content)), 'metrics')).toEqual([
      { call: 'record', weight: 1, metric: { name: 'h', histogram: { dataPoints: [expected] } } },
    ]);
  });

  it('refuses a packed block that ends inside a value', () => {
    const [event] = protobufRecords(histogram(hex('32 09 0100000000000000 02 31 0200000000000000')), 'metrics');
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
    const [{ metric: read }] = protobufRecords(body, 'metrics') as unknown as [
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
    expect(protobufRecords(body, 'metrics')[0]!['metric']).toEqual({
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

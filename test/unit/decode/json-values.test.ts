import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { jsonRecords, logs, onlyRecord } from './json-bodies.ts';

const value = (text: string): unknown => onlyRecord(`{"body":${text}}`)['body'];

describe('AnyValue', () => {
  it.each([
    ['{"intValue":"9223372036854775807"}', { int: '9223372036854775807' }],
    ['{"intValue":-9223372036854775808}', { int: '-9223372036854775808' }],
    ['{"intValue":9007199254740993}', { int: '9007199254740993' }],
    ['{"intValue":"-0"}', { int: '0' }],
    ['{"intValue":1e3}', { int: '1000' }],
    ['{"intValue":"5.0"}', { int: '5' }],
    ['{"doubleValue":0.0061920000000000005}', { double: 0.0061920000000000005 }],
    ['{"doubleValue":"1.5e2"}', { double: 150 }],
    ['{"doubleValue":7}', { double: 7 }],
    ['{"doubleValue":"NaN"}', { double: Number.NaN }],
    ['{"doubleValue":"-Infinity"}', { double: Number.NEGATIVE_INFINITY }],
    ['{"boolValue":true}', { bool: true }],
    ['{"bytesValue":"AAEC/w=="}', { bytes: '000102ff' }],
    ['{"bytesValue":"AAEC_w"}', { bytes: '000102ff' }],
    ['{"bytesValue":""}', { bytes: '' }],
    ['{"stringValue":""}', { string: '' }],
    ['{"arrayValue":{}}', { array: [] }],
    [
      '{"arrayValue":{"values":[{"stringValue":"a"},{},null,{"arrayValue":{"values":[{"intValue":1}]}}]}}',
      { array: [{ string: 'a' }, null, null, { array: [{ int: '1' }] }] },
    ],
    [
      '{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":false}},{"value":{"intValue":2},"key":"l"},{"key":"m"}]}}',
      {
        map: [
          ['k', { bool: false }],
          ['l', { int: '2' }],
          ['m', null],
        ],
      },
    ],
    ['{}', null],
    ['{"unknownValue":[1,{"a":null}]}', null],
    ['{"stringValue":null}', null],
    ['{"stringValue":"a","intValue":"1"}', { int: '1' }],
    ['{"intValue":"1","stringValue":"a","futureValue":1}', { string: 'a' }],
    ['{"\\u0069ntValue":1}', { int: '1' }],
  ])('reads %s', (text, expected) => expect(value(text)).toEqual(expected));

  it.each([
    '5',
    '"text"',
    '[]',
    'true',
    '{"intValue":"9223372036854775808"}',
    '{"intValue":1.5}',
    '{"intValue":"12ms"}',
    '{"intValue":""}',
    '{"intValue":true}',
    '{"stringValue":5}',
    '{"boolValue":"true"}',
    '{"boolValue":1}',
    '{"doubleValue":"abc"}',
    '{"doubleValue":""}',
    '{"doubleValue":[]}',
    '{"bytesValue":"A"}',
    '{"bytesValue":"A*=="}',
    '{"arrayValue":[]}',
    '{"arrayValue":{"values":{}}}',
    '{"arrayValue":{"values":[5]}}',
    '{"kvlistValue":{"values":[{"key":5}]}}',
  ])('leaves a record out for %s, its neighbours go on', (text) => {
    const events = jsonRecords(logs('{"eventName":"a"}', `{"body":${text}}`, '{"eventName":"b"}'));
    expect(events.map((event) => event['name'] ?? event['reason'])).toEqual([
      'a',
      expect.stringMatching(/^record 2: expected .* at offset \d+$/),
      'b',
    ]);
  });

  it('reads every shape of an attribute alike', () => {
    const usual = '{"key":"the.key","value":{"XValue":Y}}';
    for (const [kind, text, expected] of [
      ['string', '"a \\" b"', { string: 'a " b' }],
      ['string', '"é"', { string: 'é' }],
      ['int', '5', { int: '5' }],
      ['int', '"5"', { int: '5' }],
      ['bool', 'false', { bool: false }],
      ['double', '-0.5', { double: -0.5 }],
      ['double', '"Infinity"', { double: Number.POSITIVE_INFINITY }],
      ['int', 'null', null],
      ['bool', 'null', null],
      ['double', 'null', null],
      ['string', 'null', null],
    ] as const) {
      const dense = usual.replace('X', kind).replace('Y', text);
      const shapes = [
        dense,
        dense.replaceAll(':', ' : ').replaceAll('{', '{ ').replaceAll('}', '\n}'),
        dense.replace('"the.key"', '"the\\u002ekey"'),
        `{"value":{"${kind}Value":${text}},"key":"the.key"}`,
        `{"key":"the.key","value":{"${kind}Value":${text},"z":1}}`,
        `{"key":"the.key","value":{"${kind}Value":${text}},"z":[]}`,
      ];
      for (const shape of shapes)
        expect([shape, onlyRecord(`{"attributes":[${shape}]}`)['attributes']]).toEqual([
          shape,
          [['the.key', expected]],
        ]);
    }
  });
});

describe('strings', () => {
  const text = (json: string): unknown => (value(`{"stringValue":${json}}`) as { string: string }).string;

  it.each([
    '"\\u0041\\n\\t\\r\\b\\f\\/\\\\\\""',
    '"\\ud83d\\ude00"',
    '"\\u00e9\\u20ac"',
    '"😀é€"',
    '"\\u0000"',
    '"a\\u0001b"',
    '""',
  ])('reads %s as JSON.parse does', (json) => expect(text(json)).toBe(JSON.parse(json)));

  it.each([
    '"\\ud83d"',
    '"\\ude00"',
    '"\\ud83dx"',
    '"\\ud83d\\u0041"',
    '"\\ud83d\\ud83d\\ude00"',
    '"\\ude00\\ud83d"',
    '"\\ud83d\\n"',
  ])('puts U+FFFD for the lone surrogate of %s', (json) => {
    expect(text(json)).toBe(Buffer.from(JSON.parse(json) as string).toString('utf8'));
  });

  it.each([
    '"\\x41"',
    '"\\u12"',
    '"\\u12g4"',
    '"\\"',
    '"a\nb"',
    '"a\tb"',
    '"\u0000"',
    '"open',
    "'a'",
    '"\\u"',
    '"\\ud83d\\u12"',
  ])('refuses %j', (json) => {
    expect(outcome('logs', 'json', logs(`{"body":{"stringValue":${json}}}`))).toMatch(
      /^MALFORMED_JSON: .* at offset \d+$/,
    );
  });

  it('replaces ill-formed UTF-8 inside strings and keys, and refuses it elsewhere', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a'),
      Buffer.from([0xff]),
      Buffer.from('b\\u00e9","attributes":[{"key":"k'),
      Buffer.from([0xc3]),
      Buffer.from('","value":{"stringValue":"'),
      Buffer.from([0xe2, 0x82]),
      Buffer.from('"}}]}]}]}]}'),
    ]);
    expect(jsonRecords(bytes)).toEqual([
      { call: 'record', weight: 1, name: 'a\ufffdbé', attributes: [['k\ufffd', { string: '\ufffd' }]] },
    ]);
    expect(outcome('logs', 'json', Buffer.from([0x7b, 0xff, 0x7d]))).toBe('MALFORMED_JSON: expected a key at offset 1');
  });

  it('does not change the body', () => {
    const body = Buffer.from(logs('{"eventName":"a\\u00e9b","traceId":"0AF7651916CD43DD8448EB211C80319C"}'));
    const before = Buffer.from(body);
    jsonRecords(body);
    expect(body).toEqual(before);
  });
});

import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { type PlainEvent, record } from './recording.ts';

const logs = (...records: readonly string[]): string =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(',')}]}]}]}`;
const metrics = (...records: readonly string[]): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${records.join(',')}]}]}]}`;
const spans = (...records: readonly string[]): string =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[${records.join(',')}]}]}]}`;

function records(body: string | Uint8Array, signal: 'logs' | 'traces' | 'metrics' = 'logs'): PlainEvent[] {
  return record(signal, 'json', body).events.filter(({ call }) => call === 'record' || call === 'rejected');
}

/** The one record of a logs body, without what every record has. */
function only(recordText: string): Record<string, unknown> {
  const [{ call, weight: _weight, ...rest }] = records(logs(recordText)) as [PlainEvent];
  return call === 'record' ? rest : { call, ...rest };
}

const value = (text: string): unknown => only(`{"body":${text}}`)['body'];

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
    const events = records(logs('{"eventName":"a"}', `{"body":${text}}`, '{"eventName":"b"}'));
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
        expect([shape, only(`{"attributes":[${shape}]}`)['attributes']]).toEqual([shape, [['the.key', expected]]]);
    }
  });
});

describe('fields of a record', () => {
  it('takes 64-bit integers as strings or numbers, to the last bit', () => {
    for (const text of ['"1795348276880223763"', '1795348276880223763'])
      expect(only(`{"timeUnixNano":${text}}`)).toEqual({ time: '1795348276880223763' });
    expect(only('{"timeUnixNano":"18446744073709551615"}')).toEqual({ time: '18446744073709551615' });
    expect(only('{"timeUnixNano":18446744073709551615,"observedTimeUnixNano":1.5e18}')).toEqual({
      call: 'rejected',
      reason: expect.stringContaining('observedTimeUnixNano'),
    });
  });

  it.each(['-1', '"-1"', '18446744073709551616', '1.5', '"x"', '{}', 'true'])(
    'leaves a record out for the time %s',
    (text) => {
      expect(only(`{"timeUnixNano":${text}}`)).toEqual({
        call: 'rejected',
        reason: expect.stringMatching(/^record 1: expected a uint64 in timeUnixNano/),
      });
    },
  );

  it('takes hex ids of either case; empty, short and foreign ones count as absent', () => {
    expect(only('{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"00f067aa0ba902b7"}')).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: '00f067aa0ba902b7',
    });
    for (const text of [
      '""',
      '"0af765"',
      '"zz"',
      `"${'0'.repeat(32)}"`,
      `"${'g'.repeat(32)}"`,
      'null',
      `"${'ab'.repeat(40)}"`,
    ])
      expect(only(`{"traceId":${text}}`)).toEqual({});
    expect(only('{"traceId":5}')).toEqual({
      call: 'rejected',
      reason: expect.stringContaining('hex digits in traceId'),
    });
  });

  it('takes null, empty and default values as absent', () => {
    expect(
      only(
        '{"body":null,"attributes":[],"severityText":"","severityNumber":0,"eventName":null,"timeUnixNano":"0","flags":0}',
      ),
    ).toEqual({});
    expect(only('{"attributes":null,"severityNumber":null}')).toEqual({});
  });

  it('takes enums as integers only', () => {
    expect(only('{"severityNumber":9}')).toEqual({ severityNumber: 9 });
    expect(only('{"severityNumber":"SEVERITY_NUMBER_INFO"}')['call']).toBe('rejected');
    expect(only('{"severityNumber":3000000000}')['call']).toBe('rejected');
    expect(only('{"flags":-1}')['call']).toBe('rejected');
  });

  it('takes lowerCamelCase names only and ignores unknown ones', () => {
    expect(only('{"severity_number":9,"SeverityNumber":9,"x":{"y":[1,"\\ud800",null,true,-1.5e3]},"":0}')).toEqual({});
  });

  it('takes the last of duplicate keys', () => {
    expect(
      only(
        '{"eventName":"a","eventName":"b","body":{"intValue":1},"body":{"stringValue":"x"},"attributes":[{"key":"a"}],"attributes":[{"key":"b"}]}',
      ),
    ).toEqual({
      name: 'b',
      body: { string: 'x' },
      attributes: [['b', null]],
    });
    expect(
      records(
        metrics(
          '{"name":"a","gauge":{"dataPoints":[{"asInt":1,"asDouble":2}]},"sum":{"isMonotonic":false,"isMonotonic":true},"name":"b"}',
        ),
        'metrics',
      ),
    ).toEqual([{ call: 'record', weight: 0, metric: { sum: { isMonotonic: true }, name: 'b' } }]);
  });

  it('reads span status, events and links', () => {
    const [span] = records(
      spans(
        '{"status":{"code":2,"message":"m"},"kind":3,"events":[{"timeUnixNano":"5","name":"e","attributes":[{"key":"k","value":{"intValue":1}}],"droppedAttributesCount":2},{}],"links":[{"traceId":"AB","spanId":"","flags":769}],"droppedLinksCount":1}',
      ),
      'traces',
    );
    expect(span).toEqual({
      call: 'record',
      weight: 1,
      spanKind: 3,
      statusCode: 2,
      statusMessage: 'm',
      droppedLinks: 1,
      events: [
        {
          timeUnixNano: { int: '5' },
          name: 'e',
          attributes: [['k', { int: '1' }]],
          droppedAttributesCount: { double: 2 },
        },
        {},
      ],
      links: [{ traceId: 'ab', flags: { double: 769 } }],
    });
  });

  it('leaves out metrics with a wrong field and names it', () => {
    const events = records(
      metrics('{"sum":{"dataPoints":[{"asDouble":"x"}]}}', '{"gauge":{"dataPoints":[{"asInt":5},{}]}}'),
      'metrics',
    );
    expect(events).toEqual([
      { call: 'rejected', reason: expect.stringMatching(/^record 1: expected a number in asDouble .* at offset \d+$/) },
      { call: 'record', weight: 2, metric: { gauge: { dataPoints: [{ asInt: { int: '5' } }, {}] } } },
    ]);
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
    expect(records(bytes)).toEqual([
      { call: 'record', weight: 1, name: 'a\ufffdbé', attributes: [['k\ufffd', { string: '\ufffd' }]] },
    ]);
    expect(outcome('logs', 'json', Buffer.from([0x7b, 0xff, 0x7d]))).toBe('MALFORMED_JSON: expected a key at offset 1');
  });

  it('does not change the body', () => {
    const body = Buffer.from(logs('{"eventName":"a\\u00e9b","traceId":"0AF7651916CD43DD8448EB211C80319C"}'));
    const before = Buffer.from(body);
    records(body);
    expect(body).toEqual(before);
  });
});

describe('frames', () => {
  it('visits resource and scope before their records, whatever the order', () => {
    const expected = [
      { call: 'resource', attributes: [['r', { string: '1' }]], schemaUrl: 'ru' },
      { call: 'scope', name: 's', version: '1', attributes: [['a', null]], schemaUrl: 'su' },
      { call: 'record', weight: 1, name: 'n' },
      { call: 'scopeEnd' },
      { call: 'resourceEnd' },
    ];
    const resource = '"resource":{"attributes":[{"key":"r","value":{"stringValue":"1"}}]}';
    const scope = '"scope":{"name":"s","version":"1","attributes":[{"key":"a"}]}';
    const list = '"logRecords":[{"eventName":"n"}]';
    const orders = [
      `{"resourceLogs":[{${resource},"scopeLogs":[{${scope},${list},"schemaUrl":"su"}],"schemaUrl":"ru"}]}`,
      `{"resourceLogs":[{"scopeLogs":[{${list},${scope},"schemaUrl":"su"}],${resource},"schemaUrl":"ru"}]}`,
      `{"resourceLogs":[{"schemaUrl":"ru","scopeLogs":[{"schemaUrl":"su",${list},${scope}}],${resource}}]}`,
    ];
    for (const order of orders) expect(record('logs', 'json', order).events).toEqual(expected);
    const withoutUrls = orders[1]!.replaceAll(/,"schemaUrl":"[rs]u"/g, '');
    expect(record('logs', 'json', withoutUrls).events).toEqual(
      expected.map(({ schemaUrl: _schemaUrl, ...rest }) => rest),
    );
  });

  it('takes an empty schemaUrl as absent, wherever it stands', () => {
    for (const url of ['"schemaUrl":""', '"schemaUrl" : ""', '"schemaUrl":null', '"\\u0073chemaUrl":""']) {
      const body = `{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{"name":"s"},"logRecords":[{}],${url}}],${url}}]}`;
      expect(record('logs', 'json', body).events.slice(0, 2)).toEqual([
        { call: 'resource' },
        { call: 'scope', name: 's' },
      ]);
    }
  });

  it('is not misled by a text that looks like schemaUrl', () => {
    const body = logs('{"body":{"stringValue":"\\"schemaUrl\\": x Url\\""}}');
    expect(record('logs', 'json', body).events[2]).toEqual({
      call: 'record',
      weight: 1,
      body: { string: '"schemaUrl": x Url"' },
    });
  });

  it.each(['{}', ' {\n} ', '{"resourceLogs":[]}', '{"resourceLogs":null}', '{"unknown":{}}'])(
    'takes %j as an empty success',
    (body) => expect(outcome('logs', 'json', body)).toBe('0 records'),
  );

  it.each([
    ['', 'MALFORMED_JSON: expected an object, found the end at offset 0'],
    ['   ', 'MALFORMED_JSON: expected an object, found the end at offset 3'],
    ['{', 'MALFORMED_JSON: expected a key, found the end at offset 1'],
    ['{}x', 'MALFORMED_JSON: expected the end at offset 2'],
    ['{}\u0000', 'MALFORMED_JSON: expected the end at offset 2'],
    ['{} {}', 'MALFORMED_JSON: expected the end at offset 3'],
    ['{"a":1,}', 'MALFORMED_JSON: expected a key at offset 7'],
    ['{"a" 1}', "MALFORMED_JSON: expected ':' at offset 5"],
    ['{"a":01}', 'MALFORMED_JSON: malformed number at offset 7'],
    ['{"a":[1 2]}', "MALFORMED_JSON: expected ',' or ']' at offset 8"],
    ['{"a":tru}', 'MALFORMED_JSON: expected true at offset 8'],
    ['[]', 'MALFORMED_OTLP: expected an object at offset 0'],
    ['null', 'MALFORMED_OTLP: expected an object at offset 0'],
    ['"x"', 'MALFORMED_OTLP: expected an object at offset 0'],
    ['{"resourceLogs":{}}', 'MALFORMED_OTLP: expected an array (after the key resourceLogs) at offset 16'],
    ['{"resourceLogs":[5]}', 'MALFORMED_OTLP: expected an object (after the key resourceLogs) at offset 17'],
    ['{"resourceLogs":[{"scopeLogs":5}]}', 'MALFORMED_OTLP: expected an array (after the key scopeLogs) at offset 30'],
    [
      '{"resourceLogs":[{"resource":{"attributes":5}}]}',
      'MALFORMED_OTLP: expected an array (after the key attributes) at offset 43',
    ],
  ])('refuses %j', (body, expected) => expect(outcome('logs', 'json', body)).toBe(expected));

  it('refuses the body for a syntax error inside a record that is left out anyway', () => {
    expect(outcome('logs', 'json', logs('{"body":5,"x":}'))).toMatch(/^MALFORMED_JSON: expected a value/);
  });
});

describe('bounds', () => {
  const nested = (depth: number): string =>
    logs(`{"body":${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}}`);

  it('reads 64 levels of AnyValue and refuses the 65th', () => {
    expect(outcome('logs', 'json', nested(64))).toBe('1 records');
    expect(outcome('logs', 'json', nested(65))).toMatch(/^NESTING_TOO_DEEP: deeper than 64 at offset \d+$/);
  });

  it.each(['[', '{"a":', '[[{"a":'])('refuses a bomb of %j in bounded stack and time', (text) => {
    const bomb = text.repeat(1_000_000);
    expect(outcome('logs', 'json', `{"unknown":${bomb}`)).toMatch(/^NESTING_TOO_DEEP/);
    expect(outcome('hooks', 'json', bomb)).toMatch(/^(NESTING_TOO_DEEP|MALFORMED_HOOK|MALFORMED_JSON)/);
    expect(outcome('hooks', 'json', `{"a":${bomb}`)).toMatch(/^NESTING_TOO_DEEP/);
  });

  it('reads 100 000 attributes of one record', () => {
    const attributes = Array.from(
      { length: 100_000 },
      (_, index) => `{"key":"key.${index}","value":{"intValue":"${index}"}}`,
    );
    expect(only(`{"attributes":[${attributes.join(',')}]}`)['attributes']).toHaveLength(100_000);
  });

  it('refuses more values and more records than allowed', () => {
    expect(outcome('hooks', 'json', `[${'{},'.repeat(1_000_001)}{}]`)).toBe(
      'TOO_MANY_VALUES: more than 1000000 records in one body',
    );
    expect(outcome('logs', 'json', logs(`${'{},'.repeat(1_000_001)}{}`))).toBe(
      'TOO_MANY_VALUES: more than 1000000 records in one body',
    );
    expect(outcome('hooks', 'json', `{"a":[${'0,'.repeat(2_200_000)}0]}`)).toMatch(/^TOO_MANY_VALUES: /);
  });
});

describe('hooks', () => {
  it.each([
    ['{"a":1.0,"b":[9007199254740993,-0.5,1e400,12345678901234567890],"c":{"d":null,"e":true},"f":"é\\n"}'],
    ['[{"a":1},{"b":2}]'],
    ['{}'],
  ])('reads %s as JSON.parse does', (body) => {
    const parsed = JSON.parse(body) as unknown;
    const payloads = record('hooks', 'json', body).events.map(({ payload }) => payload);
    expect(payloads).toEqual(Array.isArray(parsed) ? parsed : [parsed]);
  });

  it('knows an agent by hook_event_name at the top level', () => {
    expect(record('hooks', 'json', '{"hook_event_name":"Stop"}').isAgentHook).toBe(true);
    expect(record('hooks', 'json', '[{"a":1},{"hook_event_name":"Stop"}]').isAgentHook).toBe(true);
    expect(record('hooks', 'json', '{"event":"Stop","x":{"hook_event_name":"Stop"}}').isAgentHook).toBe(false);
  });

  it('leaves out what is no object in an array', () => {
    const recorded = record('hooks', 'json', '[{"a":1},5,[{}],"x",{"b":2}]');
    expect(recorded.recordCount).toBe(5);
    expect(recorded.events.map(({ call }) => call)).toEqual(['record', 'rejected', 'rejected', 'rejected', 'record']);
    expect(recorded.events[1]!['reason']).toBe('event 2: expected an object at offset 9');
  });

  it.each([
    ['5', 'MALFORMED_HOOK: expected an object or an array of objects at offset 0'],
    ['"x"', 'MALFORMED_HOOK: expected an object or an array of objects at offset 0'],
    ['', 'MALFORMED_JSON: expected an object or an array of objects, found the end at offset 0'],
    ['{"a":}', 'MALFORMED_JSON: expected a value at offset 5'],
    ['{"a":1}]', 'MALFORMED_JSON: expected the end at offset 7'],
  ])('refuses %j', (body, expected) => expect(outcome('hooks', 'json', body)).toBe(expected));
});

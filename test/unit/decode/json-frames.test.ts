import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { logs, onlyRecord } from './json-bodies.ts';
import { record } from './recording.ts';

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
    expect(onlyRecord(`{"attributes":[${attributes.join(',')}]}`)['attributes']).toHaveLength(100_000);
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

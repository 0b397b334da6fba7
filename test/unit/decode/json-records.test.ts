import { describe, expect, it } from 'vitest';
import { outcome } from './failures.ts';
import { jsonRecords, metrics, onlyRecord, spans } from './json-bodies.ts';
import { record } from './recording.ts';

describe('fields of a record', () => {
  it('takes 64-bit integers as strings or numbers, to the last bit', () => {
    for (const text of ['"1795348276880223763"', '1795348276880223763'])
      expect(onlyRecord(`{"timeUnixNano":${text}}`)).toEqual({ time: '1795348276880223763' });
    expect(onlyRecord('{"timeUnixNano":"18446744073709551615"}')).toEqual({ time: '18446744073709551615' });
    expect(onlyRecord('{"timeUnixNano":18446744073709551615,"observedTimeUnixNano":1.5e18}')).toEqual({
      call: 'rejected',
      reason: expect.stringContaining('observedTimeUnixNano'),
    });
  });

  it.each(['-1', '"-1"', '18446744073709551616', '1.5', '"x"', '{}', 'true'])(
    'leaves a record out for the time %s',
    (text) => {
      expect(onlyRecord(`{"timeUnixNano":${text}}`)).toEqual({
        call: 'rejected',
        reason: expect.stringMatching(/^record 1: expected a uint64 in timeUnixNano/),
      });
    },
  );

  it('takes hex ids of either case; empty, short and foreign ones count as absent', () => {
    expect(onlyRecord('{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"00f067aa0ba902b7"}')).toEqual({
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
      expect(onlyRecord(`{"traceId":${text}}`)).toEqual({});
    expect(onlyRecord('{"traceId":5}')).toEqual({
      call: 'rejected',
      reason: expect.stringContaining('hex digits in traceId'),
    });
  });

  it('takes null, empty and default values as absent', () => {
    expect(
      onlyRecord(
        '{"body":null,"attributes":[],"severityText":"","severityNumber":0,"eventName":null,"timeUnixNano":"0","flags":0}',
      ),
    ).toEqual({});
    expect(onlyRecord('{"attributes":null,"severityNumber":null}')).toEqual({});
  });

  it('takes enums as integers only', () => {
    expect(onlyRecord('{"severityNumber":9}')).toEqual({ severityNumber: 9 });
    expect(onlyRecord('{"severityNumber":"SEVERITY_NUMBER_INFO"}')['call']).toBe('rejected');
    expect(onlyRecord('{"severityNumber":3000000000}')['call']).toBe('rejected');
    expect(onlyRecord('{"flags":-1}')['call']).toBe('rejected');
  });

  it('takes lowerCamelCase names only and ignores unknown ones', () => {
    expect(
      onlyRecord('{"severity_number":9,"SeverityNumber":9,"x":{"y":[1,"\\ud800",null,true,-1.5e3]},"":0}'),
    ).toEqual({});
  });

  it('takes the last of duplicate keys', () => {
    expect(
      onlyRecord(
        '{"eventName":"a","eventName":"b","body":{"intValue":1},"body":{"stringValue":"x"},"attributes":[{"key":"a"}],"attributes":[{"key":"b"}]}',
      ),
    ).toEqual({
      name: 'b',
      body: { string: 'x' },
      attributes: [['b', null]],
    });
    expect(
      jsonRecords(
        metrics(
          '{"name":"a","gauge":{"dataPoints":[{"asInt":1,"asDouble":2}]},"sum":{"isMonotonic":false,"isMonotonic":true},"name":"b"}',
        ),
        'metrics',
      ),
    ).toEqual([{ call: 'record', weight: 0, metric: { sum: { isMonotonic: true }, name: 'b' } }]);
  });

  it('reads span status, events and links', () => {
    const [span] = jsonRecords(
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
    const events = jsonRecords(
      metrics('{"sum":{"dataPoints":[{"asDouble":"x"}]}}', '{"gauge":{"dataPoints":[{"asInt":5},{}]}}'),
      'metrics',
    );
    expect(events).toEqual([
      { call: 'rejected', reason: expect.stringMatching(/^record 1: expected a number in asDouble .* at offset \d+$/) },
      { call: 'record', weight: 2, metric: { gauge: { dataPoints: [{ asInt: { int: '5' } }, {}] } } },
    ]);
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

import { describe, expect, it } from 'vitest';
import { RawWriter } from '../../../src/codec/json-writer.ts';
import { decodeBody } from '../../../src/decode/decode.ts';
import type { Signal } from '../../../src/model/identity.ts';
import { RecordView, type RecordVisitor } from '../../../src/model/record.ts';
import { Kind, Tape } from '../../../src/model/tape.ts';
import { captureBytes, captureNames } from './captures.ts';
import { decodeMessage, expectedEvents, fromOtlpJson, type Json, type OtlpSignal, toOtlpJson } from './otlp-oracle.ts';

/** Decodes a body and returns the raw text; `scrub` stands in for the privacy stage. */
function rawText(
  signal: Signal,
  bodyType: 'json' | 'protobuf',
  body: Uint8Array | string,
  options: { maxBytes?: number; scrub?: (view: RecordView) => void } = {},
): string {
  const tape = new Tape();
  const view = new RecordView(tape);
  view.signal = signal;
  const writer = new RawWriter();
  writer.reset(options.maxBytes ?? 8 * 1024 * 1024);
  const visitor: RecordVisitor = {
    resource: (seen) => writer.resource(seen),
    resourceEnd: () => undefined,
    scope: (seen) => writer.scope(seen),
    scopeEnd: () => undefined,
    record: (seen) => {
      options.scrub?.(seen);
      writer.record(seen);
    },
    rejected: (reason) => writer.rejected(reason),
  };
  const bytes = Buffer.from(body);
  const start = tape.append(bytes);
  decodeBody(view, signal, bodyType, start, start + bytes.length, visitor);
  const length = writer.finish(view);
  return Buffer.from(writer.bytes.subarray(0, length)).toString('utf8');
}

const SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];

describe.each(SIGNALS)('raw text of %s', (signal) => {
  it.each(captureNames(new RegExp(`${signal}\\..*binpb$`)))('[B13] %s becomes OTLP/JSON that says the same', (name) => {
    const body = captureBytes(name);
    const text = rawText(signal, 'protobuf', body);
    const again = fromOtlpJson(signal, JSON.parse(text) as Json);
    const expected = expectedEvents(signal, decodeMessage(signal, body));
    expect(expectedEvents(signal, decodeMessage(signal, again))).toEqual(expected);
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
  });

  it.each(captureNames(new RegExp(`${signal}\\..*json$`)).slice(0, 8))(
    '%s gives the text of its protobuf twin',
    (name) => {
      const body = captureBytes(name);
      const twin = fromOtlpJson(signal, JSON.parse(body.toString()) as Json);
      const texts = [rawText(signal, 'json', body), rawText(signal, 'protobuf', twin)].map((text) => JSON.parse(text));
      expect(texts[0]).toEqual(texts[1]);
    },
  );
});

describe('raw text', () => {
  it('writes 64-bit integers as strings, ids in hex, enums as integers and leaves defaults out', () => {
    const text = rawText(
      'logs',
      'json',
      `{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":-9223372036854775808}}],"droppedAttributesCount":4294967295},
        "scopeLogs":[{"scope":{"name":"s","version":"","droppedAttributesCount":"2"},"logRecords":[{"timeUnixNano":1795348073853000123,"severityNumber":9,
        "severityText":"","body":{"bytesValue":"AAEC"},"attributes":[{"key":"d","value":{"doubleValue":"NaN"}},{"key":"n","value":{}},
        {"key":"l","value":{"arrayValue":{"values":[{"boolValue":false},{"doubleValue":0.1}]}}},
        {"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"\\u0001\\n\\"\\\\"}}]}}}],
        "traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":""}]}],"schemaUrl":"u"}]}`,
    );
    expect(text).toBe(
      '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"-9223372036854775808"}}],"droppedAttributesCount":4294967295},"schemaUrl":"u",' +
        '"scopeLogs":[{"scope":{"name":"s","droppedAttributesCount":2},"logRecords":[{"timeUnixNano":"1795348073853000123","severityNumber":9,' +
        '"body":{"bytesValue":"AAEC"},"attributes":[{"key":"d","value":{"doubleValue":"NaN"}},{"key":"n","value":{}},' +
        '{"key":"l","value":{"arrayValue":{"values":[{"boolValue":false},{"doubleValue":0.1}]}}},' +
        '{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"\\u0001\\n\\"\\\\"}}]}}}],' +
        '"traceId":"0af7651916cd43dd8448eb211c80319c"}]}]}]}',
    );
  });

  it('keeps the sign of a zero in a field of a metric, from both encodings', () => {
    const value = '{"quantile":0,"value":-0}';
    const point = `{"sum":-0.0,"count":"-0","flags":-0,"quantileValues":[${value}]}`;
    const body = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"summary":{"dataPoints":[${point}]}}]}]}]}`;
    const twin = fromOtlpJson('metrics', JSON.parse(body.replace('"count":"-0","flags":-0,', '')) as Json);
    for (const text of [rawText('metrics', 'json', body), rawText('metrics', 'protobuf', twin)]) {
      expect(text).toContain('{"dataPoints":[{"sum":-0,"quantileValues":[{"value":-0}]}]}');
    }
  });

  it('keeps frames without records and without resource', () => {
    const body = '{"resourceLogs":[{},{"scopeLogs":[]},{"scopeLogs":[{"logRecords":[{}]},{}]}]}';
    expect(rawText('logs', 'json', body)).toBe(
      '{"resourceLogs":[{"resource":{},"scopeLogs":[]},{"resource":{},"scopeLogs":[]},' +
        '{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{}]},{"scope":{},"logRecords":[]}]}]}',
    );
    expect(rawText('logs', 'protobuf', new Uint8Array(0))).toBe('{}');
  });

  it('prints suppressed texts as markers of class and size, in attributes and in fields', () => {
    const body =
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"secret"},"eventName":"secret"}]}]}]}';
    const text = rawText('logs', 'json', body, {
      scrub: ({ tape, body: node, name }) => {
        tape.kind[node] = tape.kind[name] = Kind.SUPPRESSED;
        tape.start[node] = 1;
        tape.start[name] = 2;
        tape.length[node] = tape.length[name] = 6;
      },
    });
    expect(text).toContain('"body":{"stringValue":"[SUPPRESSED:prompt:6]"}');
    expect(text).toContain('"eventName":"[SUPPRESSED:output:6]"');
    expect(text).not.toContain('secret');
  });

  it('counts rejected records and keeps the first reason', () => {
    const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[5,{"body":7},{"eventName":"x"}]}]}]}';
    const parsed = JSON.parse(rawText('logs', 'json', body)) as Record<string, unknown>;
    expect(parsed['moda.rejected']).toBe(2);
    expect(parsed['moda.rejectedReason']).toBe(
      `record 1: expected an object (after the key logRecords) at offset ${body.indexOf('5')}`,
    );
    expect(JSON.stringify(parsed['resourceLogs'])).toContain('"eventName":"x"');
  });
});

describe('raw text of hooks', () => {
  it.each(captureNames(/hooks\..*json$/))('%s is the payload', (name) => {
    const body = captureBytes(name);
    expect(JSON.parse(rawText('hooks', 'json', body))).toEqual(JSON.parse(body.toString()));
  });

  it('prints an object as an object and an array as an array', () => {
    expect(rawText('hooks', 'json', ' { "a" : 1 } ')).toBe('{"a":1}');
    expect(rawText('hooks', 'json', '{}')).toBe('{}');
    expect(rawText('hooks', 'json', '[{"a":1}, {"b":[]}]')).toBe('[{"a":1},{"b":[]}]');
    expect(rawText('hooks', 'json', '[{"a":1}]')).toBe('[{"a":1}]');
    expect(rawText('hooks', 'json', ' []')).toBe('[]');
  });

  it('puts the markers inside', () => {
    const object = JSON.parse(rawText('hooks', 'json', `{"a":"${'x'.repeat(5000)}"}`, { maxBytes: 3000 }));
    expect(object['moda.truncated']).toBe(true);
    expect(object.a).toMatch(/^x{900,952}$/);
    const list = JSON.parse(rawText('hooks', 'json', '[{"a":1},5,{"b":2}]'));
    expect(list).toEqual([
      { a: 1 },
      { b: 2 },
      { 'moda.rejected': 1, 'moda.rejectedReason': 'event 2: expected an object at offset 9' },
    ]);
    expect(JSON.parse(rawText('hooks', 'json', '[5]'))).toEqual([
      { 'moda.rejected': 1, 'moda.rejectedReason': 'event 1: expected an object at offset 1' },
    ]);
    expect(JSON.parse(rawText('hooks', 'json', '{}', { maxBytes: 0 }))).toEqual({});
    expect(JSON.parse(rawText('hooks', 'json', '[]', { maxBytes: 0 }))).toEqual([]);
  });
});

describe('a raw text at its limit', () => {
  const names = ['claude/logs.tool-run.binpb', 'claude/traces.mcp.binpb', 'claude/metrics.mcp.binpb'];

  it.each(names)('%s stays valid, bounded and marked wherever it is cut', (name) => {
    const signal = /(logs|traces|metrics)/.exec(name)![1] as OtlpSignal;
    const body = captureBytes(name);
    const whole = rawText(signal, 'protobuf', body);
    for (let maxBytes = 0; maxBytes < whole.length + 2048; maxBytes += 97) {
      const text = rawText(signal, 'protobuf', body, { maxBytes });
      expect(text.length).toBeLessThanOrEqual(Math.max(maxBytes, 2048));
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const isWhole = text === whole;
      expect(parsed['moda.truncated']).toBe(isWhole ? undefined : true);
      if (!isWhole) delete parsed['moda.truncated'];
      // What is left is OTLP/JSON still: protobufjs encodes it.
      expect(fromOtlpJson(signal, parsed as Json).length).toBeGreaterThanOrEqual(0);
    }
    expect(rawText(signal, 'protobuf', body, { maxBytes: whole.length + 2048 })).toBe(whole);
  });

  it('cuts a string between characters', () => {
    const twin = toOtlpJson({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: '€😀'.repeat(2000) } }] }] }],
    });
    for (let maxBytes = 2300; maxBytes < 2340; maxBytes++) {
      const text = rawText('logs', 'json', twin, { maxBytes });
      expect(text).not.toContain('\ufffd');
      expect(text).toMatch(/"stringValue":"(€😀)+€?"/);
      expect(text).toContain('"moda.truncated":true');
    }
  });

  it('does not grow with what it leaves out', () => {
    const twin = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"${'\\u0001'.repeat(400_000)}"}}]}]}]}`;
    expect(rawText('logs', 'json', twin, { maxBytes: 10_000 }).length).toBeLessThanOrEqual(10_000);
  });
});

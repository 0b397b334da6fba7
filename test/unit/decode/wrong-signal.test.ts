import { describe, expect, it } from 'vitest';
import { captureBytes, captureNames } from './captures.ts';
import { outcome } from './failures.ts';
import { decodeMessage, messageType, type OtlpSignal, requestType, toOtlpJson } from './otlp-oracle.ts';

const SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];
const PAIRS = SIGNALS.flatMap((sent) =>
  SIGNALS.filter((route) => route !== sent).map((route): [OtlpSignal, OtlpSignal] => [sent, route]),
);

describe.each(PAIRS)('%s sent to the route of %s', (sent, route) => {
  it.each(captureNames(new RegExp(`${sent}\\..*binpb$`)))(
    '%s is refused and told its route, in both encodings',
    (name) => {
      const provider = name.startsWith('codex') ? 'codex' : 'claude_code';
      const word = name.startsWith('codex') ? 'codex' : 'claude';
      const body = captureBytes(name);
      const expected = `WRONG_SIGNAL: found ${sent}, which belong at /v1/otel/${word}/${sent}`;
      expect(outcome(route, 'protobuf', body, provider)).toBe(expected);
      expect(outcome(route, 'json', toOtlpJson(decodeMessage(sent, body)), provider)).toBe(expected);
    },
  );
});

describe('wrong signals', () => {
  it('tells a hook payload its route', () => {
    const body = captureBytes('claude/hooks.Stop.json');
    for (const route of SIGNALS) {
      expect(outcome(route, 'json', body, 'cursor')).toBe(
        'WRONG_SIGNAL: found hooks, which belong at /v1/otel/cursor/hooks',
      );
    }
  });

  it('tells OTLP on the hook route its route', () => {
    for (const [key, signal] of [
      ['resourceLogs', 'logs'],
      ['resourceSpans', 'traces'],
      ['resourceMetrics', 'metrics'],
    ]) {
      expect(outcome('hooks', 'json', `{"${key}":[]}`)).toBe(
        `WRONG_SIGNAL: found ${signal}, which belong at /v1/otel/claude/${signal}`,
      );
    }
  });

  it('knows a gauge without times from a span', () => {
    const type = requestType('metrics');
    const metric = { name: 'sixteen.letters.', gauge: { dataPoints: [{ asInt: '-1' }] } };
    const body = type
      .encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }))
      .finish();
    expect(outcome('traces', 'protobuf', body)).toMatch(/^WRONG_SIGNAL: found metrics/);
    expect(outcome('metrics', 'protobuf', body)).toBe('1 records');
  });

  it('leaves a sparse record of the right signal alone', () => {
    const log = messageType('moda.otlp.LogRecord');
    for (const record of [
      {},
      { body: { stringValue: 'x' } },
      { attributes: [{ key: 'a' }] },
      { traceId: Buffer.alloc(16, 1) },
    ]) {
      const record1 = Buffer.from(log.encode(log.fromObject(record)).finish());
      const scope = Buffer.concat([Buffer.from([0x12, record1.length]), record1]);
      const resource = Buffer.concat([Buffer.from([0x12, scope.length]), scope]);
      expect(outcome('logs', 'protobuf', Buffer.concat([Buffer.from([0x0a, resource.length]), resource]))).toBe(
        '1 records',
      );
    }
  });
});

import { describe, expect, it } from 'vitest';
import { captureBytes, captureNames } from './captures.ts';
import { decodeMessage, expectedEvents, fromOtlpJson, type Json, type OtlpSignal, toOtlpJson } from './otlp-oracle.ts';
import { record } from './recording.ts';

const SIGNALS: readonly OtlpSignal[] = ['logs', 'traces', 'metrics'];

describe.each(SIGNALS)('captured OTLP %s', (signal) => {
  const protobufNames = captureNames(new RegExp(`${signal}\\..*binpb$`));
  const jsonNames = captureNames(new RegExp(`${signal}\\..*json$`));

  it('are there to be read', () => {
    expect(protobufNames.length).toBeGreaterThan(5);
    expect(jsonNames.length).toBeGreaterThan(5);
  });

  it.each(protobufNames)('%s gives what protobufjs reads', (name) => {
    const body = captureBytes(name);
    const { events } = record(signal, 'protobuf', body);
    expect(events).toEqual(expectedEvents(signal, decodeMessage(signal, body)));
    expect(events.length).toBeGreaterThan(4);
  });

  it.each(protobufNames)('[A3] the JSON twin of %s gives the same tape', (name) => {
    const body = captureBytes(name);
    const twin = toOtlpJson(decodeMessage(signal, body));
    expect(record(signal, 'json', twin)).toEqual(record(signal, 'protobuf', body));
  });

  it.each(jsonNames)('%s gives what its protobuf twin gives', (name) => {
    const body = captureBytes(name);
    const twin = fromOtlpJson(signal, JSON.parse(body.toString()) as Json);
    const recorded = record(signal, 'json', body);
    expect(recorded.events).toEqual(expectedEvents(signal, decodeMessage(signal, twin)));
    expect(recorded).toEqual(record(signal, 'protobuf', twin));
  });
});

describe('captured hooks', () => {
  it.each(captureNames(/hooks\..*json$/))('%s gives one event with the payload', (name) => {
    const body = captureBytes(name);
    const recorded = record('hooks', 'json', body);
    expect(recorded.recordCount).toBe(1);
    expect(recorded.isAgentHook).toBe(true);
    expect(recorded.events).toEqual([{ call: 'record', weight: 1, payload: JSON.parse(body.toString()) }]);
  });
});

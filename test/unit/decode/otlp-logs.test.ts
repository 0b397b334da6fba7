import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMessage, expectedEvents, fromOtlpJson, type Json, toOtlpJson } from './otlp-oracle.ts';
import { record } from './recording.ts';

const CAPTURES = new URL('../../golden/captures/', import.meta.url);

function captures(pattern: RegExp): string[] {
  return (readdirSync(CAPTURES, { recursive: true }) as string[]).filter((name) => pattern.test(name)).sort();
}

const read = (name: string): Buffer => readFileSync(new URL(name, CAPTURES));

describe('OTLP logs', () => {
  it.each(captures(/logs\..*binpb$/))('protobuf %s gives what protobufjs reads', (name) => {
    const body = read(name);
    const { events } = record('logs', 'protobuf', body);
    expect(events).toEqual(expectedEvents('logs', decodeMessage('logs', body)));
    expect(events.length).toBeGreaterThan(4);
  });

  it.each(captures(/logs\..*binpb$/))('[A3] the JSON twin of %s gives the same tape', (name) => {
    const body = read(name);
    const twin = toOtlpJson(decodeMessage('logs', body));
    expect(record('logs', 'json', twin)).toEqual(record('logs', 'protobuf', body));
  });

  it.each(captures(/logs\..*\.json$/))('JSON %s gives what its protobuf twin gives', (name) => {
    const body = read(name);
    const twin = fromOtlpJson('logs', JSON.parse(body.toString()) as Json);
    const recorded = record('logs', 'json', body);
    expect(recorded.events).toEqual(expectedEvents('logs', decodeMessage('logs', twin)));
    expect(recorded).toEqual(record('logs', 'protobuf', twin));
  });
});

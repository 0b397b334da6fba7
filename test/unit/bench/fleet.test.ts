/** A fleet is the same from the same seed, is read by protobufjs and JSON.parse alike, and its stamps make bodies unique. */

import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { requestType } from '../../../bench/fleet/otlp.ts';
import { Random } from '../../../bench/fleet/random.ts';
import { stamp } from '../../../bench/fleet/stamp.ts';
import { type BodyShape, Fleet } from '../../../bench/fleet.ts';
import { runNaive } from '../../../bench/naive.ts';

const LOGS: BodyShape = { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 20 };

describe('Fleet', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    const bytes = (seed: number): string =>
      Buffer.concat(new Fleet(seed).bodies(LOGS, 5).map((body) => body.bytes)).toString('hex');
    expect(bytes(1)).toBe(bytes(1));
    expect(bytes(1)).not.toBe(bytes(2));
  });

  it('holds many sessions, users and repositories', () => {
    const rows = new Fleet(1)
      .bodies(LOGS, 100)
      .flatMap((body) => runNaive(body).events.split('\n'))
      .map((line) => JSON.parse(line) as Record<string, string>);
    const distinct = (column: string): number => new Set(rows.map((row) => row[column])).size;
    expect(rows.length).toBe(2000);
    expect(distinct('session_id')).toBeGreaterThan(30);
    expect(distinct('user_email')).toBeGreaterThan(30);
    expect(distinct('repo')).toBeGreaterThan(4);
    expect(new Set(rows.map((row) => row['prompt_length'])).size).toBeGreaterThan(20);
  });

  it.each(['claude_code', 'codex', 'cursor'] as const)('says the same of %s in protobuf and JSON', (provider) => {
    const rows = (bodyType: 'json' | 'protobuf'): unknown[] =>
      new Fleet(3)
        .bodies({ provider, signal: 'logs', bodyType, records: 30 }, 3)
        .flatMap((body) => runNaive(body).events.split('\n'))
        .map((line) => ({ ...(JSON.parse(line) as object), event_id: '' }));
    expect(rows('protobuf')).toEqual(rows('json'));
  });

  it('counts data points of metrics and no events', () => {
    const body = new Fleet(4).body({ provider: 'codex', signal: 'metrics', bodyType: 'json', records: 10 });
    expect(body.records).toBe(body.bytes.toString().split('"timeUnixNano"').length - 1);
    expect(body.events).toBe(0);
  });

  it('compresses what it says it compresses', () => {
    const body = new Fleet(5).body({ ...LOGS, encoding: 'gzip' });
    expect(requestType('logs').decode(gunzipSync(body.bytes))).toBeDefined();
    expect(body.stamps).toEqual([]);
  });
});

describe('stamp', () => {
  it.each(['json', 'protobuf'] as const)('writes its number into resource and trace ids of %s', (bodyType) => {
    const body = new Fleet(6).body({ provider: 'claude_code', signal: 'traces', bodyType, records: 4 });
    expect(body.stamps.length).toBe(5);
    stamp(body.bytes, body.stamps, 12_345);
    const document =
      bodyType === 'json' ? body.bytes.toString() : JSON.stringify(requestType('traces').decode(body.bytes));
    const { resourceSpans } = JSON.parse(document) as {
      resourceSpans: {
        resource: { attributes: { key: string; value: { stringValue: string } }[] };
        scopeSpans: { spans: { traceId: string }[] }[];
      }[];
    };
    const { resource, scopeSpans } = resourceSpans[0]!;
    expect(resource.attributes.find(({ key }) => key === 'bench.stamp')?.value.stringValue).toBe('00012345');
    for (const { traceId } of scopeSpans[0]!.spans) {
      const bytes = Buffer.from(traceId, bodyType === 'json' ? 'hex' : 'base64');
      expect(bytes.length).toBe(16);
      expect(bytes.subarray(0, 8).toString()).toBe('00012345');
    }
  });
});

describe('Random', () => {
  it('spreads evenly and stays in its bounds', () => {
    const random = new Random(9);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250);
    for (let draw = 0; draw < 1000; draw++) {
      const length = random.logNormal(100, 1, 500);
      expect(length).toBeGreaterThanOrEqual(1);
      expect(length).toBeLessThanOrEqual(500);
    }
  });
});

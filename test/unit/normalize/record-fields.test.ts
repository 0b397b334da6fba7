/** Times, ids and status that OTLP records carry beside their attributes. */

import { describe, expect, it } from 'vitest';
import { hook, log, RECEIVED_AT_MS, span, type Values } from './normalized.ts';

const NANOS = '1763812345678901234';
const MICROS = 1_763_812_345_678_901;

describe('the time of an event', () => {
  const timeOf = (record: Values, fields: Values): unknown => log('codex', { record }, fields).columns['timestamp'];

  it('is the stated one, then the record’s, then the observed one, then that of receipt', () => {
    const fields = { timeUnixNano: NANOS, observedTimeUnixNano: '1763812999000000000' };
    expect(timeOf({ 'event.timestamp': '2025-01-15T12:34:56Z' }, fields)).toBe(
      Date.UTC(2025, 0, 15, 12, 34, 56) * 1000,
    );
    expect(timeOf({ 'event.timestamp': 'yesterday' }, fields)).toBe(MICROS);
    expect(timeOf({}, fields)).toBe(MICROS);
    expect(timeOf({}, { observedTimeUnixNano: NANOS })).toBe(MICROS);
    expect(timeOf({}, {})).toBe(RECEIVED_AT_MS * 1000);
  });

  it('is read from either half of 64 bits', () => {
    expect(timeOf({}, { timeUnixNano: String(2n ** 32n) })).toBe(4_294_967);
    expect(timeOf({}, { timeUnixNano: '4000' })).toBe(4);
    expect(timeOf({}, { observedTimeUnixNano: String(2n ** 32n) })).toBe(4_294_967);
    expect(timeOf({}, { observedTimeUnixNano: '4000' })).toBe(4);
  });

  it('[A7] of a hook stands in `timestamp`, which no log record’s does', () => {
    const stated = Date.UTC(2025, 0, 15, 12, 34, 56) * 1000;
    const payload = { hook_event_name: 'Stop', timestamp: '2025-01-15T12:34:56Z' };
    expect(hook('codex', payload).columns['timestamp']).toBe(stated);
    expect(hook('codex', { ...payload, timestamp: 1_736_944_496 }).columns['timestamp']).toBe(stated);
    expect(timeOf({ timestamp: '2025-01-15T12:34:56Z' }, { timeUnixNano: NANOS })).toBe(MICROS);
  });

  it('of a hook is read from `event.timestamp` too, behind `timestamp`', () => {
    const stated = Date.UTC(2025, 0, 15, 12, 34, 56) * 1000;
    const dotted = { hook: 'Stop', 'event.timestamp': '2025-01-15T12:34:56Z' };
    const timeOfHook = (payload: Values): unknown => hook('codex', payload).columns['timestamp'];
    expect(timeOfHook(dotted)).toBe(stated);
    expect(timeOfHook({ ...dotted, timestamp: 'yesterday' })).toBe(stated);
    expect(timeOfHook({ ...dotted, timestamp: '2025-01-15T12:34:57Z' })).toBe(stated + 1_000_000);
    expect(timeOfHook({ ...dotted, 'event.timestamp': 'yesterday' })).toBe(RECEIVED_AT_MS * 1000);
  });

  it('may be a number in quotes, as `date +%s` in a script makes it', () => {
    const stated = Date.UTC(2025, 0, 15, 12, 34, 56) * 1000;
    expect(hook('claude_code', { hook: 'Stop', timestamp: '1736944496' }).columns['timestamp']).toBe(stated);
    expect(timeOf({ 'event.timestamp': '1736944496000' }, { timeUnixNano: NANOS })).toBe(stated);
    expect(timeOf({ 'event.timestamp': '20250115' }, { timeUnixNano: NANOS })).toBe(MICROS);
  });

  it('that the column cannot hold is clamped, and says so', () => {
    const early = log('codex', { record: { 'event.timestamp': '1812-01-01T00:00:00Z' } });
    expect([early.columns['timestamp'], early.attributes]).toEqual([
      Date.UTC(1900, 0, 1) * 1000,
      { 'moda.timestamp_clamped': 'true' },
    ]);
    const late = log('codex', { record: {} }, { timeUnixNano: String(2n ** 64n - 1n) });
    expect([late.columns['timestamp'], late.attributes]).toEqual([
      Number.MAX_SAFE_INTEGER,
      { 'moda.timestamp_clamped': 'true' },
    ]);
  });
});

describe('a span', () => {
  const times = { startTimeUnixNano: NANOS, endTimeUnixNano: '1763812346091401234' };

  it('[B16] fills its ids as hex, its duration and its failure', () => {
    const parent = { parentSpanId: 'eee19b7ec3c1b173' };
    const status = { code: 2, message: 'timed out' };
    expect(span('codex', 'x', {}, { ...times, ...parent, status }).columns).toMatchObject({
      timestamp: MICROS,
      trace_id: '5b8efff798038103d269b633813fc60c',
      span_id: 'eee19b7ec3c1b174',
      parent_span_id: 'eee19b7ec3c1b173',
      duration_ms: 412.5,
      error_message: 'timed out',
      success: 0,
    });
  });

  it('leaves duration and error to what its attributes say', () => {
    const status = { code: 2, message: 'timed out' };
    const { columns } = span('codex', 'x', { duration_ms: 7, 'error.message': 'no' }, { ...times, status });
    expect(columns).toMatchObject({ duration_ms: 7, error_message: 'no' });
  });

  it.each<Values>([
    { startTimeUnixNano: NANOS },
    { startTimeUnixNano: NANOS, endTimeUnixNano: '0' },
    { startTimeUnixNano: NANOS, endTimeUnixNano: '1763812345678901233' },
  ])('has no duration without an end behind its start: %j', (fields) => {
    expect(span('codex', 'x', {}, { ...fields, status: { message: '' } }).columns).not.toHaveProperty('duration_ms');
  });

  it('may end where it begins', () => {
    const { columns } = span('codex', 'x', {}, { startTimeUnixNano: NANOS, endTimeUnixNano: NANOS });
    expect(columns['duration_ms']).toBe(0);
  });
});

describe('a log record of a trace', () => {
  it('fills the ids, and neither parent nor duration', () => {
    const ids = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' };
    const { columns } = log('codex', { record: {} }, { ...ids, timeUnixNano: NANOS });
    expect(columns).toMatchObject({ trace_id: ids.traceId, span_id: ids.spanId });
    for (const column of ['parent_span_id', 'duration_ms', 'error_message']) expect(columns).not.toHaveProperty(column);
    expect(log('codex', { record: {} }).columns).not.toHaveProperty('trace_id');
  });
});

/** Event ids: what makes two records one, and what keeps them apart. The ids themselves are nobody's format but UUIDs given. */

import { expect, it } from 'vitest';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { Ordinals } from '../../../src/normalize/ordinals.ts';
import { rowsOf, type Value } from './normalized.ts';

const RECORD = {
  timeUnixNano: '1763812345678901234',
  observedTimeUnixNano: '1763812345678901235',
  severityNumber: 9,
  eventName: 'user_prompt',
  body: { stringValue: 'a body' },
  attributes: [
    { key: 'session.id', value: { stringValue: 's1' } },
    { key: 'prompt_length', value: { intValue: '5' } },
  ],
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
};
const logs = (records: readonly Value[], resource: Value = {}): Value => ({
  resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }],
});
const idsOf = (body: Value, provider: Provider = 'codex', signal: Signal = 'logs', tenantId = 'acme'): string[] =>
  rowsOf(provider, signal, body, tenantId).map(({ id }) => id);

it('is the same for the same record of the same resource, tenant and agent alone', () => {
  const ids = [
    idsOf(logs([RECORD])),
    idsOf(logs([RECORD], { attributes: [{ key: 'host', value: { stringValue: 'a' } }] })),
    idsOf(logs([RECORD]), 'cursor'),
    idsOf(logs([RECORD]), 'codex', 'logs', 'globex'),
  ].flat();
  expect(new Set(ids).size).toBe(ids.length);
  expect(idsOf(logs([RECORD]))).toEqual(ids.slice(0, 1));
});

it.each<[field: string, value: Value]>([
  ['timeUnixNano', '1763812345678901233'],
  ['timeUnixNano', String(1763812345678901234n + 2n ** 32n)],
  ['observedTimeUnixNano', '1763812345678901236'],
  ['observedTimeUnixNano', String(1763812345678901235n + 2n ** 32n)],
  ['severityNumber', 10],
  ['eventName', 'user_promptx'],
  ['body', { stringValue: 'a bodx' }],
  ['body', { intValue: '5' }],
  ['traceId', '5b8efff798038103d269b633813fc60d'],
  ['spanId', 'eee19b7ec3c1b175'],
  ['attributes', [...RECORD.attributes, { key: 'more', value: {} }]],
  ['attributes', [RECORD.attributes[0]!, { key: 'prompt_length', value: { intValue: '6' } }]],
  ['attributes', [RECORD.attributes[0]!, { key: 'prompt_lengtj', value: { intValue: '5' } }]],
  ['attributes', [RECORD.attributes[0]!, { key: 'prompt_length', value: { stringValue: '5' } }]],
])('differs when %s does: %j', (field, value) => {
  expect(idsOf(logs([{ ...RECORD, [field]: value }]))).not.toEqual(idsOf(logs([RECORD])));
});

it('counts equal records of one request, so that a retry of it gives the same ids', () => {
  const ids = idsOf(logs([RECORD, RECORD, { ...RECORD, severityNumber: 1 }, RECORD]));
  expect(new Set(ids).size).toBe(4);
  expect(idsOf(logs([RECORD, RECORD, { ...RECORD, severityNumber: 1 }, RECORD]))).toEqual(ids);
  expect(idsOf(logs([RECORD]))).toEqual(ids.slice(0, 1));
  expect(idsOf(logs([{ ...RECORD, severityNumber: 1 }]))).toEqual(ids.slice(2, 3));
});

it('of a span is told by trace and span alone', () => {
  const spans = (span: Value): Value => ({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const { traceId, spanId } = RECORD;
  const [id] = idsOf(spans({ traceId, spanId, name: 'a' }), 'codex', 'traces');
  expect(idsOf(spans({ traceId, spanId, name: 'b', attributes: RECORD.attributes }), 'codex', 'traces')).toEqual([id]);
  expect(idsOf(spans({ traceId, spanId: 'eee19b7ec3c1b175', name: 'a' }), 'codex', 'traces')).not.toEqual([id]);
  const other = { traceId: '5b8efff798038103d269b633813fc60d', spanId, name: 'a' };
  expect(idsOf(spans(other), 'codex', 'traces')).not.toEqual([id]);
});

it('of Cursor’s own export is told by the id that it carries', () => {
  const given = { key: 'cursor.event.id', value: { stringValue: 'e1' } };
  const ids = idsOf(logs([{ attributes: [given] }, { ...RECORD, attributes: [given] }]), 'cursor');
  expect(ids[0]).toBe(ids[1]);
  const another = { ...given, value: { stringValue: 'e2' } };
  expect(idsOf(logs([{ attributes: [another] }]), 'cursor')).not.toEqual(ids.slice(0, 1));
  const none = { ...given, value: { stringValue: '' } };
  expect(new Set(idsOf(logs([{ attributes: [none] }, { ...RECORD, attributes: [none] }]), 'cursor')).size).toBe(2);
});

it.each([
  ['0123abcd-89EF-4def-8123-4567fedcba98', '0123abcd89ef4def81234567fedcba98'],
  ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000000000'],
])('of a hook is the UUID that it gives: %s', (given, id) => {
  expect(idsOf({ hook_event_name: 'Stop', event_id: given }, 'codex', 'hooks')).toEqual([id]);
});

it.each([
  '0123abcd-89ef-4def-8123-4567fedcba9',
  '0123abcd-89ef-4def-8123-4567fedcba988',
  '0123abcd089ef-4def-8123-4567fedcba98',
  '0123abcd-89ef04def-8123-4567fedcba98',
  '0123abcd-89ef-4def08123-4567fedcba98',
  '0123abcd-89ef-4def-812304567fedcba98',
  '0123abcd-89ef-4def-8123-4567fedcba9g',
  '0123abcd-89ef-4def-8123-4567fedcba9:',
  '0123abcd-89ef-4def-8123-4567fedcba9/',
  '0123abcd-89ef-4def-8123-4567fedcba9@',
  '0123abcd-89ef-4def-8123-4567fedcba9`',
])('of a hook is told by a given id that is no UUID, within the tenant: %s', (event_id) => {
  const payload = { hook_event_name: 'Stop', event_id };
  const [id] = idsOf(payload, 'codex', 'hooks');
  expect(idsOf({ ...payload, hook_event_name: 'Start' }, 'codex', 'hooks')).toEqual([id]);
  expect(idsOf(payload, 'codex', 'hooks', 'globex')).not.toEqual([id]);
  expect(idsOf({ ...payload, event_id: `${event_id}!` }, 'codex', 'hooks')).not.toEqual([id]);
});

it('of hooks without one differ within a request', () => {
  const ids = idsOf([{ hook_event_name: 'Stop' }, { hook_event_name: 'Stop' }, { event_id: '' }], 'codex', 'hooks');
  expect(new Set(ids).size).toBe(3);
});

it('counts keys as a Map does, over many requests, with more keys than the first table holds', () => {
  const ordinals = new Ordinals();
  for (const keys of [3, 4000, 700]) {
    ordinals.reset();
    const counts = new Map<string, number>();
    for (let step = 0; step < keys * 3; step++) {
      const number = (step * 7919) % keys;
      // The first word chooses the place: few values of it, far apart, make runs of occupied places.
      const words = [Math.imul(number % 97, 0x9e3779b1), number >> 4, number & 15, number % 7];
      const before = counts.get(words.join()) ?? 0;
      expect(ordinals.next(Int32Array.from(words))).toBe(before);
      counts.set(words.join(), before + 1);
    }
  }
});

it('has 128 bits that differ, and stays what it was in earlier versions: a retry may come after an upgrade', () => {
  const records = Array.from({ length: 64 }, (_, index) => ({ ...RECORD, severityNumber: index }));
  const ids = idsOf(logs(records)).map((id) => Buffer.from(id, 'hex'));
  for (let byte = 0; byte < 16; byte++)
    expect(new Set(ids.map((id) => id[byte])).size, `byte ${byte}`).toBeGreaterThan(32);
  const { traceId, spanId } = RECORD;
  const spans: Value = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId, name: 'a' }] }] }] };
  const hooks: Value = [{ hook_event_name: 'Stop' }, { hook_event_name: 'Stop', event_id: 'mine' }];
  expect([idsOf(logs([RECORD, RECORD])), idsOf(spans, 'codex', 'traces'), idsOf(hooks, 'codex', 'hooks')]).toEqual([
    ['b8714eaceebde22cadd0cf3277ee0121', 'cc777cebc98746c7e9773b815ce020a9'],
    ['9c4f148dd860df9ca5069581f7ab3861'],
    ['2e19b31ee902b66de340e01f7f1ae8cd', 'ae6120f57a0ea31a5cd9110daadca3be'],
  ]);
});

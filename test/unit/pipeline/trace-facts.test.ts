/** A Codex span without a conversation takes its trace's, its model call the model; what is no id must not come into a row on this way. */

import { decompressFrameSync } from 'lz4-napi';
import { expect, it } from 'vitest';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { OPTIONS, taskOf } from './one-request.ts';

type Spans = readonly (readonly [name: string, attributes: Readonly<Record<string, string | number>>])[];

/** Bytes of the rows of these spans, which share a trace. */
function rowsOf(spans: Spans): string {
  const pipeline = new Pipeline(OPTIONS);
  const written = spans.map(([name, attributes], index) => ({
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: `012345678912345${index}`,
    name,
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? { stringValue: value } : { intValue: value },
    })),
  }));
  const body = Buffer.from(
    JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: written }] }] }),
  );
  const { results, frames } = pipeline.run(taskOf('codex', 'traces', 'json', body));
  expect(results).toMatchObject([{ ok: true, normalizedCount: spans.length }]);
  return frames
    .filter(({ table }) => table === 'coding_agent_events')
    .map(({ bytes }) => decompressFrameSync(Buffer.from(bytes)).toString('latin1'))
    .join('');
}

const inConversation = (id: string): Spans => [
  ['turn', { 'conversation.id': id }],
  ['turn', {}],
];
const times = (rows: string, text: string): number => rows.split(text).length - 1;

it('fills the conversation of both spans when it is an id', () => {
  const id = '019a9b2c-7d3e-7f40-8a51-b6c7d8e9f012';
  expect(times(rowsOf(inConversation(id)), id)).toBe(2);
});

const THREAD = '01a2087f-6aab-7842-a9d3-3516f5e4b819';

it.each(['thread.id', 'thread_id'])('takes the conversation of releases up to 0.160 from %s', (name) => {
  const rows = rowsOf([
    ['handle_responses', { 'thread.id': 3 }],
    ['session_task.turn', { [name]: THREAD }],
  ]);
  // Both sessions, and the attribute itself.
  expect(times(rows, THREAD)).toBe(3);
});

it('takes no conversation from the name of a thread, nor where several threads share a trace', () => {
  expect(
    times(
      rowsOf([
        ['turn', { 'thread.id': 'tokio-rt-worker-3' }],
        ['turn', {}],
      ]),
      'tokio-rt-worker-3',
    ),
  ).toBe(1);
  const other = THREAD.replace('01a2087f', '01a20880');
  const rows = rowsOf([
    ['turn', { 'thread.id': THREAD }],
    ['turn', { thread_id: other }],
    ['turn', {}],
  ]);
  expect([times(rows, THREAD), times(rows, other)]).toEqual([1, 1]);
});

it('prefers a conversation to a thread', () => {
  const id = '019a9b2c-7d3e-7f40-8a51-b6c7d8e9f012';
  const rows = rowsOf([
    ['turn', { 'thread.id': THREAD }],
    ['turn', { 'conversation.id': id }],
    ['turn', {}],
  ]);
  expect([times(rows, THREAD), times(rows, id)]).toEqual([1, 3]);
});

it.each([
  ['a text of more than 256 bytes', 'Here is what I found out. '.repeat(12)],
  ['a patch', '*** Begin Patch\n*** Update File: a.ts\n+I found out'],
  ['JSON with a prompt', '{"prompt":"Here is what I found out"}'],
])('[D31] [D32] does not carry a text that is withheld into a row: %s', (_what, text) => {
  expect(rowsOf(inConversation(text))).not.toContain('found out');
});

const CALL: Spans[number] = ['handle_responses', { 'gen_ai.usage.input_tokens': 1234 }];

it.each(['session_task.turn', 'run_sampling_request', 'try_run_sampling_request', 'model_client.stream_responses_api'])(
  'fills the model of a call from %s, before and behind it',
  (name) => {
    const around: Spans[number] = [name, { model: 'vendor/gpt-5.9' }];
    expect(times(rowsOf([CALL, around]), 'vendor/gpt-5.9')).toBe(2);
    expect(times(rowsOf([around, CALL, ['handle_responses', {}]]), 'vendor/gpt-5.9')).toBe(2);
  },
);

it('does not guess the model of a call where several are called, and does not take one that is only asked about', () => {
  const rows = rowsOf([
    ['session_task.turn', { model: 'gpt-5.9' }],
    ['run_sampling_request', { model: 'gpt-5.9-mini' }],
    ['run_sampling_request', { model: 'gpt-5.9' }],
    CALL,
  ]);
  expect(times(rows, 'gpt-5.9')).toBe(3);
  expect(times(rowsOf([['get_model_info', { model: 'gpt-5.9' }], CALL]), 'gpt-5.9')).toBe(1);
});

it('[D31] [D32] does not carry a text that is withheld into the model of a call', () => {
  const around: Spans[number] = ['session_task.turn', { model: '{"prompt":"Here is what I found out"}' }];
  expect(rowsOf([around, CALL])).not.toContain('found out');
});

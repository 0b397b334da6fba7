/** A Codex span without a conversation takes its trace's; what is no id must not come into a row on this way. */

import { decompressFrameSync } from 'lz4-napi';
import { expect, it } from 'vitest';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { OPTIONS, taskOf } from './one-request.ts';

/** Bytes of the rows of a trace whose first of two spans names this conversation. */
function rowsOf(conversation: string): string {
  const pipeline = new Pipeline(OPTIONS);
  const span = (id: number, attributes: readonly unknown[]) => ({
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: `012345678912345${id}`,
    name: 'turn',
    attributes,
  });
  const named = span(1, [{ key: 'conversation.id', value: { stringValue: conversation } }]);
  const body = Buffer.from(
    JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [named, span(2, [])] }] }] }),
  );
  const { results, frames } = pipeline.run(taskOf('codex', 'traces', 'json', body));
  expect(results).toMatchObject([{ ok: true, normalizedCount: 2 }]);
  return frames
    .filter(({ table }) => table === 'coding_agent_events')
    .map(({ bytes }) => decompressFrameSync(Buffer.from(bytes)).toString('latin1'))
    .join('');
}

it('stands in the rows of both spans when it is an id', () => {
  const id = '019a9b2c-7d3e-7f40-8a51-b6c7d8e9f012';
  expect(rowsOf(id).split(id)).toHaveLength(3);
});

it.each([
  ['a text of more than 256 bytes', 'Here is what I found out. '.repeat(12)],
  ['a patch', '*** Begin Patch\n*** Update File: a.ts\n+I found out'],
  ['JSON with a prompt', '{"prompt":"Here is what I found out"}'],
])('[D31] [D32] does not carry a text that is withheld into a row: %s', (_what, text) => {
  expect(rowsOf(text)).not.toContain('found out');
});

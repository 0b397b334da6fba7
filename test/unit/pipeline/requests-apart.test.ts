/**
 * A worker's pipeline serves requests of all tenants one after another. What one request had in its resource or scope
 * must not come into the rows of the next: a hook has neither, so nothing else would replace it.
 */

import { decompressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { OPTIONS, taskOf } from './one-request.ts';

const HOOK = JSON.stringify({ hook_event_name: 'PreToolUse', session_id: 's', tool_name: 'Bash', tool_use_id: 't' });
const TEXT = { key: 'prompt', value: { stringValue: 'of the other tenant' } };
const SECRET = { key: 'note', value: { stringValue: 'password=hunter2hunter2' } };
const NAME = { key: 'service.name', value: { stringValue: 'of the other tenant' } };

function rowsOf(pipeline: Pipeline, signal: 'logs' | 'traces' | 'hooks', body: string): string[] {
  const { results, frames } = pipeline.run(taskOf('cursor', signal, 'json', Buffer.from(body)));
  expect(results).toMatchObject([{ ok: true }]);
  return frames.map(({ bytes }) => decompressFrameSync(Buffer.from(bytes)).toString('latin1'));
}

/** Three records, because what they share is kept from the second one on. */
function logs(resource: readonly unknown[], scope: readonly unknown[]): string {
  const logRecords = ['a', 'b', 'c'].map((stringValue) => ({ body: { stringValue } }));
  const scopeLogs = [{ scope: { attributes: scope }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: resource }, scopeLogs }] });
}

describe('[C27] a hook has the same row whatever the worker served before', () => {
  it.each([
    ['attributes of a resource', [NAME], []],
    ['attributes of a scope', [], [NAME]],
    ['a prompt in a resource', [TEXT], []],
    ['a prompt in a scope', [], [TEXT]],
    ['a secret in a resource', [SECRET], []],
    ['a secret in a scope', [], [SECRET]],
  ])('%s', (_what, resource, scope) => {
    const used = new Pipeline(OPTIONS);
    rowsOf(used, 'logs', logs(resource, scope));
    expect(rowsOf(used, 'hooks', HOOK)).toEqual(rowsOf(new Pipeline(OPTIONS), 'hooks', HOOK));
  });
});

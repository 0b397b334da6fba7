/** Exit codes and failures that only an output tells, and what they make of `success`. */

import { describe, expect, it } from 'vitest';
import { hook, log, span, type Value, type Values } from './normalized.ts';

const outcome = (payload: Values): unknown[] => {
  const { columns } = hook('codex', { hook_event_name: 'PostToolUse', ...payload });
  return [columns['exit_code'], columns['success']];
};

describe('an exit code', () => {
  it.each<[output: string, code: number | undefined]>([
    ['Process exited with code 2', 2],
    ['Process exited with code 0\nOutput:\nok', 0],
    ['Chunk ID: 1\nProcess exited with code 137\n', 137],
    ['Exit code 1\nnot found', 1],
    ['Exit code: 1', 1],
    ['Command failed with exit code -1', -1],
    ['Exit code 2147483647', 2_147_483_647],
    ['Exit code 2147483648', undefined],
    ['Exit code 12345678901', undefined],
    ['Exit code 1x', undefined],
    ['It said: Exit code 1', undefined],
    [`${'x'.repeat(500)}\nExit code 1`, 1],
    [`${'x'.repeat(512)}\nExit code 1`, undefined],
  ])('in the first 512 bytes of %j', (text, code) => {
    const success = code === undefined || code === 0 ? 1 : 0;
    expect(outcome({ tool_response: text })).toEqual([code, success]);
    expect(outcome({ tool_output: text })).toEqual([code, success]);
  });

  it.each<Values>([
    { exit_code: 3, tool_response: 'Exit code 4' },
    { exitCode: '3' },
    { 'langsmith.metadata.shell_exit_code': 3 },
    { tool_response: { exit_code: 3 } },
    { tool_response: { exitCode: 3, output: 'Exit code 4' } },
    { tool_output: '{"exit_code":3,"output":"x"}' },
    { tool_response: '{"output":"x","metadata":{"exit_code":3,"duration_seconds":0.1}}' },
    { output: { metadata: { exit_code: 3 } } },
    { 'cursor.log.payload': '{"tool_output":"{\\"exitCode\\":3}"}' },
  ])('is found in %j', (payload) => {
    expect(outcome(payload)).toEqual([3, 0]);
  });

  it('is that of a tool’s result alone', () => {
    const { columns } = hook('codex', { hook_event_name: 'PreToolUse', tool_response: 'Exit code 1' });
    expect(columns).not.toHaveProperty('exit_code');
    expect(columns).not.toHaveProperty('success');
  });

  it('overrules the agent’s word, which then stays in attributes', () => {
    const failed = hook('codex', { hook_event_name: 'PostToolUse', success: true, exit_code: 1 });
    expect([failed.columns['success'], failed.attributes['success']]).toEqual([0, 'true']);
    const agreed = hook('codex', { hook_event_name: 'PostToolUse', success: false, exit_code: 1 });
    expect([agreed.columns['success'], agreed.attributes['success']]).toEqual([0, undefined]);
    const zero = hook('codex', { hook_event_name: 'PostToolUse', success: false, exit_code: 0 });
    expect([zero.columns['exit_code'], zero.columns['success'], zero.attributes['success']]).toEqual([0, 0, undefined]);
  });
});

describe('a result that ended in order', () => {
  it.each<[payload: Values, success: number]>([
    [{}, 1],
    [{ tool_response: { isError: true } }, 0],
    [{ tool_response: { isError: false } }, 1],
    [{ tool_response: '{"is_error":"true"}' }, 0],
    [{ tool_output: { is_error: true } }, 0],
    [{ output: { is_error: true } }, 1],
    [{ error: 'no such file' }, 0],
    [{ error: { code: 1 } }, 0],
    [{ error: null }, 1],
    [{ error: false }, 1],
    [{ error: '' }, 1],
  ])('has failed when it says so: %j', (payload, success) => {
    expect(outcome(payload)[1]).toBe(success);
  });
});

describe('success', () => {
  it.each<[word: Value, success: number | undefined]>([
    ['success', 1],
    ['OK', 1],
    ['completed', 1],
    ['error', 0],
    ['Cancelled', 0],
    ['timeout', 0],
    ['pending', undefined],
    ['completed successfully', undefined],
    [7, undefined],
  ])('is told by the status %j', (status, success) => {
    expect(log('cursor', { record: { 'event.name': 'x', status } }).columns['success']).toBe(success);
  });

  it('is the agent’s own word before a status', () => {
    const { columns } = log('cursor', { record: { 'event.name': 'x', success: true, status: 'error' } });
    expect(columns['success']).toBe(1);
  });

  it('is not taken from the name of the hook when the agent’s word was not understood', () => {
    const { columns, attributes } = hook('codex', { hook_event_name: 'PostToolUse', success: 'perhaps' });
    expect([columns['success'], attributes['success']]).toEqual([undefined, 'perhaps']);
  });

  it('is told by the status of a span only when that is an error', () => {
    const successOf = (code: number): unknown => span('codex', 'x', {}, { status: { code } }).columns['success'];
    expect([0, 1, 2].map(successOf)).toEqual([undefined, undefined, 0]);
  });

  it.each(['PostToolUseFailure', 'postToolUseFailure', 'StopFailure'])('is false for %s', (name) => {
    expect(hook('claude_code', { hook_event_name: name, status: 'ok' }).columns['success']).toBe(0);
  });

  it('is false for every error of a model call', () => {
    const record = { 'event.name': 'api_error', status: 'ok' };
    expect(log('claude_code', { record }).columns).toMatchObject({ event_type: 'api_error', success: 0 });
  });
});

describe('a decision', () => {
  const decisionOf = (payload: Values): unknown => hook('claude_code', payload).columns['decision'];

  it('is told by the hook that fires for refusals alone, unless that tells another', () => {
    expect(decisionOf({ hook_event_name: 'PermissionDenied' })).toBe('reject');
    expect(decisionOf({ hook_event_name: 'PermissionDenied', decision: 'deny' })).toBe('deny');
  });

  it('is not made up for any other event', () => {
    expect(decisionOf({ hook_event_name: 'PermissionRequest' })).toBeUndefined();
    const { columns } = log('claude_code', { record: { 'event.name': 'tool_decision', source: 'config' } });
    expect(columns).toMatchObject({ event_type: 'permission_decision', decision_source: 'config' });
    expect(columns).not.toHaveProperty('decision');
  });
});

/** Whether a tool succeeded, as agents, bridges and scripts write it; what is not understood is never a success. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectEvent, OUTPUT } from './support/documented-event.ts';
import { logsRequest, type Value } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

type Case = readonly [what: string, fields: Readonly<Record<string, Value>>, success: boolean | null];

const HOOKS: readonly Case[] = [
  ['says nothing else', {}, true],
  ['true', { success: true }, true],
  ['false', { success: false }, false],
  ['a word as Python writes it', { success: 'False' }, false],
  ['another one', { success: 'TRUE' }, true],
  ['0', { success: 0 }, false],
  ['1', { success: 1 }, true],
  ['a word that is none', { success: 'maybe' }, null],
  ['another number', { success: 2 }, null],
  ['an error', { error: 'boom' }, false],
  ['an error that is none', { error: '' }, true],
  ['a result of MCP that failed', { tool_response: { content: [{ text: OUTPUT }], isError: true } }, false],
  ['a result of MCP that did not', { tool_response: { content: [{ text: OUTPUT }], isError: false } }, true],
  ['an exit code', { tool_response: { exit_code: 3 } }, false],
];

describe('the outcome of a tool', () => {
  it.each(HOOKS)('of a PostToolUse that has %s', (_what, fields, success) =>
    expectEvent(
      server,
      '/v1/otel/codex/hooks',
      { hook_event_name: 'PostToolUse', session_id: 's', tool_name: 'mcp__echo__x', tool_use_id: 'c', ...fields },
      { event_type: 'tool_result', success },
    ),
  );

  it('stays out of durations and costs that are negative, which remain in attributes', () =>
    expectEvent(
      server,
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { 'event.name': 'api_request', cost_usd: -5, duration_ms: '-3', ttft_ms: 4 } }]),
      {
        ...{ cost_usd: null, duration_ms: null, ttft_ms: 4 },
        attributes: expect.objectContaining({ cost_usd: '-5', duration_ms: '-3' }),
      },
    ));

  it('stays out of a column that is too narrow for it, and remains in attributes', () =>
    expectEvent(
      server,
      '/v1/otel/claude/logs',
      logsRequest([{ attributes: { 'event.name': 'api_error', attempt: 65_536, status_code: 65_535 } }]),
      { attempt: null, status_code: 65_535, attributes: expect.objectContaining({ attempt: '65536' }) },
    ));
});

describe('the description of a subagent', () => {
  it.each(['subagentStart', 'subagentStop'])('is a prompt, like its task (%s)', (name) =>
    expectEvent(
      server,
      '/v1/otel/cursor/hooks',
      { hook_event_name: name, conversation_id: 'k', task: OUTPUT, description: OUTPUT },
      { session_id: 'k' },
    ),
  );
});

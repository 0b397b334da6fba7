/** Cursor's hooks as community bridges send them: spans, and log records that hold the hook's payload. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectEvent, PROMPT } from './support/documented-event.ts';
import { logsRequest, tracesRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

describe('a community bridge for Cursor', () => {
  it('counts a call once that a bridge sends as span and as log records of its hooks', async () => {
    const own = { 'cursor.conversation.id': 'bridged', 'cursor.generation.id': 'g' };
    const payload = { tool_name: 'Shell', tool_use_id: 'b1', tool_input: { command: 'npm test' } };
    const record = (hook: string, more: Record<string, string>) => ({
      body: `cursor ${hook}`,
      attributes: { ...own, 'cursor.hook.name': hook, 'cursor.log.payload': JSON.stringify({ ...payload, ...more }) },
    });
    const logs = [record('preToolUse', {}), record('postToolUse', { tool_output: '{"output":"x","exitCode":1}' })];
    const span = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.conversation.id': 'bridged',
      'gen_ai.tool.name': 'Shell',
      'gen_ai.tool.call.id': 'b1',
      'cursor.tool.failure_type': 'error',
    };
    await server.send('/v1/otel/cursor/logs', logsRequest(logs));
    await server.send('/v1/otel/cursor/traces', tracesRequest([{ name: 'execute_tool Shell', attributes: span }]));
    const query = `SELECT tool_use_id, tool_name, command, outcome, exit_code, error_type, signals FROM tool_calls
      WHERE session_id = 'bridged'`;
    expect(await server.sql(query)).toEqual([
      {
        tool_use_id: 'b1',
        tool_name: 'Shell',
        command: 'npm test',
        outcome: 'failure',
        exit_code: 1,
        error_type: 'error',
        signals: ['logs', 'traces'],
      },
    ]);
  });

  it('does not take the command that starts an MCP server for the command of its call', async () => {
    const payload = { tool_name: 'create_issue', tool_input: '{"title":"x"}', command: 'npx -y issue-server' };
    const own = {
      'cursor.conversation.id': 'bridged-mcp',
      'cursor.hook.name': 'beforeMCPExecution',
      'cursor.log.payload': JSON.stringify(payload),
    };
    const body = logsRequest([{ body: 'cursor beforeMCPExecution', attributes: own }]);
    await expectEvent(server, '/v1/otel/cursor/logs', body, {
      event_type: 'tool_start',
      tool_name: 'create_issue',
      mcp_tool: 'create_issue',
      command: '',
    });
  });

  it('takes the name of a record from an attribute event_name where nothing else names it', async () => {
    const attributes = { event_name: 'preToolUse', tool_name: 'Shell', tool_use_id: 'named' };
    const named = { event_type: 'tool_start', event_name: 'preToolUse', tool_name: 'Shell' };
    await expectEvent(server, '/v1/otel/cursor/logs', logsRequest([{ attributes }]), named);
    await expectEvent(server, '/v1/otel/cursor/logs', logsRequest([{ attributes, body: 'a hook ran' }]), named);
    const outranked = { 'event.name': 'postToolUse', ...attributes };
    await expectEvent(server, '/v1/otel/cursor/logs', logsRequest([{ attributes: outranked }]), {
      event_type: 'tool_result',
      event_name: 'postToolUse',
    });
    const prose = { event_name: 'something else happened here' };
    await expectEvent(server, '/v1/otel/cursor/logs', logsRequest([{ attributes: prose, body: 'api_request' }]), {
      event_type: 'api_request',
      event_name: 'api_request',
    });
  });

  it('Cursor spans of community bridges', async () => {
    const own = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.conversation.id': 'k',
      'gen_ai.tool.name': 'Shell',
      'gen_ai.tool.call.id': 'tc',
      'cursor.tool.success': false,
      'cursor.tool.duration_ms': 42,
      'cursor.prompt': PROMPT,
    };
    const span = tracesRequest([{ name: 'execute_tool Shell', attributes: own }]);
    await expectEvent(server, '/v1/otel/cursor/traces', span, {
      event_type: 'tool_result',
      tool_name: 'Shell',
      tool_use_id: 'tc',
      session_id: 'k',
      success: false,
      duration_ms: 42,
    });
  });

  it('gives a span whose operation is a word that every JavaScript object knows the type of any span', async () => {
    for (const operation of ['constructor', '__proto__', 'toString']) {
      const span = tracesRequest([{ name: 'x', attributes: { 'gen_ai.operation.name': operation } }]);
      await expectEvent(server, '/v1/otel/cursor/traces', span, { event_type: 'span' });
    }
  });
});

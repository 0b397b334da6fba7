/** One small valid body for each signal, and the closed words of the routes. */

import { logsRequest, metricsRequest, tracesRequest } from './otlp.ts';

export const AGENTS = { claude: 'claude_code', codex: 'codex', cursor: 'cursor' } as const;
export const SIGNALS = ['logs', 'traces', 'metrics', 'hooks'] as const;
export const PROTOBUF = { 'content-type': 'application/x-protobuf' };

export const bodies = {
  logs: () =>
    logsRequest([{ body: 'claude_code.at_mention', attributes: { 'event.name': 'at_mention', 'session.id': 's1' } }]),
  traces: () => tracesRequest([{ name: 'some.span', attributes: { 'session.id': 's1' } }]),
  metrics: () => metricsRequest('claude_code.token.usage', 12, { type: 'input' }),
  hooks: () => ({ hook: 'PostToolUse', session_id: 's1', tool_name: 'Bash' }),
};

/**
 * Every capture through the running server, as its headers say it was sent: one raw row, one normalized row per record,
 * and the values that the capture carries, read from it by JSON.parse or protobufjs.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURES, type Capture, type Signal, type Source, sources } from './support/captures.ts';
import { toProtobuf } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

const EVENT_TYPES = new Set(
  'session_start session_end turn_end user_prompt assistant_response tool_start tool_result permission_request permission_decision permission_mode_changed api_request api_error skill_activated subagent_start subagent_end compaction file_edit mcp_connection hook_execution plugin_event notification auth snapshot span other'.split(
    ' ',
  ),
);

/** Columns that a name fills, the simple way; whoever disagrees with this table is wrong about the capture. */
const TEXT_COLUMNS: readonly (readonly [column: string, names: readonly string[]])[] = [
  ['session_id', ['session.id', 'session_id', 'conversation.id', 'conversation_id', 'cursor.conversation.id']],
  ['prompt_id', ['prompt.id', 'prompt_id']],
  ['tool_name', ['tool_name']],
  ['tool_use_id', ['tool_use_id', 'call_id']],
  ['model', ['model']],
  ['user_email', ['user_email', 'cursor.user.email']],
  ['cwd', ['cwd']],
  ['decision', ['decision']],
];
const NUMBER_COLUMNS: readonly (readonly [column: string, names: readonly string[]])[] = [
  ['input_tokens', ['input_tokens', 'input_token_count', 'cursor.api.request.input_tokens']],
  ['output_tokens', ['output_tokens', 'output_token_count', 'cursor.api.request.output_tokens']],
  ['cache_read_tokens', ['cache_read_tokens', 'cached_token_count', 'cursor.api.request.cache_read_tokens']],
  ['reasoning_tokens', ['reasoning_token_count']],
  ['cost_usd', ['cost_usd']],
  ['duration_ms', ['duration_ms', 'duration', 'interaction.duration_ms']],
  ['ttft_ms', ['ttft_ms']],
  ['prompt_length', ['prompt_length', 'user_prompt_length']],
];

function expectRow(row: Record<string, unknown>, source: Source, signal: Signal): void {
  const find = (names: readonly string[]): unknown =>
    names
      .map((name) => source.attributes[name])
      .find((value) => value !== undefined && value !== null && value !== '') ??
    names.map((name) => source.resource[name]).find((value) => value !== undefined && value !== null && value !== '');
  for (const [column, names] of TEXT_COLUMNS) {
    const value = find(names);
    if (typeof value === 'string') expect(row[column], column).toBe(value);
  }
  for (const [column, names] of NUMBER_COLUMNS) {
    const value = find(names);
    if (value !== undefined) expect(Number(row[column]), column).toBe(Number(value));
  }
  expect(EVENT_TYPES.has(String(row['event_type'])), String(row['event_type'])).toBe(true);
  const name =
    source.attributes['event.name'] ??
    source.attributes['hook_event_name'] ??
    (signal === 'traces' ? source.record['name'] : undefined);
  if (name !== undefined) expect(row['event_name']).toBe(name);
  const time = source.attributes['event.timestamp'];
  const nanos = source.record['timeUnixNano'] ?? source.record['startTimeUnixNano'];
  if (typeof time === 'string') expect(row['timestamp']).toBe(`${time.replace('T', ' ').replace('Z', '')}000`);
  else if (typeof nanos === 'string' && nanos !== '0') {
    const micros = BigInt(nanos) / 1000n;
    expect(row['timestamp']).toBe(
      `${new Date(Number(micros / 1000n)).toISOString().replace('T', ' ').replace('Z', '')}${String(micros % 1000n).padStart(3, '0')}`,
    );
  }
}

let server: RunningServer;
beforeAll(async () => {
  server = await runServer({ MODA_MAX_BODY_BYTES: String(8 * 1024 * 1024) });
});
afterAll(() => server.stop());

const sortKey = (row: { timestamp: unknown; name: unknown; id: unknown }): string =>
  `${row.timestamp}|${row.name}|${row.id}`;

describe('captures', () => {
  it.each(CAPTURES.map((capture) => [`${capture.agent}/${capture.file}`, capture] as const))(
    '[B10] [B16] %s',
    async (_name, capture) => {
      const path = `/v1/otel/${capture.agent}/${capture.signal}`;
      const requestId = await server.send(path, capture.body, capture.headers);
      const raw = await server.sql('SELECT * FROM events_raw WHERE request_id = {id:UUID}', { id: requestId });
      expect(raw).toHaveLength(1);
      expect(raw[0]).toMatchObject({
        http_status: 200,
        signal: capture.signal,
        body_bytes: capture.body.length,
        error: '',
      });
      expect(() => JSON.parse(String(raw[0]!['raw_event']))).not.toThrow();
      if (capture.signal === 'metrics') {
        expect(raw[0]).toMatchObject({ normalized_count: 0 });
        expect(Number(raw[0]!['record_count'])).toBeGreaterThan(0);
        return;
      }
      const rows = await server.sql(`SELECT * FROM coding_agent_events WHERE request_id = {id:UUID}`, {
        id: requestId,
      });
      const expected = sources(capture);
      expect(rows).toHaveLength(expected.length);
      expect(raw[0]).toMatchObject({ record_count: expected.length, normalized_count: expected.length });
      // Pair rows and records by what identifies both: span id, or sequence and name, or the only one.
      const keyOfRow = (row: Record<string, unknown>): string =>
        row['signal'] === 'traces'
          ? String(row['span_id'])
          : sortKey({ timestamp: row['timestamp'], name: row['event_name'], id: row['event_sequence'] });
      const byKey = new Map<string, Record<string, unknown>[]>();
      for (const row of rows) byKey.set(keyOfRow(row), [...(byKey.get(keyOfRow(row)) ?? []), row]);
      if (capture.signal === 'hooks') {
        expectRow(rows[0]!, expected[0]!, 'hooks');
        return;
      }
      if (capture.signal === 'traces') {
        for (const source of expected) {
          const id = String(source.record['spanId']);
          const hex = /^[0-9a-f]{16}$/.test(id) ? id : Buffer.from(id, 'base64').toString('hex');
          const row = byKey.get(hex)?.[0];
          expect(row, `${hex} in ${[...byKey.keys()].join()}`).toBeDefined();
          expectRow(row!, source, 'traces');
        }
        return;
      }
      const inOrder = [...rows].sort((a, b) => (keyOfRow(a) < keyOfRow(b) ? -1 : 1));
      const keyed = expected.map((source) => ({
        source,
        key: matchKey(source),
      }));
      for (const { source, key } of keyed) {
        const row = inOrder.find((candidate) => key(candidate));
        expect(row, JSON.stringify(source.attributes['event.name'])).toBeDefined();
        inOrder.splice(inOrder.indexOf(row!), 1);
        expectRow(row!, source, 'logs');
      }
    },
  );
});

/** Finds a log record's row by its name, time and sequence, and its distinguishing ids. */
function matchKey(source: Source): (row: Record<string, unknown>) => boolean {
  const { attributes } = source;
  const name = String(attributes['event.name'] ?? '');
  const sequence = attributes['event.sequence'];
  const time =
    typeof attributes['event.timestamp'] === 'string'
      ? `${attributes['event.timestamp'].replace('T', ' ').replace('Z', '')}000`
      : undefined;
  const kind = attributes['event.kind'];
  const tokens = attributes['input_token_count'];
  return (row) =>
    (name === '' ? String(row['event_name']).indexOf('codex.') !== 0 : row['event_name'] === name) &&
    (sequence === undefined || Number(row['event_sequence']) === Number(sequence)) &&
    (time === undefined || row['timestamp'] === time) &&
    (kind === undefined || (row['attributes'] as Record<string, string>)['event.kind'] === kind) &&
    (tokens === undefined
      ? kind === undefined || row['input_tokens'] === null
      : Number(row['input_tokens']) === Number(tokens)) &&
    (attributes['startup.phase'] === undefined ||
      (row['attributes'] as Record<string, string>)['startup.phase'] === attributes['startup.phase']);
}

describe('twins', () => {
  const twins = CAPTURES.filter(
    (capture) => capture.file.endsWith('.json') && (capture.signal === 'logs' || capture.signal === 'traces'),
  );
  it.each(twins.map((capture) => [`${capture.agent}/${capture.file}`, capture] as const))(
    '[A3] %s gives equal rows as JSON and as protobuf transcoded by protobufjs',
    async (_name, capture) => {
      const path = `/v1/otel/${capture.agent}/${capture.signal}`;
      const select = `SELECT * EXCEPT (request_id, ingested_at) REPLACE (hex(event_id) AS event_id, mapSort(attributes) AS attributes)
        FROM coding_agent_events WHERE request_id = {id:UUID} ORDER BY event_id`;
      const asJson = await server.sql(select, { id: await server.send(path, capture.body, capture.headers) });
      const twin = toProtobuf(capture.signal as 'logs', JSON.parse(capture.body.toString('utf8')));
      const asProtobuf = await server.sql(select, {
        id: await server.send(path, twin, { 'content-type': 'application/x-protobuf' }),
      });
      expect(asProtobuf).toEqual(asJson);
      expect(asJson.length).toBeGreaterThan(0);
    },
  );
});

describe('values of well-known captures', () => {
  const capture = (name: string): Capture =>
    CAPTURES.find((candidate) => `${candidate.agent}/${candidate.file}` === name)!;
  const rowsOf = async (name: string): Promise<Record<string, unknown>[]> => {
    const { agent, signal, body, headers } = capture(name);
    return server.events(await server.send(`/v1/otel/${agent}/${signal}`, body, headers));
  };

  it('Codex: exit 3 fails the call although the agent says success', async () => {
    const rows = await rowsOf('codex/logs.tool-exit3.2.json');
    const result = rows.find((row) => row['event_name'] === 'codex.tool_result')!;
    expect(result).toMatchObject({
      event_type: 'tool_result',
      exit_code: 3,
      success: false,
      command: 'exit 3',
      tool_name: 'exec_command',
    });
    expect(result['attributes']).toMatchObject({ success: 'true' });
  });

  it('Codex: one usage record per model call', async () => {
    const rows = await rowsOf('codex/logs.exec.json');
    const usage = rows.filter((row) => row['event_type'] === 'api_request' && row['event_name'] === 'codex.sse_event');
    const completed = rows.filter(
      (row) => (row['attributes'] as Record<string, string>)['event.kind'] === 'response.completed',
    );
    expect(completed).toHaveLength(usage.length * 2);
    expect(usage[0]).toMatchObject({
      input_tokens: '1234',
      output_tokens: '56',
      cache_read_tokens: '1000',
      reasoning_tokens: '20',
    });
  });

  it('Codex: spans without a conversation take their trace’s', async () => {
    const rows = await rowsOf('codex/traces.exec.json');
    const named = new Set(rows.filter((row) => row['session_id'] !== '').map((row) => row['trace_id']));
    expect(named.size).toBeGreaterThan(0);
    expect(rows.filter((row) => named.has(row['trace_id']) && row['session_id'] === '')).toEqual([]);
    expect(rows.filter((row) => row['event_type'] === 'tool_result')).toHaveLength(1);
  });

  it('Claude: an MCP call knows its server and tool in logs, spans and hooks', async () => {
    const logs = (await rowsOf('claude/logs.mcp.json')).find((row) => row['event_name'] === 'tool_result')!;
    expect(logs).toMatchObject({
      tool_name: 'mcp_tool',
      mcp_server: 'fakesrv',
      mcp_tool: 'add',
      success: true,
      duration_ms: 134,
      input_size_bytes: '13',
    });
    const span = (await rowsOf('claude/traces.mcp.json')).find((row) => row['event_name'] === 'claude_code.tool')!;
    expect(span).toMatchObject({ tool_name: 'mcp__fakesrv__add', mcp_server: 'fakesrv', event_type: 'tool_result' });
    const [hook] = await rowsOf('claude/hooks.PostToolUse.mcp__fakesrv__add.json');
    expect(hook).toMatchObject({
      tool_name: 'mcp__fakesrv__add',
      mcp_server: 'fakesrv',
      mcp_tool: 'add',
      effort: 'medium',
    });
  });

  it('Cursor: the native export’s integers, skills and hook outcomes', async () => {
    const rows = await rowsOf('cursor/cursor.native.logs.json');
    expect(rows[0]).toMatchObject({
      event_type: 'api_request',
      user_id: '99',
      user_email: 'dana@example.com',
      api_request_id: 'req-made-1',
      entrypoint: 'desktop',
    });
    expect(rows[1]).toMatchObject({ event_type: 'skill_activated', skill_name: 'release-notes' });
    expect(rows[2]).toMatchObject({ event_type: 'hook_execution', success: false });
    expect(rows[3]).toMatchObject({ event_type: 'api_error', success: false });
  });

  it('Cursor: a shell call’s exit code, directory and duration', async () => {
    const [row] = await rowsOf('cursor/cursor.hooks.postToolUse.json');
    expect(row).toMatchObject({
      exit_code: 0,
      success: true,
      duration_ms: 5432,
      command: 'npm test -- refund',
      cwd: '/Users/dana/src/payments',
      turn_id: 'e1b0c7d2-4a6f-4f3b-9c58-0d2a7b6e1f93',
    });
  });
});

/** Statements 28–43 as far as one request shows them: prompts, outputs, truth tables, markers, secrets, skills. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest, tracesRequest } from './support/otlp.ts';
import { type RunningServer, runServer } from './support/server.ts';

const PROMPT = 'please rename the widget';
const OUTPUT = 'widget renamed in four places';

const promptLog = (own: Record<string, string | boolean>, resource: Record<string, string | boolean> = {}) =>
  logsRequest(
    [{ attributes: { 'event.name': 'codex.user_prompt', prompt: PROMPT, prompt_length: '24', ...own } }],
    resource,
  );
const outputLog = (own: Record<string, string | boolean>) =>
  logsRequest([
    { attributes: { 'event.name': 'codex.tool_result', tool_name: 'exec_command', output: OUTPUT, ...own } },
  ]);

async function rowOf(
  server: RunningServer,
  path: string,
  body: unknown,
): Promise<{ row: Record<string, unknown>; raw: string }> {
  const requestId = await server.send(path, body);
  const rows = await server.events(requestId);
  expect(rows).toHaveLength(1);
  const raw = await server.sql<{ raw_event: string }>('SELECT raw_event FROM events_raw WHERE request_id = {id:UUID}', {
    id: requestId,
  });
  return { row: rows[0]!, raw: raw[0]!.raw_event };
}

const attributesOf = (row: Record<string, unknown>) => row['attributes'] as Record<string, string>;

describe.each([
  { flag: false, gate: false },
  { flag: false, gate: true },
  { flag: true, gate: false },
  { flag: true, gate: true },
])('server flag $flag, gate $gate', ({ flag, gate }) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await runServer({
      CODING_AGENT_CAPTURE_PROMPTS: String(flag),
      CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: flag ? '1' : '0',
      CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN: String(gate),
    });
  });
  afterAll(() => server.stop());

  it.each([false, true])('[D31] [D34] [D37] prompt with event opt-in %s', async (optIn) => {
    for (const value of optIn ? [true, 'true', '1'] : [false, 'yes', 'TRUE', 'on', '']) {
      const captured = flag || (gate && optIn);
      const { row, raw } = await rowOf(server, '/v1/otel/codex/logs', promptLog({ 'moda.capture_prompts': value }));
      expect(row['prompt_text']).toBe(captured ? PROMPT : '');
      expect(row['prompt_length']).toBe(24);
      expect(attributesOf(row)['prompt_text_redacted']).toBe(captured ? undefined : 'true');
      expect(raw.includes(PROMPT)).toBe(captured);
    }
  });

  it.each([false, true])('[D32] [D34] [D37] output with event opt-in %s', async (optIn) => {
    for (const value of optIn ? [true, 'true', '1'] : [false, 'yes', 'TRUE']) {
      const captured = flag || (gate && optIn);
      const { row, raw } = await rowOf(server, '/v1/otel/codex/logs', outputLog({ 'moda.capture_outputs': value }));
      expect(row['output_snippet']).toBe(captured ? OUTPUT : '');
      expect(attributesOf(row)['output_snippet_redacted']).toBe(captured ? undefined : 'true');
      expect(raw.includes(OUTPUT)).toBe(captured);
    }
  });

  it('[D31] the innermost scope’s opt-in wins', async () => {
    const { row } = await rowOf(
      server,
      '/v1/otel/codex/logs',
      promptLog({ 'moda.capture_prompts': false }, { 'moda.capture_prompts': true }),
    );
    expect(row['prompt_text']).toBe(flag ? PROMPT : '');
    const outer = await rowOf(server, '/v1/otel/codex/logs', promptLog({}, { 'moda.capture_prompts': true }));
    expect(outer.row['prompt_text']).toBe(flag || gate ? PROMPT : '');
  });

  it('[D33] the prompt opt-in does not open outputs', async () => {
    const { row } = await rowOf(server, '/v1/otel/codex/logs', outputLog({ 'moda.capture_prompts': true }));
    expect(row['output_snippet']).toBe(flag ? OUTPUT : '');
  });
});

describe('with no flags', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await runServer();
  });
  afterAll(() => server.stop());

  it.each(['<REDACTED>', '[REDACTED]', ''])(
    '[D28] [D38] the placeholder %j is no text and sets no marker',
    async (placeholder) => {
      const logs = logsRequest([
        {
          attributes: {
            'event.name': 'user_prompt',
            prompt: placeholder,
            prompt_text: placeholder,
            prompt_length: '21',
          },
        },
      ]);
      const { row } = await rowOf(server, '/v1/otel/claude/logs', logs);
      expect(row).toMatchObject({ prompt_text: '', prompt_length: 21 });
      expect(attributesOf(row)).not.toHaveProperty('prompt_text_redacted');
      expect(JSON.stringify(row)).not.toContain('REDACTED');
      const span = await rowOf(
        server,
        '/v1/otel/claude/traces',
        tracesRequest([
          { name: 'claude_code.interaction', attributes: { user_prompt: placeholder, user_prompt_length: 21 } },
        ]),
      );
      expect(span.row).toMatchObject({ prompt_text: '', prompt_length: 21, event_type: 'turn_end' });
    },
  );

  it('[D29] a real Claude OTLP prompt is stored, secrets redacted', async () => {
    const secret = ['sk', 'ant', 'api03', 'Zx81kQpLm20vTrUwYsNd45fGhJ'].join('-');
    const text = `deploy with ${secret} please`;
    const logs = logsRequest([
      { attributes: { 'event.name': 'user_prompt', prompt: text, prompt_text: text, prompt_length: '50' } },
    ]);
    const { row, raw } = await rowOf(server, '/v1/otel/claude/logs', logs);
    expect(row['prompt_text']).toMatch(/^deploy with \[REDACTED:[\w-]+\] please$/);
    expect(raw).not.toContain(secret);
    expect(attributesOf(row)).not.toHaveProperty('prompt_text_redacted');
    const span = await rowOf(
      server,
      '/v1/otel/claude/traces',
      tracesRequest([{ name: 'claude_code.interaction', attributes: { user_prompt: 'rename it' } }]),
    );
    expect(span.row['prompt_text']).toBe('rename it');
  });

  it('[D30] a hook’s prompt and output are not persisted, its metadata is', async () => {
    const prompt = await rowOf(server, '/v1/otel/claude/hooks', {
      hook_event_name: 'UserPromptSubmit',
      session_id: 's',
      prompt: PROMPT,
    });
    expect(prompt.row).toMatchObject({ event_type: 'user_prompt', prompt_text: '', prompt_length: 24 });
    expect(attributesOf(prompt.row)['prompt_text_redacted']).toBe('true');
    expect(JSON.stringify(prompt.row) + prompt.raw).not.toContain(PROMPT);
    const tool = await rowOf(server, '/v1/otel/claude/hooks', {
      hook_event_name: 'PostToolUse',
      session_id: 's',
      tool_name: 'Bash',
      tool_use_id: 'toolu_1',
      tool_input: { command: 'npm test', description: 'Run tests' },
      tool_response: { stdout: OUTPUT, stderr: '', interrupted: false },
      duration_ms: 81,
    });
    expect(tool.row).toMatchObject({
      event_type: 'tool_result',
      tool_name: 'Bash',
      command: 'npm test',
      duration_ms: 81,
      success: true,
      output_snippet: '',
    });
    expect(attributesOf(tool.row)['output_snippet_redacted']).toBe('true');
    expect(JSON.stringify(tool.row) + tool.raw).not.toContain(OUTPUT);
    expect(JSON.parse(tool.raw).tool_response.interrupted).toBe(false);
  });

  it('[D30] a failed command keeps its error type, exit code and first line, and nothing more of its output', async () => {
    const { row, raw } = await rowOf(server, '/v1/otel/claude/hooks', {
      hook_event_name: 'PostToolUseFailure',
      session_id: 's',
      tool_name: 'Bash',
      tool_use_id: 'toolu_2',
      tool_input: { command: 'ls nope' },
      error: `Exit code 2\n${OUTPUT}`,
    });
    expect(row).toMatchObject({ success: false, exit_code: 2 });
    expect(String(row['error_message'])).toMatch(/^Exit code 2/);
    expect(JSON.stringify(row) + raw).not.toContain(OUTPUT);
  });

  it('[D39] [D40] secrets in commands, errors and JSON inside strings are redacted in every column and the raw layer', async () => {
    const secret = 'q9Xv7Lr2Tb5Wn8Zk4Mp6';
    const commands = [
      `curl -H 'Authorization: Bearer ${secret}' https://api.example.com`,
      `OPENAI_API_KEY=${secret} node run.js`,
      `export MODA_TOKEN=${secret}`,
      `deploy --token=${secret}`,
      `mysql --password ${secret}`,
      `curl --cookie 'COOKIE=${secret}' x`,
      `API_KEY="${secret}" ./x`,
    ];
    for (const command of commands) {
      const logs = logsRequest([
        {
          attributes: {
            'event.name': 'tool_result',
            tool_name: 'Bash',
            success: 'false',
            tool_parameters: JSON.stringify({ bash_command: 'x', full_command: command }),
            tool_input: JSON.stringify({ command }),
            error: `failed: ${command}`,
          },
        },
      ]);
      const { row, raw } = await rowOf(server, '/v1/otel/claude/logs', logs);
      expect(JSON.stringify(row) + raw, command).not.toContain(secret);
      expect(String(row['command'])).toContain('[REDACTED:');
      expect(Number(attributesOf(row)['redactions'])).toBeGreaterThan(0);
    }
  });

  it('[D40] token counts and the words of prose stay', async () => {
    const { row } = await rowOf(
      server,
      '/v1/otel/claude/logs',
      logsRequest([
        {
          attributes: {
            'event.name': 'api_request',
            input_tokens: 1234,
            output_tokens: 5,
            note: 'token count of the secretary: max_tokens: 4096',
          },
        },
      ]),
    );
    expect(row).toMatchObject({ input_tokens: '1234', output_tokens: '5' });
    expect(attributesOf(row)['note']).toBe('token count of the secretary: max_tokens: 4096');
  });

  it('[E42] skill_activated becomes a row with skill_name and skill_scope', async () => {
    for (const name of ['skill_activated', 'claude_code.skill_activated']) {
      const { row } = await rowOf(
        server,
        '/v1/otel/claude/logs',
        logsRequest([
          {
            body: 'claude_code.skill_activated',
            attributes: {
              'event.name': name,
              'skill.name': 'release-notes',
              'skill.source': 'userSettings',
              invocation_trigger: 'user-slash',
            },
          },
        ]),
      );
      expect(row).toMatchObject({
        event_type: 'skill_activated',
        skill_name: 'release-notes',
        skill_scope: 'user',
        skill_trigger: 'user-slash',
      });
    }
  });

  it('[E43] Codex skill hints are on the row and never become skill_activated', async () => {
    const native = await rowOf(
      server,
      '/v1/otel/codex/logs',
      logsRequest([
        {
          attributes: {
            'event.name': 'codex.skill_invocation',
            'skill.name': 'release-notes',
            'skill.scope': 'repo',
            'skill.invocation_type': 'explicit',
          },
        },
      ]),
    );
    expect(native.row).toMatchObject({
      event_type: 'other',
      skill_name: 'release-notes',
      skill_scope: 'repo',
      skill_trigger: 'explicit',
    });
    const hook = await rowOf(server, '/v1/otel/codex/hooks', {
      hook_event_name: 'PostToolUse',
      session_id: 's',
      tool_name: 'Bash',
      tool_input: { command: 'cat .agents/skills/release-notes/SKILL.md' },
      tool_response: '',
    });
    expect(hook.row).toMatchObject({ event_type: 'tool_result', skill_name: 'release-notes' });
  });
});

it.each([
  [{ CODING_AGENT_CAPTURE_PROMPTS: 'yes' }, false],
  [{ CODING_AGENT_CAPTURE_PROMPTS: 'on' }, false],
  [{ CODING_AGENT_CAPTURE_PROMPTS: 'TRUE' }, false],
  [{ CODING_AGENT_CAPTURE_PROMPTS: '' }, false],
  [{ CODING_AGENT_CAPTURE_PROMPTS: '1' }, true],
] as const)('[D35] %j captures: %s', async (env, captured) => {
  const server = await runServer(env);
  try {
    const { row } = await rowOf(server, '/v1/otel/codex/logs', promptLog({}));
    expect(row['prompt_text']).toBe(captured ? PROMPT : '');
  } finally {
    await server.stop();
  }
});

it('[D36] captured text is redacted, then truncated at a character boundary', async () => {
  const server = await runServer({
    CODING_AGENT_CAPTURE_PROMPTS: 'true',
    CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: 'true',
    MODA_PROMPT_MAX_BYTES: '64',
    MODA_OUTPUT_SNIPPET_MAX_BYTES: '32',
  });
  try {
    const text = `password=hunter2hunter2hunter2 ${'é'.repeat(100)}`;
    const { row } = await rowOf(
      server,
      '/v1/otel/codex/logs',
      logsRequest([{ attributes: { 'event.name': 'codex.user_prompt', prompt: text } }]),
    );
    const stored = String(row['prompt_text']);
    expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(64);
    expect(Buffer.byteLength(stored)).toBeGreaterThan(60);
    expect(stored).toMatch(/^password=\[REDACTED:[\w-]+\] é+$/);
    const output = await rowOf(
      server,
      '/v1/otel/codex/logs',
      logsRequest([{ attributes: { 'event.name': 'codex.tool_result', output: '€'.repeat(50) } }]),
    );
    expect(output.row['output_snippet']).toBe('€'.repeat(10));
  } finally {
    await server.stop();
  }
});

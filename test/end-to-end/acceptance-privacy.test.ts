/** Statements 28–30 and 39–43 with no flags set: prompts, outputs, secrets, skills, over HTTP against the embedded ClickHouse. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest, tracesRequest } from './support/otlp.ts';
import { type RunningServer, rowOf, runServer } from './support/server.ts';

const PROMPT = 'please rename the widget';
const OUTPUT = 'widget renamed in four places';

const attributesOf = (row: Record<string, unknown>) => row['attributes'] as Record<string, string>;

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

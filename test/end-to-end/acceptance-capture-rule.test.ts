/** Statements 31–38: the capture rule's truth tables, markers and truncation, over HTTP against the embedded ClickHouse. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsRequest } from './support/otlp.ts';
import { type RunningServer, rowOf, runServer } from './support/server.ts';

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

  it.each([
    ['user_message', 'prompts', 'prompt_text', PROMPT],
    ['assistant_message', 'outputs', 'output_snippet', OUTPUT],
  ])('[D31] [D32] the body of a Cursor %s', async (name, what, column, text) => {
    const own = { [`moda.capture_${what}`]: true, 'cursor.conversation.message.id': 'm' };
    const body = logsRequest([{ body: text, eventName: `cursor.conversation.${name}`, attributes: own }]);
    const { row } = await rowOf(server, '/v1/otel/cursor/logs', body);
    expect(row[column]).toBe(flag || gate ? text : '');
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

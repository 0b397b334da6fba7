/** Prompts and output as members of JSON in a text that is no JSON as a whole. */

import { describe, expect, it } from 'vitest';
import { log, scrub, span, spanEvent } from './scrubbed.ts';

const TEXT = 'blue whales sing at dusk';
const prompt = JSON.stringify({ id: 7, prompt: TEXT });

const FORMS: readonly (readonly [name: string, write: (json: string) => string])[] = [
  ['JSON Lines', (json) => `{"a":1}\n${json}\n`],
  ['JSON Lines, first', (json) => `${json}\r\n{"a":1}`],
  ['behind a byte order mark', (json) => `\ufeff${json}`],
  ['JSON Lines behind a byte order mark', (json) => `\ufeff${json}\n${json}`],
  ['behind words', (json) => `payload: ${json}`],
  ['before words', (json) => `${json} was sent`],
  ['cut', (json) => json.slice(0, -4)],
  ['with spaces', (json) => `sent ${json.replace('{', '{ ').replaceAll(':', ' : ')}`],
  ['over lines', (json) => `sent ${JSON.stringify(JSON.parse(json), null, 2)}`],
  ['as a string of a program', (json) => `sent ${JSON.stringify(json)}`],
  ['as a string in a string', (json) => `sent ${JSON.stringify(JSON.stringify(json))}`],
];

describe.each(FORMS)('%s', (_name, write) => {
  it('[D30] a prompt is withheld as in JSON, at every place', () => {
    const value = write(prompt);
    for (const [signal, body] of [
      ['logs', log({ note: value })],
      ['logs', log({ deep: [{ 'session.id': value }] })],
      ['logs', log({}, {}, value)],
      ['logs', log({}, { resource: { note: value } })],
      ['traces', span({}, { events: [spanEvent('x', { note: value })] })],
      ['hooks', { hook_event_name: 'X', note: value }],
      ['hooks', { hook_event_name: 'X', tool_input: { value } }],
    ] as const) {
      const { text, records } = scrub('codex', signal, body);
      expect(text).not.toContain('whales');
      expect(text).toContain('[SUPPRESSED:prompt:');
      expect(records[0]).toMatchObject({ promptSuppressed: true, outputSuppressed: false });
      expect(scrub('codex', signal, body, { captureOutputs: true }).text).not.toContain('whales');
      expect(scrub('codex', signal, body, { capturePrompts: true }).text).toContain('whales');
    }
  });

  it('[D32] output is withheld as in JSON', () => {
    const body = { hook_event_name: 'X', note: write(JSON.stringify({ id: 7, stdout: TEXT })) };
    expect(scrub('codex', 'hooks', body).text).not.toContain('whales');
    expect(scrub('codex', 'hooks', body, { captureOutputs: true }).text).toContain('whales');
  });
});

describe('a text of any length', () => {
  const long = `${prompt}\n`.repeat(20);

  it('[D30] a prompt is withheld though outputs are captured', () => {
    for (const key of ['note', 'arguments']) {
      const body = log({ [key]: long });
      expect(scrub('codex', 'logs', body, { captureOutputs: true }).text).not.toContain('whales');
      expect(scrub('codex', 'logs', body, { captureOutputs: true, capturePrompts: true }).text).toContain('whales');
    }
  });

  it('[D30] a body that one record opted in is withheld in the next', () => {
    const records = [{ 'moda.capture_prompts': true }, {}].map((own) => log(own, {}, `sent ${prompt}`));
    const [first, second] = records.map(({ resourceLogs }) => resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!);
    const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [first, second] }] }] };
    const { text } = scrub('codex', 'logs', body, { allowEventLevelOptIn: true });
    expect(text.match(/whales/g)).toHaveLength(1);
  });
});

describe('what stays', () => {
  it.each([
    'sent {"id":7,"prompt":""}',
    'sent {"id":7,"prompt_length":24,"prompt":24}',
    '{"id":7}\n{"model":"m","status":"ok"}',
    'the word prompt: {braces} and "content": nothing',
    'const { prompt } = props; {a, b}',
    '{"id":7,"prompt":"<REDACTED>"}\n{"id":8}',
  ])('[D30] %s', (note) => {
    const { at } = scrub('codex', 'hooks', { hook_event_name: 'X', note });
    expect(at('note')).toBe(note);
  });

  it('[D30] a command that sends JSON', () => {
    const command = `curl -d '{"text":"deployed"}' https://example.org`;
    expect(scrub('codex', 'hooks', { hook_event_name: 'X', tool_input: { command } }).at('tool_input', 'command')).toBe(
      command,
    );
  });

  it('a text with a byte order mark in which nothing is withheld', () => {
    const note = '\ufeff{"id":7}';
    expect(scrub('codex', 'hooks', { hook_event_name: 'X', note }).at('note')).toBe(note);
  });
});

/** Records whose body is the text itself. */

import { describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/model/identity.ts';
import { log, scrub } from './scrubbed.ts';

const TEXT = 'rename the widget';
const BOTH = { capturePrompts: true, captureOutputs: true };

const body = (agent: Provider, name: string, value: Parameters<typeof log>[2], options = {}): unknown => {
  const { at } = scrub(agent, 'logs', log({ 'event.name': name }, {}, value), options);
  return at('resourceLogs', 0, 'scopeLogs', 0, 'logRecords', 0, 'body');
};

describe('a rendered conversation', () => {
  const PROMPTS = ['gen_ai.user.message', 'gen_ai.system.message'];
  const OUTPUTS = ['gen_ai.assistant.message', 'gen_ai.tool.message', 'gen_ai.choice'];

  it.each([...PROMPTS, ...OUTPUTS])('[D30] [D32] %s: a text, a list and JSON as its body', (name) => {
    const own = PROMPTS.includes(name) ? { capturePrompts: true } : { captureOutputs: true };
    const other = PROMPTS.includes(name) ? { captureOutputs: true } : { capturePrompts: true };
    for (const agent of ['claude_code', 'codex', 'cursor'] as const) {
      for (const value of [TEXT, [TEXT], JSON.stringify([{ type: 'x', text: TEXT }])]) {
        expect(JSON.stringify(body(agent, name, value))).not.toContain(TEXT);
        expect(JSON.stringify(body(agent, name, value, other))).not.toContain(TEXT);
        expect(JSON.stringify(body(agent, name, value, own))).toContain(TEXT);
      }
    }
  });

  it('[D30] words around the text stay', () => {
    expect(JSON.stringify(body('codex', 'gen_ai.user.message', { role: 'user', content: TEXT }))).toMatch(
      /^(?!.*rename).*"user"/,
    );
    expect(body('codex', 'gen_ai.choice', 'gen_ai.choice')).toStrictEqual({ stringValue: 'gen_ai.choice' });
  });
});

it('[D30] Cursor’s message of a user needs no other mark than its name', () => {
  for (const name of ['cursor.conversation.user_message', 'conversation.user_message']) {
    expect(JSON.stringify(body('cursor', name, TEXT))).not.toContain(TEXT);
    expect(body('cursor', name, TEXT, BOTH)).toStrictEqual({ stringValue: TEXT });
  }
  const nameless = {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ eventName: 'cursor.conversation.user_message', body: { stringValue: TEXT } }] }] },
    ],
  };
  expect(scrub('cursor', 'logs', nameless, {}).text).not.toContain(TEXT);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonText, TextSyntaxError, toValue } from '../../../src/cli/files/json-text.ts';

function faultOf(text: string): TextSyntaxError {
  try {
    parseJsonText(text);
  } catch (error) {
    if (error instanceof TextSyntaxError) return error;
    throw error;
  }
  throw new Error('expected a syntax error');
}

describe('parseJsonText', () => {
  it('reads every JSON document as JSON.parse does, however it is indented', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(toValue(parseJsonText(text))).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what JSON.parse refuses, apart from comments and trailing commas', () => {
    for (const text of [
      '',
      '{',
      '[1 2]',
      '{"a" 1}',
      '{a:1}',
      '01',
      '1.',
      '+1',
      'nul',
      '"\\x"',
      '"a',
      '{"a":1}}',
      '"\u0001"',
      "'a'",
    ]) {
      expect(() => JSON.parse(text), text).toThrow();
      expect(() => parseJsonText(text), text).toThrow(TextSyntaxError);
    }
  });

  it('accepts comments, trailing commas and a byte order mark', () => {
    const text = '\uFEFF// head\r\n{ /* a */ "a": [1, 2,], // tail\r\n "b": null, }\n';
    expect(toValue(parseJsonText(text))).toStrictEqual({ a: [1, 2], b: null });
  });

  it('names line and column of the fault, and never quotes the text', () => {
    const fault = faultOf('{\n  "key": "moda_sk_secret",\n  "env" {}\n}\n');
    expect([fault.line, fault.column]).toStrictEqual([3, 9]);
    expect(fault.message).not.toContain('moda_sk_secret');
  });

  it('fails with a position on every truncated prefix of a document', () => {
    const text = '{"a":[1,{"b":"c\\n"}],"d":true}';
    for (let end = 0; end < text.length; end += 1) {
      expect(() => parseJsonText(text.slice(0, end)), `prefix of ${end}`).toThrow(TextSyntaxError);
    }
  });

  it('refuses nesting beyond 100 instead of overflowing the stack', () => {
    expect(() => parseJsonText('['.repeat(100_000))).toThrow(/nested deeper/);
  });
});

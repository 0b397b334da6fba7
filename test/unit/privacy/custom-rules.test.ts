/** The operator's file of rules: what is taken, what is refused and how it is said. */

import { describe, expect, it } from 'vitest';
import { parseCustomRules } from '../../../src/privacy/custom-rules.ts';
import { linearTimeProblem } from '../../../src/privacy/linear-pattern.ts';

const rule = (changes: object = {}) => ({
  id: 'acme-key',
  pattern: 'acme_[a-z0-9]{8,32}',
  sample: 'acme_12345678',
  ...changes,
});
const problemsOf = (file: unknown): readonly string[] => {
  const parsed = parseCustomRules(typeof file === 'string' ? file : JSON.stringify(file));
  return parsed.ok ? [] : parsed.problems;
};

describe('parseCustomRules', () => {
  it('takes rules and the allow-list, with defaults filled in', () => {
    expect(parseCustomRules(JSON.stringify({ rules: [rule()], allow: ['acme_example0'] }))).toStrictEqual({
      ok: true,
      rules: { rules: [{ ...rule(), caseInsensitive: false }], allow: ['acme_example0'] },
    });
    expect(parseCustomRules('{}')).toStrictEqual({ ok: true, rules: { rules: [], allow: [] } });
  });

  it('names all problems at once, by place and never by sample', () => {
    const problems = problemsOf({
      rules: [
        rule({ id: 'Acme Key' }),
        rule({ pattern: '(' }),
        rule({ sample: 'no match here' }),
        rule({ extra: 1 }),
        7,
      ],
      allow: [''],
      other: 1,
    });
    expect(problems).toStrictEqual([
      'file: unknown key "other"; known: rules, allow',
      'rules[0]: id must be lower-case words with dashes, at most 64 characters',
      'rules[1]: pattern does not compile',
      'rules[2]: pattern does not match its sample',
      'rules[3]: unknown key "extra"; known: id, pattern, caseInsensitive, sample',
      'rules[4] must be an object',
      'allow[0] must be a string that is not empty',
    ]);
    expect(problems.join()).not.toContain('no match here');
  });

  it.each([
    ['not json', 'is not valid JSON'],
    [[], 'must be a JSON object with "rules" and "allow"'],
    [{ rules: {} }, '"rules" must be a list'],
    [{ rules: [rule(), rule()] }, 'rules[1]: id "acme-key" stands twice'],
    [{ rules: [rule({ pattern: 'x{0,3}' })] }, 'rules[0]: pattern matches the empty text'],
    [
      { rules: [rule({ pattern: '(a)(c)me', sample: 'acme' })] },
      'rules[0]: pattern has more than one capture group; group 1 is what is replaced',
    ],
    [
      { rules: [rule({ pattern: 'größe' })] },
      'rules[0]: pattern holds characters outside of printable ASCII; write them as \\xNN bytes of UTF-8',
    ],
  ])('refuses %j', (file, problem) => expect(problemsOf(file)).toContain(problem));
});

describe('linearTimeProblem', () => {
  it.each([
    'acme_[a-z0-9]{20,40}',
    'id-\\d{4}',
    '(?:foo|bar)-[A-Z]{1,20}-x',
    'key=([^\\s]+)',
    'a?b?c{2}',
    '[]\\]a]+',
    '\\bx\\x41[0-9]{3}',
    '(?<name>ab){1,9}',
  ])('takes %s', (pattern) => expect(linearTimeProblem(pattern)).toBeUndefined());
  it.each([
    ['(a+)+', 'upper bound'],
    ['(?:a|a)*', 'several ways'],
    ['\\d+x', 'behind a quantifier'],
    ['.*secret', 'behind a quantifier'],
    ['(a)\\1', 'back-reference'],
    ['(?<=a)b', 'look-'],
    ['(?!a)b', 'look-'],
    ['(?=a)b', 'look-'],
    ['a{0,100}a{0,100}a{0,100}b', 'too many ways'],
    ['(?:a?){50}', 'too many ways'],
    ['a{5000}', 'more than 1000'],
    ['x'.repeat(1001), 'longer than'],
  ])('refuses %s: %s', (pattern, problem) => expect(linearTimeProblem(pattern)).toContain(problem));
});

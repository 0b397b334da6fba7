/** SKILL.md and Cursor rules: valid by their rules whatever the lesson holds. The rules are written down again here. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CORRECTION_KINDS } from '../../../src/skills/correction.ts';
import { titleOf, writeFromLesson } from '../../../src/skills/extractive-writer.ts';
import type { Lesson } from '../../../src/skills/lesson.ts';
import { checkDocument, isSkillName, plainScalar, renderSkill, slugOf } from '../../../src/skills/skill-document.ts';
import { commandTemplate } from '../../../src/skills/template.ts';

/** YAML 1.2, 7.3.3: a plain scalar on one line that is read back as itself and as a string. */
function isPlainYamlString(text: string): boolean {
  if (text === '' || text !== text.trim() || /[\n\r\t]/.test(text)) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(text) || /: |:$| #/.test(text)) return false;
  return !/^(?:~|null|true|false|yes|no|on|off|[-+]?[0-9.][0-9_.eE+:-]*)$/i.test(text);
}

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'x: y',
    '# z',
    '- a',
    '"q"',
    "it's",
    '`code`',
    '---',
    '{a}',
    '[b](c)',
    'a\nname: evil',
    '<b>',
    '%',
    '@x',
    '*',
    '&a',
    '!t',
    '| sh',
  ),
);
const lessons = fc.record({
  kind: fc.constantFrom(...CORRECTION_KINDS),
  form: fc.constantFrom('wrap', 'program', 'command', 'flag', 'path', 'prerequisite', 'tool', 'rework', 'instruction'),
  trigger: fc.record({
    heads: fc.array(text, { minLength: 1, maxLength: 4 }),
    lacksFlags: fc.array(text, { maxLength: 2 }),
    hasFlags: fc.array(text, { maxLength: 2 }),
    unlessAfter: fc.array(text, { maxLength: 1 }),
  }),
  repos: fc.array(text, { maxLength: 3 }),
  pairs: fc.array(
    fc.record({ wrong: text, right: text, failure: text }).map(({ wrong, right, failure }) => ({
      wrong: commandTemplate([wrong], []) || 'a',
      right: commandTemplate([right], []) || 'b',
      failure,
    })),
    { maxLength: 3 },
  ),
  subject: text,
  object: text,
  sentence: text,
}) as fc.Arbitrary<Lesson>;

describe('rendered skills', () => {
  it('[H59] follow the Agent Skills and Cursor rules for any lesson', () => {
    fc.assert(
      fc.property(lessons, (lesson) => {
        const id = `skill-${slugOf(titleOf(lesson))}`;
        const written = writeFromLesson(lesson);
        const document = renderSkill({ id, ...written, globs: '' });
        const [, name, description, body] =
          /^---\nname: ([^\n]*)\ndescription: ([^\n]*)\n---\n([\s\S]*)$/.exec(document.skillMd) ?? [];
        expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(name!.length).toBeLessThanOrEqual(64);
        expect(isPlainYamlString(name!)).toBe(true);
        expect(isPlainYamlString(description!)).toBe(true);
        expect(description!.length).toBeLessThanOrEqual(1024);
        expect(body!.split('\n').length).toBeLessThan(500);
        expect(body).not.toMatch(/^---\s*$/m);
        expect((body!.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
        expect(document.cursorMdc).toMatch(/^---\ndescription: [^\n]+\nalwaysApply: false\n---\n/);
        expect(checkDocument(document, id)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('attach a place to the Cursor rule', () => {
    const document = renderSkill({
      id: 'a-b',
      description: 'Do not edit x. Use when y.',
      body: '# A',
      globs: 'src/gen/**',
    });
    expect(document.cursorMdc).toBe(
      '---\ndescription: Do not edit x. Use when y.\nglobs: src/gen/**\nalwaysApply: false\n---\n\n# A\n',
    );
    expect(checkDocument(document, 'a-b')).toEqual([]);
  });

  it.each([
    ['another name', '---\nname: x-y\ndescription: d d.\n---\n\nb\n', 'a-b'],
    ['capitals', '---\nname: A-b\ndescription: d d.\n---\n\nb\n', 'A-b'],
    ['a double hyphen', '---\nname: a--b\ndescription: d d.\n---\n\nb\n', 'a--b'],
    ['no description', '---\nname: a-b\n---\n\nb\n', 'a-b'],
    ['a long description', `---\nname: a-b\ndescription: ${'d'.repeat(1025)}\n---\n\nb\n`, 'a-b'],
    ['a description that is no plain scalar', '---\nname: a-b\ndescription: use: this\n---\n\nb\n', 'a-b'],
    ['no front matter', '# A\n', 'a-b'],
    ['an empty body', '---\nname: a-b\ndescription: d d.\n---\n\n', 'a-b'],
    ['an open code block', '---\nname: a-b\ndescription: d d.\n---\n\n```sh\nls\n', 'a-b'],
    ['too many lines', `---\nname: a-b\ndescription: d d.\n---\n${'\nx'.repeat(501)}`, 'a-b'],
    ['control characters', '---\nname: a-b\ndescription: d d.\n---\n\nb\u001b[2J\n', 'a-b'],
  ])('are refused with %s', (_name, skillMd, id) => {
    expect(
      checkDocument({ skillMd, cursorMdc: '---\ndescription: d\nalwaysApply: false\n---\n\nb\n' }, id),
    ).not.toEqual([]);
  });

  it.each([
    ['a boolean as text', '---\ndescription: d\nalwaysApply: "false"\n---\n\nb\n'],
    ['an unknown key', '---\ndescription: d\nname: x\nalwaysApply: false\n---\n\nb\n'],
    ['no description', '---\nalwaysApply: false\n---\n\nb\n'],
    ['a pattern that breaks the line', '---\ndescription: d\nglobs: a b: c\nalwaysApply: false\n---\n\nb\n'],
  ])('Cursor rules are refused with %s', (_name, cursorMdc) => {
    expect(checkDocument({ skillMd: '---\nname: a-b\ndescription: d d.\n---\n\nb\n', cursorMdc }, 'a-b')).not.toEqual(
      [],
    );
  });
});

describe('names and scalars', () => {
  it.each([
    ['Use pnpm instead of npm', 'use-pnpm-instead-of-npm'],
    [
      'Run composer install with --ignore-platform-requirements-of-everything',
      'run-composer-install-with-ignore-platform',
    ],
    ['  ', 'skill'],
    ['ÄÖÜ', 'skill'],
    ['x'.repeat(80), 'x'.repeat(50)],
    ['Null', 'skill-null'],
    ['2 spaces', 'skill-2-spaces'],
    ['On', 'skill-on'],
  ])('%j is named %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
    expect(isSkillName(slug)).toBe(true);
  });

  it.each([
    ['Use a: b # c', 'Use a, b no. c'],
    ['- x\n- y', 'x - y'],
    ['"quoted" `code` {x}', 'quoted code x'],
    ['ends with:', 'ends with,'],
  ])('%j becomes %j', (raw, scalar) => {
    expect(plainScalar(raw)).toBe(scalar);
  });
});

describe('command templates', () => {
  it.each([
    [['pnpm add a', 'pnpm add b', 'pnpm add c'], [], 'pnpm add <name>'],
    [['pytest tests/a.py', 'pytest tests/b.py'], [], 'pytest <path>'],
    [
      ['git commit -m "fix: a"', 'git commit -m "feat: b"'],
      ['msg:conventional'],
      'git commit -m "<type>(<scope>): <summary>"',
    ],
    [['git commit -m "WEB-1: a"'], ['msg:ticket'], 'git commit -m "<TICKET-123>: <summary>"'],
    [
      ['terraform plan -var-file=a.tf', 'terraform plan -var-file=b.tf'],
      ['-var-file'],
      'terraform plan -var-file=<value>',
    ],
    [['make test -j4', 'make test', 'make test'], [], 'make test'],
    [['echo `whoami` "$(rm -rf /)"'], [], 'echo <name> <path>'],
    [['curl x\u202e'], [], 'curl <name>'],
    [[], [], ''],
  ])('%j', (examples, required, template) => {
    expect(commandTemplate(examples, required)).toBe(template);
  });

  it('does not depend on the order of its examples', () => {
    const examples = ['pnpm add a', 'pnpm add b -D', 'pnpm add c', 'pnpm install'];
    const shuffled = fc.shuffledSubarray(examples, { minLength: examples.length });
    fc.assert(fc.property(shuffled, (order) => commandTemplate(order, []) === commandTemplate(examples, [])));
  });
});

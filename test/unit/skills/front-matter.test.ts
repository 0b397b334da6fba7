/** Front matter as somebody else's YAML parser reads it: Agent Skills (agentskills.io) and Cursor rules (.mdc). */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CORRECTION_KINDS } from '../../../src/skills/correction.ts';
import { titleOf, writeFromLesson } from '../../../src/skills/extractive-writer.ts';
import type { Lesson } from '../../../src/skills/lesson.ts';
import { renderSkill, slugOf } from '../../../src/skills/skill-document.ts';

/** Texts that mean something to YAML, one at a time in every place that a lesson has. */
const AWKWARD = [
  ...['a: b', '# c', '- d', '? e', 'yes', 'null', '1e3', '2026-11-23', '~', '*', '&a b', '!tag', '| x', '> x', '%d'],
  ...[
    '@at',
    '`tick`',
    '"quoted',
    "it's",
    '{a: 1}',
    '[1, 2]',
    '---',
    '...',
    'x\n---\ny',
    'a\tb',
    'ü 💥',
    '\u2028',
    '',
    ':',
  ],
  ...[
    'name: evil',
    'alwaysApply: true',
    '<<: *a',
    'ends:',
    'tail #',
    '\ufeffbom',
    'a\\nb',
    '0x1f',
    '.5',
    '-',
    '=',
    ',',
  ],
];

function lessonOf(kind: Lesson['kind'], text: string): Lesson {
  const isCommand = kind === 'command' || kind === 'flag' || kind === 'prerequisite';
  return {
    ...{ kind, form: kind, subject: text, object: text, sentence: text, repos: [text, 'acme/web'] },
    trigger: { heads: [text, 'npm *'], lacksFlags: [text], hasFlags: [], unlessAfter: [] },
    pairs: isCommand
      ? [
          { wrong: 'npm test', right: 'pnpm test', failure: text },
          { wrong: 'npm run <name>', right: 'pnpm run <name>', failure: 'exit 127' },
        ]
      : [],
  };
}

/** The YAML between the first two lines of three hyphens, and what follows. */
function split(text: string): { front: Record<string, unknown>; body: string } {
  const [, yaml = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  return { front: parse(yaml) as Record<string, unknown>, body };
}

describe.each(CORRECTION_KINDS)('a skill of kind %s', (kind) => {
  it.each(AWKWARD)('[H59] is valid by the rules of Agent Skills and Cursor with %j in every place', (text) => {
    const lesson = lessonOf(kind, text);
    const id = slugOf(titleOf(lesson));
    const globs = kind === 'path' ? 'src/generated/**' : '';
    const { skillMd, cursorMdc } = renderSkill({ id, ...writeFromLesson(lesson), globs });

    const skill = split(skillMd);
    expect(Object.keys(skill.front)).toEqual(['name', 'description']);
    expect(skill.front['name']).toBe(id);
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(id.length).toBeLessThanOrEqual(64);
    const description = skill.front['description'];
    expect(typeof description).toBe('string');
    expect(String(description).length).toBeGreaterThan(0);
    expect(String(description).length).toBeLessThanOrEqual(1024);
    expect(description).toContain('Use when ');
    expect(skill.body.trim()).toMatch(/^# \S/);
    expect(skill.body.split('\n').length).toBeLessThan(500);

    const rule = split(cursorMdc.replace(/^globs: .*\n/m, ''));
    expect(rule.front).toEqual({ description, alwaysApply: false });
    expect(rule.body).toBe(skill.body);
    // A pattern is not YAML when it starts with a star: Cursor reads this line itself, unquoted.
    expect(/^globs: (.*)$/m.exec(cursorMdc)?.[1]).toBe(globs === '' ? undefined : globs);
  });
});

describe('the extractive writer', () => {
  it('puts each wrong way beside its right one and says how it failed', () => {
    const { description, body } = writeFromLesson({
      ...lessonOf('command', 'npm'),
      object: 'pnpm',
      repos: ['acme/web'],
    });
    expect(description).toBe(
      'Use pnpm instead of npm in acme/web. Use when about to run npm or any npm command in that repository.',
    );
    expect(body).toContain('- `pnpm test`, not `npm test`\n- `pnpm run <name>`, not `npm run <name>`\n');
    expect(body).toContain('The wrong ways failed with npm or exit status 127 (command not found).');
  });

  it('gives a single command as blocks to copy from', () => {
    const [pair] = lessonOf('prerequisite', 'ruff').pairs;
    const { body } = writeFromLesson({ ...lessonOf('prerequisite', 'ruff'), pairs: [{ ...pair!, failure: 'exit 1' }] });
    expect(body).toContain('## Wrong way\n\n```sh\nnpm test\n```\n\nIt failed with exit status 1.');
    expect(body).toContain('## Right way\n\n```sh\npnpm test\nnpm test\n```');
  });
});

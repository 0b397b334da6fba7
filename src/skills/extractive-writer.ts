/** Writes a skill from the lesson alone, by templates: when it applies, the wrong way, the right way. Needs no model. */

import type { Lesson } from './lesson.ts';
import { plainScalar } from './skill-document.ts';
import type { SkillWriter, WrittenSkill } from './writer.ts';

export const EXTRACTIVE_WRITER: SkillWriter = {
  name: 'extractive',
  write: (input) => Promise.resolve({ ok: true, skill: writeFromLesson(input.lesson) }),
};

/** The same lesson always gives the same text. */
export function writeFromLesson(lesson: Lesson): WrittenSkill {
  const title = titleOf(lesson);
  const where = placeOf(lesson);
  const occasion = occasionOf(lesson);
  const description = `${title}${where === '' ? '' : ` in ${where}`}. Use when ${occasion}${where === '' ? '' : ` in ${where}`}.`;
  const sections = [
    `# ${title}`,
    `## When\n\n${sentence(`This applies when ${occasion}`)}${where === '' ? '' : ` It holds in ${where}.`}`,
    ...waysOf(lesson),
    '## Why\n\nUsers or the tools themselves corrected the wrong way in several sessions before this was written down.',
  ];
  return { description: plainScalar(description), body: sections.join('\n\n') };
}

/** A heading of plain words; also the source of the skill's id. */
export function titleOf(lesson: Lesson): string {
  const subject = plain(lesson.subject);
  const object = plain(lesson.object);
  switch (lesson.kind) {
    case 'command':
      if (lesson.form === 'wrap') return `Run ${subject === '' ? 'project tools' : subject} through ${object}`;
      return `Use ${object} instead of ${subject}`;
    case 'flag':
      return flagTitle(lesson, subject, object);
    case 'path':
      return `Do not edit ${subject}`;
    case 'prerequisite':
      return `Run ${object} before ${subject}`;
    case 'tool':
      return `Use ${object} instead of ${subject}`;
    case 'rework':
      return `Finish ${subject} files to the project's conventions`;
    case 'instruction':
      return plain(lesson.sentence)
        .slice(0, 80)
        .replace(/[.!?,;\s]+$/, '');
  }
}

const MESSAGE_NAMES: Readonly<Record<string, string>> = {
  'msg:conventional': 'Write commit messages as Conventional Commits',
  'msg:ticket': 'Start commit messages with a ticket number',
  'msg:emoji': 'Start commit messages with an emoji',
  'msg:free': 'Write commit messages as plain sentences',
};

function flagTitle(lesson: Lesson, subject: string, object: string): string {
  for (const [shape, title] of Object.entries(MESSAGE_NAMES)) if (lesson.object.includes(shape)) return title;
  return `Run ${subject} ${lesson.trigger.lacksFlags.length > 0 ? 'with' : 'without'} ${object}`;
}

function placeOf(lesson: Lesson): string {
  return lesson.repos
    .map(plain)
    .filter((repo) => repo !== '')
    .join(', ');
}

function occasionOf(lesson: Lesson): string {
  const heads = lesson.trigger.heads.map((head) => plain(head.replace(/^(?:edit|ext|tool):/, '')));
  switch (lesson.kind) {
    case 'path':
      return `about to create or edit a file at or below ${plain(lesson.subject)}`;
    case 'rework':
      return `finishing an edit of a ${plain(lesson.subject)} file`;
    case 'tool':
      return `about to call ${heads.join(', ')}`;
    case 'instruction':
      return heads.length === 0 ? 'working on this project' : `about to work with ${heads.join(', ')}`;
    case 'flag':
      if (lesson.object.includes('msg:')) return `about to run ${heads.join(', ')}`;
      return `about to run ${heads.join(', ')} ${lesson.trigger.lacksFlags.length > 0 ? 'without' : 'with'} ${plain(lesson.object)}`;
    case 'command':
    case 'prerequisite':
      return `about to run ${heads.join(', ')}`;
  }
}

function waysOf(lesson: Lesson): string[] {
  if (lesson.pairs.length > 0) return commandWays(lesson);
  switch (lesson.kind) {
    case 'path': {
      const other = plain(lesson.object);
      const instead = other === '' ? '' : ` Make the change in \`${other}\` instead, as the corrected sessions did.`;
      return [`## Right way\n\nLeave \`${plain(lesson.subject)}\` alone.${instead}`];
    }
    case 'tool':
      return [`## Right way\n\nCall \`${plain(lesson.object)}\` instead of \`${plain(lesson.subject)}\`.`];
    case 'rework':
      return [
        `## Right way\n\nFiles ending in \`.${plain(lesson.subject)}\` were redone by hand after the agent had edited them. ` +
          "Run the project's formatter and linter on them, and compare with neighbouring files, before finishing.",
      ];
    default:
      return [`## Right way\n\n> ${plain(lesson.sentence)}`];
  }
}

function commandWays(lesson: Lesson): string[] {
  const block = (lines: readonly string[]) => ['```sh', ...new Set(lines), '```'].join('\n');
  const failures = [...new Set(lesson.pairs.map((pair) => pair.failure).filter((failure) => failure !== ''))];
  const failed = failures.length === 0 ? '' : `\n\nIt fails with ${failures.map(plain).join(' or ')}.`;
  const right =
    lesson.kind === 'prerequisite'
      ? lesson.pairs.flatMap((pair) => [pair.right, pair.wrong])
      : lesson.pairs.map((pair) => pair.right);
  return [
    `## Wrong way\n\n${block(lesson.pairs.map((pair) => pair.wrong))}${failed}`,
    `## Right way\n\n${block(right)}`,
  ];
}

/** Text of a plain alphabet on one line: nothing in it can end a code span, a quote or a heading. */
function plain(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[`<>{}|\\*#]/g, '')
    .replaceAll('](', '] (')
    .trim()
    .slice(0, 300);
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/** Writes a skill from the lesson alone, by templates: when it applies, the wrong way, the right way. Needs no model. */

import { cutText } from './cut-text.ts';
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
  const repos = lesson.repos.map(plain).filter((repo) => repo !== '');
  const where = repos.length === 0 ? '' : ` in ${listed(repos)}`;
  const there = repos.length === 0 ? '' : repos.length === 1 ? ' in that repository' : ' in one of these repositories';
  const occasion = occasionOf(lesson);
  const sections = [
    `# ${title}`,
    `## When\n\n${sentence(`Apply this when you are ${occasion}${where}`)}`,
    ...waysOf(lesson),
    `## Why\n\n${REASONS[lesson.kind]}`,
  ];
  return { description: plainScalar(`${title}${where}. Use when ${occasion}${there}.`), body: sections.join('\n\n') };
}

const COMMAND_REASON =
  'In several past sessions agents took the wrong way first: it failed or a person refused it, and the right way worked.';

/** What the evidence of each kind shows, without figures: the text stays the same while the evidence grows. */
const REASONS: Readonly<Record<Lesson['kind'], string>> = {
  command: COMMAND_REASON,
  flag: COMMAND_REASON,
  prerequisite: COMMAND_REASON,
  path: 'In several past sessions people refused such edits or took them back.',
  tool: 'In several past sessions people refused the one tool and accepted the other.',
  rework: 'In several past sessions people changed such files by hand right after the agent had finished them.',
  instruction: 'People gave this instruction again and again, in several sessions.',
};

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
      return cutText(plain(lesson.sentence), 80).replace(/[.!?,;\s]+$/, '') || 'Follow the instruction';
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

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function occasionOf(lesson: Lesson): string {
  const heads = lesson.trigger.heads.map(headName);
  switch (lesson.kind) {
    case 'path':
      return `about to create or edit a file at or below ${plain(lesson.subject)}`;
    case 'rework':
      return `finishing an edit of a ${plain(lesson.subject)} file`;
    case 'tool':
      return `about to call ${choiceOf(heads)}`;
    case 'instruction':
      return heads.length === 0 ? 'working on this project' : `about to work with ${choiceOf(heads)}`;
    case 'flag':
      if (lesson.object.includes('msg:')) return `about to run ${choiceOf(heads)}`;
      return `about to run ${choiceOf(heads)} ${lesson.trigger.lacksFlags.length > 0 ? 'without' : 'with'} ${plain(lesson.object)}`;
    case 'command':
    case 'prerequisite':
      return `about to run ${choiceOf(heads)}`;
  }
}

/** A trigger's head in words; `npm *` stands for all of npm's commands. */
function headName(head: string): string {
  const named = head.replace(/^(?:edit|ext|tool):/, '');
  return named.endsWith(' *') ? `any ${plain(named.slice(0, -2))} command` : plain(named);
}

function choiceOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
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

/** One pair as two blocks to copy from; several as a list, so that each wrong way stands beside its right one. */
function commandWays(lesson: Lesson): string[] {
  const [only, ...others] = lesson.pairs;
  const failed = failuresOf(lesson);
  if (only !== undefined && others.length === 0) {
    const right = lesson.kind === 'prerequisite' ? `${only.right}\n${only.wrong}` : only.right;
    return [`## Wrong way\n\n${block(only.wrong)}${failed}`, `## Right way\n\n${block(right)}`];
  }
  const lines = lesson.pairs.map(({ wrong, right }) =>
    lesson.kind === 'prerequisite' ? `- \`${right}\`, and only then \`${wrong}\`` : `- \`${right}\`, not \`${wrong}\``,
  );
  return [`## Right way\n\n${[...new Set(lines)].join('\n')}${failed.replace('It failed', 'The wrong ways failed')}`];
}

function block(command: string): string {
  return `\`\`\`sh\n${command}\n\`\`\``;
}

/** What shells mean by some exit codes (POSIX.1-2024, 2.8.2). */
const EXIT_MEANINGS = new Map([
  ['exit 126', 'exit status 126 (not executable)'],
  ['exit 127', 'exit status 127 (command not found)'],
]);

function failuresOf(lesson: Lesson): string {
  const failures = [...new Set(lesson.pairs.map((pair) => pair.failure).filter((failure) => failure !== ''))];
  if (failures.length === 0) return '';
  const named = failures.map(
    (failure) => EXIT_MEANINGS.get(failure) ?? plain(failure).replace(/^exit (?=\d+$)/, 'exit status '),
  );
  return `\n\nIt failed with ${named.join(' or ')}.`;
}

/** Text of a plain alphabet on one line: nothing in it can end a code span, a quote or a heading. */
function plain(text: string): string {
  const line = text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[`<>{}|\\*#]/g, '')
    .replaceAll('](', '] (')
    .trim();
  return cutText(line, 300);
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

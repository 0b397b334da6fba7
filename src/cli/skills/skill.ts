/** Skills as the server sends them, checked before anything of them becomes a file name or a line on the terminal. */

import { CommandFailure } from '../exit-codes.ts';

export interface Skill {
  /** Also the name of its folder and rule file. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly version: string;
  /** Full text of SKILL.md. */
  readonly skillMarkdown: string;
  /** Full text of Cursor's rule file. */
  readonly cursorRule: string;
}

/** Names that Windows does not allow as a file's. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Whether an id can be a folder's name: the name rule of Agent Skills, so no dot, no slash, no blank. */
export function isSkillId(candidate: unknown): candidate is string {
  if (typeof candidate !== 'string' || candidate.length > 64 || RESERVED.test(candidate)) return false;
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(candidate);
}

/** Same as isSkillId, for a word that a person typed. Throws CommandFailure USAGE. */
export function requireSkillId(word: string | undefined): string {
  if (isSkillId(word)) return word;
  throw new CommandFailure('USAGE', 'expected a skill id (lower-case letters, digits, single hyphens)');
}

/** The list in a server's answer. Skills with an impossible id come back apart: none of them becomes a path. */
export function parseSkills(body: unknown): { readonly skills: readonly Skill[]; readonly rejected: number } {
  const list = (body as { skills?: unknown } | undefined)?.skills;
  if (!Array.isArray(list)) throw new CommandFailure('FAILED', "the server's answer holds no list of skills");
  const skills = list.map(parseSkill).filter((skill) => skill !== undefined);
  return { skills, rejected: list.length - skills.length };
}

/** One skill; undefined when its id or texts are not what they should be. */
export function parseSkill(value: unknown): Skill | undefined {
  const fields = (value ?? {}) as Record<string, unknown>;
  const { id } = fields;
  const skillMarkdown = fields['skill_md'];
  if (!isSkillId(id) || typeof skillMarkdown !== 'string' || skillMarkdown === '') return undefined;
  const version = fields['version'];
  return {
    id,
    name: textOf(fields['name']),
    description: textOf(fields['description']),
    status: textOf(fields['status']),
    version: typeof version === 'number' ? String(version) : textOf(version),
    skillMarkdown,
    cursorRule: textOf(fields['cursor_mdc']),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

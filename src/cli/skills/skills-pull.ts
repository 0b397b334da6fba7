/**
 * Writes the tenant's skills where agents read them: `.claude/skills/<id>/SKILL.md` and `.cursor/rules/<id>.mdc` of a
 * project. Unchanged files are not touched, and nothing is ever removed.
 */

import fs from 'node:fs';
import path from 'node:path';
import { CommandFailure } from '../exit-codes.ts';
import { codeOf } from '../files/private-file.ts';
import { say, sayMarked } from '../output.ts';
import { type Connection, requireAnswer } from '../server-api.ts';
import { parseSkills, type Skill } from './skill.ts';

export const PULL_STATUSES = ['approved', 'proposed'] as const;
export type PullStatus = (typeof PULL_STATUSES)[number];

export interface PulledFile {
  /** Relative to the project. */
  readonly file: string;
  readonly outcome: 'new' | 'updated' | 'unchanged';
}

export interface PullReport {
  readonly files: readonly PulledFile[];
  readonly skills: number;
  /** Skills that were not written because their id cannot be a folder's name. */
  readonly rejected: number;
}

/** Fetches and writes. `proposed` brings the approved ones too. */
export async function pullSkills(
  connection: Connection,
  { status, directory }: { readonly status: PullStatus; readonly directory: string },
): Promise<PullReport> {
  const body = await requireAnswer(connection, { path: `/v1/skills?status=${status}` });
  const { skills, rejected } = parseSkills(body);
  const files = skills.flatMap((skill) =>
    filesOf(skill).map(({ file, text }) => writeIfChanged(directory, file, text)),
  );
  return { files, skills: skills.length, rejected };
}

/** Says what a pull did: one line per changed file, one for the rest. */
export function sayPulled({ files, skills, rejected }: PullReport): void {
  for (const { file, outcome } of files) if (outcome !== 'unchanged') say(`  ${outcome.padEnd(7)}  ${file}`);
  const unchanged = files.filter(({ outcome }) => outcome === 'unchanged').length;
  sayMarked('good', `${skills} skills, ${files.length - unchanged} files written, ${unchanged} unchanged`);
  if (rejected > 0) sayMarked('warning', `${rejected} skills were left out: their id cannot be a folder's name`);
}

function filesOf(skill: Skill): { readonly file: string; readonly text: string }[] {
  const files = [{ file: path.join('.claude', 'skills', skill.id, 'SKILL.md'), text: skill.skillMarkdown }];
  if (skill.cursorRule !== '')
    files.push({ file: path.join('.cursor', 'rules', `${skill.id}.mdc`), text: skill.cursorRule });
  return files;
}

/** Atomic; the file's mode follows the user's umask, as for any project file. */
function writeIfChanged(directory: string, file: string, text: string): PulledFile {
  const target = path.join(directory, file);
  try {
    const existing = fs.lstatSync(target, { throwIfNoEntry: false });
    if (existing?.isSymbolicLink() === true)
      throw new CommandFailure('FAILED', `${file} is a symbolic link; it is not followed`);
    if (existing !== undefined && fs.readFileSync(target, 'utf8') === text) return { file, outcome: 'unchanged' };
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, text, { flag: 'wx' });
    fs.renameSync(temporary, target);
    return { file, outcome: existing === undefined ? 'new' : 'updated' };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure('FAILED', `${file} cannot be written (${codeOf(error)})`);
  }
}

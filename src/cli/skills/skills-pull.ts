/**
 * Writes the tenant's skills where agents read them: `.claude/skills/<id>/SKILL.md` and `.cursor/rules/<id>.mdc` of a
 * project. Unchanged files are not touched, nothing is ever removed, and a file that a person wrote or changed stays his:
 * only what holds the text of a former pull, or of a version that the server has published, is brought up to date.
 */

import fs from 'node:fs';
import path from 'node:path';
import { CommandFailure } from '../exit-codes.ts';
import { codeOf } from '../files/private-file.ts';
import { say, sayMarked } from '../output.ts';
import { type Connection, callServer, requireAnswer } from '../server-api.ts';
import { addPulledNotes, readPulledNotes, textHash } from './pulled-notes.ts';
import { parseSkills, type Skill } from './skill.ts';

export const PULL_STATUSES = ['approved', 'proposed'] as const;
export type PullStatus = (typeof PULL_STATUSES)[number];

export interface PulledFile {
  /** Relative to the project. */
  readonly file: string;
  /** `kept`: its user wrote or changed it. */
  readonly outcome: 'new' | 'updated' | 'unchanged' | 'kept';
}

export interface PullReport {
  readonly files: readonly PulledFile[];
  readonly skills: number;
  /** Skills that were not written because their id cannot be a folder's name. */
  readonly rejected: number;
}

export interface PullOptions {
  readonly status: PullStatus;
  /** The project. */
  readonly directory: string;
  readonly home: string;
}

/** Fetches and writes. `proposed` brings the approved ones too. */
export async function pullSkills(
  connection: Connection,
  { status, directory, home }: PullOptions,
): Promise<PullReport> {
  const body = await requireAnswer(connection, { path: `/v1/skills?status=${status}` });
  const { skills, rejected } = parseSkills(body);
  const notes = readPulledNotes(home, directory);
  const written = new Map<string, string>();
  const files: PulledFile[] = [];
  try {
    for (const skill of skills) {
      for (const wanted of filesOf(skill)) {
        const isOwn = async (text: string): Promise<boolean> =>
          notes.get(wanted.file) === textHash(text) || (await isPublished(connection, skill.id, wanted.member, text));
        const pulled = await bringFile(directory, wanted, isOwn);
        if (pulled.outcome !== 'kept') written.set(wanted.file, textHash(wanted.text));
        files.push(pulled);
      }
    }
  } finally {
    addPulledNotes(home, directory, written);
  }
  return { files, skills: skills.length, rejected };
}

/** Says what a pull did: one line per file that changed or that is kept, one for the rest. */
export function sayPulled({ files, skills, rejected }: PullReport): void {
  for (const { file, outcome } of files) if (outcome !== 'unchanged') say(`  ${outcome.padEnd(7)}  ${file}`);
  const count = (wanted: PulledFile['outcome']): number => files.filter(({ outcome }) => outcome === wanted).length;
  const written = count('new') + count('updated');
  sayMarked('good', `${skills} skills, ${written} files written, ${count('unchanged')} unchanged`);
  if (count('kept') > 0) {
    sayMarked(
      'warning',
      `${count('kept')} files kept: you wrote or changed them; to take Moda's text ("moda skills show ID" prints it), move your file away and pull again`,
    );
  }
  if (rejected > 0) sayMarked('warning', `${rejected} skills were left out: their id cannot be a folder's name`);
}

interface WantedFile {
  /** Relative to the project. */
  readonly file: string;
  readonly text: string;
  /** Where the server's versions of a skill hold this file's text. */
  readonly member: 'skill_md' | 'cursor_mdc';
}

function filesOf({ id, skillMarkdown, cursorRule }: Skill): WantedFile[] {
  const files: WantedFile[] = [
    { file: path.join('.claude', 'skills', id, 'SKILL.md'), text: skillMarkdown, member: 'skill_md' },
  ];
  if (cursorRule !== '') {
    files.push({ file: path.join('.cursor', 'rules', `${id}.mdc`), text: cursorRule, member: 'cursor_mdc' });
  }
  return files;
}

/** Atomic; the file's mode follows the user's umask, as for any project file. `isOwn` is asked before one is replaced. */
async function bringFile(
  directory: string,
  { file, text }: WantedFile,
  isOwn: (text: string) => Promise<boolean>,
): Promise<PulledFile> {
  const target = path.join(directory, file);
  try {
    const stat = fs.lstatSync(target, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true)
      throw new CommandFailure('FAILED', `${file} is a symbolic link; it is not followed`);
    const existing = stat === undefined ? undefined : fs.readFileSync(target, 'utf8');
    if (existing !== undefined && textHash(existing) === textHash(text)) return { file, outcome: 'unchanged' };
    if (existing !== undefined && !(await isOwn(existing))) return { file, outcome: 'kept' };
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

/**
 * Whether a text is one of the versions of a skill that the server has published: a colleague pulled it and it came here
 * with the repository, or this home directory is a new one. A server that cannot tell leaves the file to its user.
 */
async function isPublished(
  connection: Connection,
  id: string,
  member: WantedFile['member'],
  text: string,
): Promise<boolean> {
  const { body } = await callServer(connection, { path: `/v1/skills/${id}` });
  const versions = (body as { versions?: unknown } | undefined)?.versions;
  if (!Array.isArray(versions)) return false;
  return versions.some((version: unknown) => {
    const published = (version as Readonly<Record<string, unknown>> | null)?.[member];
    return typeof published === 'string' && textHash(published) === textHash(text);
  });
}

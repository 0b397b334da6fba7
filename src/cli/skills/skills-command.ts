/** `moda skills pull|gen|list|show|approve|reject`. */

import path from 'node:path';
import type { CommandInput } from '../commands.ts';
import { resolveConnection } from '../connection.ts';
import { CommandFailure, EXIT_CODES } from '../exit-codes.ts';
import { plainLine, say, sayMarked, sayTable, withoutControls } from '../output.ts';
import { type ApiRequest, type Connection, requireAnswer, requireFound } from '../server-api.ts';
import type { CliSettings } from '../settings.ts';
import { parseSkill, parseSkills, requireSkillId } from './skill.ts';
import { generateSkills } from './skills-generate.ts';
import { PULL_STATUSES, pullSkills, sayPulled } from './skills-pull.ts';

/** What was rejected can be looked at, and approved after all, but is never pulled. */
const LIST_STATUSES = [...PULL_STATUSES, 'rejected'] as const;
type ListStatus = (typeof LIST_STATUSES)[number];

const NONE: Readonly<Record<ListStatus, string>> = {
  approved: 'no approved skills; "moda skills list" shows those that wait for approval',
  proposed: 'no skills yet; "moda skills gen" looks for some',
  rejected: 'no rejected skills',
};

/** Runs one of them and returns the exit code. */
export async function runSkills(settings: CliSettings, { words, options }: CommandInput): Promise<number> {
  const [action, word, ...rest] = words;
  if (rest.length > 0) throw new CommandFailure('USAGE', `unexpected "${rest[0]}"`);
  const connect = (): Connection =>
    resolveConnection(settings, { endpoint: options.endpoint, apiKey: options['api-key'] });
  switch (action) {
    case 'pull': {
      const status = requireStatus(options.status ?? 'approved', PULL_STATUSES);
      const directory = path.resolve(options.dir ?? '.');
      sayPulled(await pullSkills(connect(), { status, directory, home: settings.home }));
      break;
    }
    case 'gen':
      await generateSkills(connect());
      break;
    case 'list':
      await list(connect(), requireStatus(options.status ?? 'proposed', LIST_STATUSES), options.json === true);
      break;
    case 'show':
      await show(connect(), requireSkillId(word));
      break;
    case 'approve':
    case 'reject':
      await decide(connect(), requireSkillId(word), action);
      break;
    default:
      throw new CommandFailure(
        'USAGE',
        'expected "moda skills pull", "gen", "list", "show ID", "approve ID" or "reject ID"',
      );
  }
  return EXIT_CODES.OK.code;
}

function requireStatus<Status extends string>(word: string, statuses: readonly Status[]): Status {
  const status = statuses.find((known) => known === word);
  if (status !== undefined) return status;
  throw new CommandFailure('USAGE', `unknown status "${word}"; known: ${statuses.join(', ')}`);
}

async function list(connection: Connection, status: ListStatus, isJson: boolean): Promise<void> {
  const body = await requireAnswer(connection, { path: `/v1/skills?status=${status}` });
  const { skills, rejected } = parseSkills(body);
  if (isJson) {
    for (const { id, name, description, status: state, version } of skills) {
      say(JSON.stringify({ id, name, description, status: state, version }));
    }
    return;
  }
  if (skills.length === 0) say(NONE[status]);
  else {
    const rows = skills.map((skill) =>
      [skill.id, skill.status, skill.version, plainLine(skill.description, 80)].map((cell) => plainLine(cell)),
    );
    sayTable([['id', 'status', 'version', 'description'], ...rows]);
  }
  if (rejected > 0) sayMarked('warning', `${rejected} skills are not shown: their id cannot be a folder's name`);
}

async function show(connection: Connection, id: string): Promise<void> {
  const body = await askAbout(connection, id, { path: `/v1/skills/${id}` });
  const nested = (body as { skill?: unknown } | undefined)?.skill;
  const skill = parseSkill(nested ?? body);
  if (skill === undefined) throw new CommandFailure('FAILED', `the server has no skill ${id}`);
  say(`${skill.id}  ${plainLine(skill.status)}  version ${plainLine(skill.version)}`);
  say();
  for (const line of skill.skillMarkdown.split(/\r?\n/)) say(withoutControls(line));
}

async function decide(connection: Connection, id: string, action: 'approve' | 'reject'): Promise<void> {
  await askAbout(connection, id, { method: 'POST', path: `/v1/skills/${id}/${action}`, body: '{}' });
  sayMarked(
    'good',
    `${id}: ${action === 'approve' ? 'approved; "moda skills pull" writes it' : 'rejected; files that were pulled stay until you remove them'}`,
  );
}

function askAbout(connection: Connection, id: string, request: ApiRequest): Promise<unknown> {
  return requireFound(
    connection,
    request,
    `no skill ${id}; "moda skills list" and "--status=rejected" show what there is`,
  );
}

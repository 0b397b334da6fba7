/** Statements 58–64 over HTTP against a whole server and its embedded ClickHouse, with what the three agents send. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetSession } from '../../integration/skills/fleet.ts';
import { failed, ok, sessionsOf } from '../../integration/skills/sessions.ts';
import { KEY, OTHER_KEY, type RunningServer, runServer } from '../support/server.ts';
import { DAY_MS, few, mistakes, oneOff, START_MS } from './lessons.ts';
import { postsOf } from './payloads.ts';
import { walk } from './walk.ts';

const PNPM = 'use-pnpm-instead-of-npm';
const GENERATED = 'do-not-edit-src-generated';

let server: RunningServer;
let project: string;
beforeAll(async () => {
  server = await runServer();
  project = mkdtempSync(join(tmpdir(), 'moda-project-'));
});
afterAll(async () => {
  rmSync(project, { recursive: true, force: true });
  await server.stop();
});

/** The command line as its users start it; returns what it printed. */
function moda(args: readonly string[], key = KEY): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: project, MODA_API_KEY: key, MODA_ENDPOINT: server.url, NO_COLOR: '1' };
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [main, ...args], { env, cwd: project }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${args.join(' ')}: ${stdout}${stderr}`));
    });
  });
}

/** Files of the project with their text and their time of change. */
function pulled(): Map<string, { text: string; changedAtMs: number }> {
  const files = walk(project).filter((file) => /\.(?:md|mdc)$/.test(file));
  const entry = (file: string) => ({ text: readFileSync(file, 'utf8'), changedAtMs: statSync(file).mtimeMs });
  return new Map(files.map((file) => [relative(project, file), entry(file)]));
}

async function send(sessions: readonly FleetSession[]): Promise<void> {
  const posts = sessions.flatMap(postsOf);
  const requests: string[] = [];
  for (let index = 0; index < posts.length; index += 16) {
    const replies = await Promise.all(posts.slice(index, index + 16).map(({ path, body }) => server.post(path, body)));
    for (const reply of replies) {
      expect(reply.status).toBe(200);
      requests.push(reply.requestId);
    }
  }
  // Segments are inserted in order: when the last requests are there, all are.
  for (const request of requests.slice(-20)) await server.stored(request);
}

interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly version: number;
  readonly content_hash: string;
  readonly skill_md: string;
  readonly cursor_mdc: string;
  readonly updated_at: string;
}

async function call(method: string, path: string, key?: string): Promise<{ status: number; json: unknown }> {
  const headers = { authorization: `Bearer ${key ?? KEY}` };
  const response = await fetch(`${server.url}${path}`, { method, headers });
  return { status: response.status, json: await response.json() };
}

async function skills(query = '', key?: string): Promise<Skill[]> {
  const { status, json } = await call('GET', `/v1/skills${query}`, key);
  expect(status).toBe(200);
  return (json as { skills: Skill[] }).skills;
}

interface Run {
  readonly run_id: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly progress: { readonly stage: string; readonly done: number; readonly total: number };
  readonly summary: {
    readonly found: number;
    readonly updated: number;
    readonly skills: { id: string; status: string; reason: string }[];
    readonly notes: string[];
  };
}

async function generate(key?: string): Promise<Run> {
  const started = await call('POST', '/v1/skills/generate', key);
  expect(started.status).toBe(202);
  const { run_id } = started.json as Run;
  for (;;) {
    const { json } = await call('GET', `/v1/skills/runs/${run_id}`, key);
    const run = json as Run;
    if (run.status !== 'running') return run;
    await delay(50);
  }
}

describe('skills over HTTP', () => {
  it('[H58] gen turns the corrections of three agents into skills, and says what it could not see', async () => {
    await send([...mistakes, ...oneOff, ...few]);
    const run = await generate();
    expect(run).toMatchObject({ status: 'done' });
    const found = Object.fromEntries(run.summary.skills.map(({ id, status }) => [id, status]));
    expect(found).toEqual({
      [PNPM]: 'approved',
      [GENERATED]: 'approved',
      'run-terraform-plan-with-var-file': 'proposed',
    });
    expect(run.summary.found).toBe(3);
    expect(run.summary.notes.join(' ')).toContain('Prompt text was not captured');
  });

  it('[H58] a second run finds nothing new', async () => {
    const run = await generate();
    expect(run).toMatchObject({ status: 'done', summary: { found: 0, updated: 0, skills: [] } });
  });

  it('[H59] repeated corrections became a SKILL.md, the one-off did not', async () => {
    const all = await skills('?status=proposed');
    expect(all.map(({ id }) => id).sort()).toEqual([GENERATED, 'run-terraform-plan-with-var-file', PNPM].sort());
    const { skill_md, cursor_mdc, name } = all.find(({ id }) => id === PNPM)!;
    expect(name).toBe(PNPM);
    expect(skill_md).toMatch(
      /^---\nname: use-pnpm-instead-of-npm\ndescription: Use pnpm instead of npm in acme\/web\. Use when .+\n---\n/,
    );
    expect(skill_md).toContain('npm install');
    expect(skill_md).toContain('pnpm add');
    expect(cursor_mdc).toMatch(
      /^---\ndescription: Use pnpm instead of npm in acme\/web\. .+\nalwaysApply: false\n---\n/,
    );
    const generated = all.find(({ id }) => id === GENERATED)!;
    expect(generated.cursor_mdc).toContain('\nglobs: src/generated/**\n');
  });

  it('[H60] the approved ones are served to their own tenant only', async () => {
    expect((await skills()).map(({ id }) => id).sort()).toEqual([GENERATED, PNPM].sort());
    expect(await skills('?status=proposed', OTHER_KEY)).toEqual([]);
    expect((await call('GET', `/v1/skills/${PNPM}`, OTHER_KEY)).status).toBe(404);
    expect((await call('POST', `/v1/skills/${PNPM}/reject`, OTHER_KEY)).status).toBe(404);
    expect((await generate(OTHER_KEY)).summary).toMatchObject({ found: 0, skills: [] });
    expect((await call('GET', '/v1/skills', 'wrong')).status).toBe(401);
  });

  it('[H61] status=proposed brings the approved and the proposed, the default the approved', async () => {
    const statuses = (list: readonly Skill[]) => [...new Set(list.map(({ status }) => status))].sort();
    expect(statuses(await skills())).toEqual(['approved']);
    expect(statuses(await skills('?status=approved'))).toEqual(['approved']);
    expect(statuses(await skills('?status=proposed'))).toEqual(['approved', 'proposed']);
    for (const status of ['nonsense', 'constructor', '__proto__', '']) {
      expect((await call('GET', `/v1/skills?status=${status}`)).status).toBe(400);
    }
  });

  it('[H58] moda skills gen tells what came of it', async () => {
    expect(await moda(['skills', 'gen'])).toContain('found 0, proposed 0, approved 0, rejected 0, updated 0');
  });

  it('[H60] moda skills pull writes the approved ones for Claude Code and Cursor', async () => {
    await moda(['skills', 'pull'], OTHER_KEY);
    expect([...pulled().keys()]).toEqual([]);
    await moda(['skills', 'pull']);
    const files = pulled();
    expect([...files.keys()].sort()).toEqual([
      `.claude/skills/${GENERATED}/SKILL.md`,
      `.claude/skills/${PNPM}/SKILL.md`,
      `.cursor/rules/${GENERATED}.mdc`,
      `.cursor/rules/${PNPM}.mdc`,
    ]);
    for (const skill of await skills()) {
      expect(files.get(`.claude/skills/${skill.id}/SKILL.md`)?.text).toBe(skill.skill_md);
      expect(files.get(`.cursor/rules/${skill.id}.mdc`)?.text).toBe(skill.cursor_mdc);
    }
  });

  it('[H61] moda skills pull --status=proposed brings the proposed ones too', async () => {
    const directory = join(project, 'proposed');
    await moda(['skills', 'pull', '--status=proposed', `--dir=${directory}`]);
    const ids = readdirSync(join(directory, '.claude', 'skills')).sort();
    expect(ids).toEqual([GENERATED, 'run-terraform-plan-with-var-file', PNPM].sort());
    rmSync(directory, { recursive: true });
  });

  it('[H62] pulling again touches nothing', async () => {
    const before = pulled();
    await moda(['skills', 'pull']);
    expect(pulled()).toEqual(before);
  });

  it('shows text, versions, figures, evidence and reasons of one skill', async () => {
    const { json } = await call('GET', `/v1/skills/${PNPM}`);
    expect(json).toMatchObject({
      id: PNPM,
      version: 1,
      versions: [{ version: 1, writer: 'extractive' }],
      figures: { support: { sessions: 12, users: 4 }, precision: 1, recall: 1 },
      reasons: [],
    });
    const { evidence_ids } = json as { evidence_ids: string[] };
    const rows = await server.sql<{ n: string }>(
      "SELECT count() AS n FROM skill_evidence FINAL WHERE tenant_id = 'alpha' AND has({ids:Array(String)}, evidence_id)",
      { ids: evidence_ids },
    );
    expect(Number(rows[0]?.n)).toBe(12);
    expect((await call('GET', '/v1/skills/no-such-skill')).status).toBe(404);
    expect((await call('GET', '/v1/skills/runs/no-such-run')).status).toBe(404);
  });

  it('[H62] the same text while nothing changes, a new version when the lesson grows', async () => {
    const before = await skills();
    await send(
      sessionsOf(() => [failed('npm run build'), ok('pnpm run build')], {
        count: 8,
        firstAtMs: START_MS + 20 * DAY_MS,
        label: 'build',
      }),
    );
    const run = await generate();
    expect(run.summary).toMatchObject({ found: 0, updated: 1, skills: [{ id: PNPM, status: 'approved' }] });
    const after = await skills();
    const same = (list: readonly Skill[]) => list.find(({ id }) => id === GENERATED);
    expect(same(after)?.content_hash).toBe(same(before)?.content_hash);
    expect(same(after)?.skill_md).toBe(same(before)?.skill_md);
    const changed = after.find(({ id }) => id === PNPM)!;
    expect(changed.version).toBe(2);
    expect(changed.skill_md).toContain('pnpm run build');
    expect(changed.content_hash).not.toBe(before.find(({ id }) => id === PNPM)?.content_hash);
  });

  it('[H62] pulling then rewrites the updated skill’s files and no other', async () => {
    const before = pulled();
    // As in a clone, or under another home: the versions of the server tell that these files are its own.
    rmSync(join(project, '.moda', 'pulled'), { recursive: true });
    await moda(['skills', 'pull']);
    const after = pulled();
    const rewritten = [...after].filter(([file, { text }]) => before.get(file)?.text !== text).map(([file]) => file);
    expect(rewritten.sort()).toEqual([`.claude/skills/${PNPM}/SKILL.md`, `.cursor/rules/${PNPM}.mdc`]);
    const untouched = [...after].filter(([file]) => !rewritten.includes(file));
    for (const [file, { changedAtMs }] of untouched) expect(changedAtMs).toBe(before.get(file)?.changedAtMs);
  });

  it('people approve and reject', async () => {
    const id = 'run-terraform-plan-with-var-file';
    expect((await call('POST', `/v1/skills/${id}/approve`)).json).toMatchObject({
      id,
      status: 'approved',
      decided_by: 'person',
    });
    expect((await skills()).map((skill) => skill.id)).toContain(id);
    expect((await call('POST', `/v1/skills/${id}/reject`)).json).toMatchObject({ status: 'rejected' });
    expect((await skills('?status=proposed')).map((skill) => skill.id)).not.toContain(id);
    expect((await generate()).summary.skills).toEqual([]);
    expect((await call('POST', '/v1/skills/no-such-skill/approve')).status).toBe(404);
    expect((await call('PUT', `/v1/skills/${id}/approve`)).status).toBe(405);
  });

  it('[H64] the text lives in ClickHouse: no other file of the server holds it', () => {
    const files = walk(server.dataDir).filter((file) => !file.startsWith(join(server.dataDir, 'clickhouse')));
    for (const file of files) expect(readFileSync(file).includes('use-pnpm'), file).toBe(false);
  });

  it('[H64] pull works with nothing left of the project’s earlier copy', async () => {
    const before = pulled();
    rmSync(join(project, '.claude'), { recursive: true });
    rmSync(join(project, '.cursor'), { recursive: true });
    await moda(['skills', 'pull']);
    for (const [file, { text }] of pulled()) expect(text, file).toBe(before.get(file)?.text);
    expect(pulled().size).toBe(before.size);
  });

  it('joins the run under way instead of starting another', async () => {
    const started = await Promise.all([call('POST', '/v1/skills/generate'), call('POST', '/v1/skills/generate')]);
    const ids = started.map(({ json }) => (json as Run).run_id);
    expect(new Set(ids).size).toBe(1);
    for (;;) {
      const { json } = await call('GET', `/v1/skills/runs/${ids[0]}`);
      if ((json as Run).status !== 'running') break;
      await delay(20);
    }
  });

  it('no output of a tool reached a skill table', async () => {
    for (const table of ['skills', 'skill_versions', 'skill_sessions', 'skill_evidence', 'skill_runs']) {
      expect(JSON.stringify(await server.sql(`SELECT * FROM ${table}`)), table).not.toContain('secret output');
    }
  });
});

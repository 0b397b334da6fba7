import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../unit/cli/sandbox.ts';
import { KEY, OTHER_KEY, type RunningServer, runServer } from '../support/server.ts';

let server: RunningServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await runServer();
  sandbox = new Sandbox();
  sandbox.saveConfig(server.url, KEY);
});
afterAll(async () => {
  await server.stop();
  await sandbox.remove();
});

/** Eight sessions of four people in which `npm test` failed and `pnpm test` worked. */
async function correctedSessions(): Promise<void> {
  const sessions = Array.from({ length: 8 }, async (_session, index) => {
    const base = {
      session_id: `corrected-${index}`,
      repo: 'acme/web',
      cwd: '/home/dev/web',
      user_email: `dev${index % 4}@acme.example`,
    };
    const day = String(10 + index).padStart(2, '0');
    const at = (second: number): string => `2026-11-${day}T09:00:${String(second).padStart(2, '0')}.000Z`;
    const bash = (id: string, command: string) => ({
      ...base,
      tool_name: 'Bash',
      tool_use_id: `${index}-${id}`,
      tool_input: { command },
    });
    const events = [
      { ...base, hook_event_name: 'SessionStart', timestamp: at(0) },
      {
        ...bash('a', 'npm test'),
        hook_event_name: 'PostToolUseFailure',
        error: 'Exit code 1\nuse pnpm',
        timestamp: at(10),
      },
      { ...bash('b', 'pnpm test'), hook_event_name: 'PostToolUse', tool_response: { stdout: 'ok' }, timestamp: at(20) },
      { ...base, hook_event_name: 'SessionEnd', reason: 'other', timestamp: at(30) },
    ];
    await Promise.all(events.map((event) => server.send('/v1/otel/claude/hooks', event)));
  });
  await Promise.all(sessions);
}

describe('skills from the command line against the running server', () => {
  it('[H58] [H60] [H61] [H62] [H64] gen makes them on the server, pull writes them into a project, again changes nothing', async () => {
    await correctedSessions();
    const gen = await sandbox.run(['skills', 'gen']);
    expect([gen.code, gen.stderr]).toStrictEqual([0, '']);
    const list = await sandbox.run(['skills', 'list', '--json']);
    const skills = list.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(skills.length).toBeGreaterThanOrEqual(1);
    const { id } = skills[0];
    const pull = await sandbox.run(['skills', 'pull', '--status=proposed']);
    expect(pull.code).toBe(0);
    const file = path.join(sandbox.work, '.claude/skills', id, 'SKILL.md');
    expect(fs.readFileSync(file, 'utf8')).toMatch(new RegExp(`^---\\nname: ${id}\\n[\\s\\S]*pnpm`));
    expect(fs.readFileSync(path.join(sandbox.work, '.cursor/rules', `${id}.mdc`), 'utf8')).toContain('pnpm');
    const before = fs.statSync(file).ino;
    const again = await sandbox.run(['skills', 'pull', '--status=proposed']);
    expect(again.stdout).toContain('0 files written');
    expect(fs.statSync(file).ino).toBe(before);
  });

  it('[H60] gives another tenant none of them', async () => {
    const other = await sandbox.run(['skills', 'pull', '--status=proposed', `--dir=${sandbox.home}`], {
      env: { MODA_API_KEY: OTHER_KEY },
    });
    expect([other.code, other.stdout.includes('0 skills')]).toStrictEqual([0, true]);
    expect(fs.existsSync(sandbox.at('.claude'))).toBe(false);
  });

  it('[H63] init brings the approved ones; approve and reject move them', async () => {
    const list = await sandbox.run(['skills', 'list', '--json']);
    const { id } = JSON.parse(list.stdout.split('\n')[0] ?? '');
    expect((await sandbox.run(['skills', 'approve', id])).code).toBe(0);
    const project = path.join(sandbox.root, 'project');
    fs.mkdirSync(project);
    const init = await sandbox.run(['init', '--yes'], { cwd: project });
    expect(init.code).toBe(0);
    expect(fs.existsSync(path.join(project, '.claude/skills', id, 'SKILL.md'))).toBe(true);
    expect((await sandbox.run(['skills', 'show', id])).stdout).toContain('approved');
    expect((await sandbox.run(['skills', 'reject', id])).code).toBe(0);
    const pull = await sandbox.run(['skills', 'list']);
    expect(pull.stdout).not.toContain(`${id} `);
  });

  it('[H59] sees what a person did over by hand between two turns, from the snapshots of real hooks', async () => {
    const env = { MODA_API_KEY: OTHER_KEY };
    const file = path.join(sandbox.work, 'src', 'a.ts');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    execFileSync('git', ['init', '-q'], { cwd: sandbox.work, env: { PATH: process.env['PATH'], HOME: sandbox.home } });
    for (let index = 0; index < 3; index += 1) {
      const base = { session_id: `redone-${index}`, cwd: sandbox.work, user_email: `dev${index}@acme.example` };
      const hook = async (event: string, more: Record<string, unknown> = {}): Promise<void> => {
        const payload = { ...base, prompt_id: `p-${index}`, hook_event_name: event, ...more };
        expect((await sandbox.hook('claude', payload, { env })).code).toBe(0);
      };
      const call = { tool_name: 'Write', tool_use_id: `w-${index}`, tool_input: { file_path: file, content: 'x' } };
      fs.writeFileSync(file, `by the agent ${index}\n`);
      await hook('PostToolUse', { ...call, tool_response: { type: 'update' } });
      fs.writeFileSync(file, `by hand ${index}\n`);
      await hook('UserPromptSubmit', { prompt: 'go on', prompt_id: `p-${index}-2` });
      await hook('SessionEnd', { reason: 'other' });
    }
    const query = `SELECT uniq(session_id) AS n FROM coding_agent_events
      WHERE session_id LIKE 'redone-%' AND event_type = 'session_end'`;
    const deadline = Date.now() + 45_000;
    while (Date.now() < deadline && Number((await server.sql<{ n: string }>(query))[0]?.n) < 3);
    const gen = await sandbox.run(['skills', 'gen'], { env });
    expect(gen.stdout).toMatch(/finish-ts-files-to-the-project-s-conventions +proposed +seen in 3 sessions/);
    expect(gen.stdout).toContain('what the right way is cannot be told from metadata; a person has to say');
    expect(gen.stdout).toContain('read 3 sessions with 3 corrections: found 1, proposed 1');
    const show = await sandbox.run(['skills', 'show', 'finish-ts-files-to-the-project-s-conventions'], { env });
    expect(show.stdout).toContain('redone by hand');
  });
});

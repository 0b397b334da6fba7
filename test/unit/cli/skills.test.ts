import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSkillId } from '../../../src/cli/skills/skill.ts';
import { answerWith, eachWithPeer, KEY, peer, sandbox } from './each-sandbox.ts';

eachWithPeer();

function skill(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    name: id,
    description: 'Use pnpm. Use it when packages are installed.',
    status: 'approved',
    version: 1,
    skill_md: `---\nname: ${id}\n---\nUse pnpm.\n`,
    cursor_mdc: '---\ndescription: pnpm\nalwaysApply: false\n---\nUse pnpm.\n',
    ...more,
  };
}

function serve(...skills: Record<string, unknown>[]): void {
  answerWith(({ url }) => (url.startsWith('/v1/skills?') ? { body: { skills } } : { status: 404 }));
}

function inWork(...words: string[]): string {
  return path.join(sandbox.work, ...words);
}

describe('moda skills pull', () => {
  it('[H60] writes each skill for Claude Code and for Cursor, with the key of this tenant', async () => {
    serve(skill('use-pnpm'), skill('no-rule', { cursor_mdc: '' }));
    const run = await sandbox.run(['skills', 'pull']);
    expect(run.code).toBe(0);
    expect(fs.readFileSync(inWork('.claude/skills/use-pnpm/SKILL.md'), 'utf8')).toBe(
      '---\nname: use-pnpm\n---\nUse pnpm.\n',
    );
    expect(fs.readFileSync(inWork('.cursor/rules/use-pnpm.mdc'), 'utf8')).toContain('alwaysApply: false');
    expect(fs.readdirSync(inWork('.cursor/rules'))).toStrictEqual(['use-pnpm.mdc']);
    expect(peer.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('[H61] asks for the approved ones unless told otherwise', async () => {
    serve();
    await sandbox.run(['skills', 'pull']);
    await sandbox.run(['skills', 'pull', '--status=proposed']);
    expect(peer.requests.map(({ url }) => url)).toStrictEqual([
      '/v1/skills?status=approved',
      '/v1/skills?status=proposed',
    ]);
    expect((await sandbox.run(['skills', 'pull', '--status=all'])).code).toBe(2);
  });

  it('[H62] leaves unchanged files untouched, rewrites updated ones, and removes nothing', async () => {
    serve(skill('a'), skill('b'));
    await sandbox.run(['skills', 'pull', `--dir=${sandbox.work}`]);
    fs.mkdirSync(inWork('.claude/skills/mine'));
    fs.writeFileSync(inWork('.claude/skills/mine/SKILL.md'), 'mine');
    const files = ['.claude/skills/a/SKILL.md', '.claude/skills/b/SKILL.md', '.cursor/rules/a.mdc'];
    const before = files.map((file) => fs.statSync(inWork(file)).ino);
    serve(skill('b', { skill_md: 'new text', version: 2 }));
    const { stdout } = await sandbox.run(['skills', 'pull', `--dir=${sandbox.work}`]);
    const after = files.map((file) => fs.statSync(inWork(file)).ino);
    expect(after.map((ino, index) => ino === before[index])).toStrictEqual([true, false, true]);
    expect(stdout).toContain('1 files written, 1 unchanged');
    expect(fs.readFileSync(inWork('.claude/skills/b/SKILL.md'), 'utf8')).toBe('new text');
    expect(fs.readFileSync(inWork('.claude/skills/mine/SKILL.md'), 'utf8')).toBe('mine');
  });

  it('[H62] never writes over a file that a person wrote or changed, and says how to take the skill’s text', async () => {
    const files = ['.claude/skills/a/SKILL.md', '.cursor/rules/a.mdc'];
    for (const file of files) {
      fs.mkdirSync(path.dirname(inWork(file)), { recursive: true });
      fs.writeFileSync(inWork(file), `mine ${file}`);
    }
    serve(skill('a'), skill('b'));
    const first = await sandbox.run(['skills', 'pull']);
    for (const file of files) {
      expect(fs.readFileSync(inWork(file), 'utf8')).toBe(`mine ${file}`);
      expect(first.stdout).toContain(`kept     ${file}`);
    }
    expect(first.stdout).toContain('2 skills, 2 files written, 0 unchanged');
    expect(first.stdout).toContain('2 files kept');
    expect(first.stdout).toContain('move your file away and pull again');
    fs.appendFileSync(inWork('.cursor/rules/b.mdc'), 'and mine\n');
    fs.renameSync(inWork(files[0] ?? ''), inWork('mine.md'));
    serve(skill('a', { skill_md: 'two' }), skill('b', { skill_md: 'two', cursor_mdc: 'two' }));
    const second = await sandbox.run(['skills', 'pull']);
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('new      .claude/skills/a/SKILL.md');
    expect(second.stdout).toContain('updated  .claude/skills/b/SKILL.md');
    expect(second.stdout).toContain('kept     .cursor/rules/b.mdc');
    expect(fs.readFileSync(inWork('.cursor/rules/b.mdc'), 'utf8')).toMatch(/and mine\n$/);
  });

  it('[H62] brings a former version up to date that came with the repository, also with other line ends', async () => {
    const versions = [{ version: 1, skill_md: 'one\n', cursor_mdc: 'rule one\n' }];
    for (const [file, text] of [
      ['.claude/skills/a/SKILL.md', 'one\r\n'],
      ['.cursor/rules/a.mdc', 'rule one\n'],
    ] as const) {
      fs.mkdirSync(path.dirname(inWork(file)), { recursive: true });
      fs.writeFileSync(inWork(file), text);
    }
    const skills = [skill('a', { skill_md: 'two\n', cursor_mdc: 'rule two\n' })];
    answerWith(({ url }) => ({ body: url.startsWith('/v1/skills?') ? { skills } : { versions } }));
    expect((await sandbox.run(['skills', 'pull'])).stdout).toContain('2 files written');
    fs.writeFileSync(inWork('.claude/skills/a/SKILL.md'), 'two\r\n');
    expect((await sandbox.run(['skills', 'pull'])).stdout).toContain('0 files written, 2 unchanged');
    expect(fs.readFileSync(inWork('.claude/skills/a/SKILL.md'), 'utf8')).toBe('two\r\n');
  });

  it('pulls where its notes cannot be kept, and keeps them private where they can', async () => {
    serve(skill('a'));
    fs.writeFileSync(sandbox.at('.moda/pulled'), 'a file where the folder should be');
    expect((await sandbox.run(['skills', 'pull'])).code).toBe(0);
    fs.rmSync(sandbox.at('.moda/pulled'));
    await sandbox.run(['skills', 'pull']);
    const [note] = fs.readdirSync(sandbox.at('.moda/pulled'));
    expect(sandbox.mode(path.join('.moda/pulled', note ?? ''))).toBe(0o600);
  });

  it('lets no id escape from its folder, and writes the others', async () => {
    const ids = [
      '../evil',
      '..',
      '.',
      'a/b',
      'a\\b',
      '/etc/x',
      'A',
      'a--b',
      '-a',
      'con',
      '',
      'x'.repeat(65),
      'a\u0000b',
      'ä',
    ];
    serve(...ids.map((id) => skill(id)), skill('good'), { id: 7 }, { id: 'no-text' });
    const run = await sandbox.run(['skills', 'pull']);
    expect(run.stdout).toContain(`${ids.length + 2} skills were left out`);
    expect(fs.readdirSync(inWork('.claude/skills'))).toStrictEqual(['good']);
    expect(fs.readdirSync(sandbox.root).sort()).toStrictEqual(['home', 'work']);
    for (const id of ids) expect(isSkillId(id), id).toBe(false);
  });

  it('does not write through a symbolic link', async () => {
    fs.mkdirSync(inWork('.claude/skills/a'), { recursive: true });
    fs.writeFileSync(sandbox.at('target'), 'private');
    fs.symlinkSync(sandbox.at('target'), inWork('.claude/skills/a/SKILL.md'));
    serve(skill('a'));
    expect((await sandbox.run(['skills', 'pull'])).code).toBe(1);
    expect(sandbox.read('target')).toBe('private');
  });

  it('says what is wrong: no key, refused key, no list', async () => {
    answerWith(() => ({ status: 401 }));
    expect((await sandbox.run(['skills', 'pull'])).code).toBe(3);
    answerWith(() => ({ body: { other: [] } }));
    expect((await sandbox.run(['skills', 'pull'])).code).toBe(1);
    fs.rmSync(sandbox.at('.moda/config.json'));
    expect((await sandbox.run(['skills', 'pull'])).code).toBe(3);
  });
});

describe('moda skills gen', () => {
  it('starts a run, follows it to its end, and shows each skill with its reason', async () => {
    let polls = 0;
    const summary = {
      found: 5,
      proposed: 1,
      approved: 1,
      rejected: 3,
      updated: 0,
      skills: [{ id: 'use-pnpm', status: 'approved', reason: 'seen in 4 sessions \u001b[31mof 2 people' }],
      notes: ['no prompts are captured'],
    };
    answerWith(({ method, url }) => {
      if (method === 'POST' && url === '/v1/skills/generate') return { body: { run_id: 'run-1', status: 'running' } };
      polls += 1;
      const stage = polls === 1 ? 'clusters' : 'gate';
      const status = polls < 3 ? 'running' : 'done';
      return {
        body: {
          run_id: 'run-1',
          status,
          progress: { stage, done: polls, total: 3 },
          ...(status === 'done' && { summary }),
        },
      };
    });
    const run = await sandbox.run(['skills', 'gen']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/clusters\n {2}gate\n/);
    expect(run.stdout).toMatch(/use-pnpm {2}approved {2}seen in 4 sessions {1,2}\[31mof 2 people/);
    expect(run.stdout).toContain('found 5, proposed 1, approved 1, rejected 3, updated 0');
    expect(run.stdout).toContain('no prompts are captured');
    expect(run.stdout).not.toContain('\u001b');
  });

  it('names every reason why a skill was not promoted, and what was read', async () => {
    const reasons = ['seen in 3 sessions by 1 users on 1 days; needs 5 sessions', 'recall 0.20; needs 0.6'];
    const skills = [{ id: 'use-pnpm', status: 'proposed', reason: reasons[0], reasons }];
    const summary = { found: 1, proposed: 1, sessions: 12, corrections: 7, skills };
    answerWith(({ method }) => ({ body: method === 'POST' ? { run_id: 'r' } : { status: 'done', summary } }));
    const { code, stdout } = await sandbox.run(['skills', 'gen']);
    expect(code).toBe(0);
    expect(stdout).toContain(`use-pnpm  proposed  ${reasons[0]}\n                    ${reasons[1]}\n`);
    expect(stdout).toContain('read 12 sessions with 7 corrections: found 1, proposed 1, approved 0');
    expect(stdout).toContain('Next: moda skills pull --status=proposed');
  });

  it('fails when the run fails, with the server’s word for it', async () => {
    const run = { status: 'failed', error: 'the store is away\u001b[2J', summary: { found: 0 } };
    answerWith(({ method }) => (method === 'POST' ? { body: { run_id: 'r', status: 'running' } } : { body: run }));
    const { code, stdout, stderr } = await sandbox.run(['skills', 'gen']);
    expect([code, stderr]).toStrictEqual([1, 'moda: run r failed: the store is away [2J\n']);
    expect(stdout).not.toContain('found');
  });

  it.each([
    [401, 3],
    [503, 1],
    [404, 1],
  ])('ends an answer of %i with exit code %i', async (status, code) => {
    answerWith(() => ({ status, body: { message: 'no\u001b]0;title\u0007\nway' } }));
    const run = await sandbox.run(['skills', 'gen']);
    expect(run.code).toBe(code);
    expect(run.stderr).toMatch(/^[ -~]+\n$/);
  });

  it('ends with exit code 4 when nobody answers', async () => {
    await peer.close();
    expect((await sandbox.run(['skills', 'gen'])).code).toBe(4);
  });
});

describe('moda skills list, show, approve, reject', () => {
  it('list and show print the server’s text without its control characters', async () => {
    answerWith(({ url }) =>
      url === '/v1/skills/a'
        ? { body: skill('a', { skill_md: 'one\n  two\u001b[2J' }) }
        : { body: { skills: [skill('a')] } },
    );
    expect((await sandbox.run(['skills', 'list'])).stdout).toMatch(/a {2,}approved {2}1 {8}Use pnpm/);
    const shown = await sandbox.run(['skills', 'show', 'a']);
    expect(shown.stdout).toContain('one\n  two [2J\n');
    expect((await sandbox.run(['skills', 'show', '../a'])).code).toBe(2);
  });

  it('approve and reject name the skill in the path', async () => {
    expect((await sandbox.run(['skills', 'approve', 'a'])).code).toBe(0);
    expect((await sandbox.run(['skills', 'reject', 'b'])).code).toBe(0);
    expect(peer.requests.map(({ method, url }) => `${method} ${url}`)).toStrictEqual([
      'POST /v1/skills/a/approve',
      'POST /v1/skills/b/reject',
    ]);
  });

  it('lists what was rejected, says which list is empty, and pulls nothing rejected', async () => {
    serve(skill('a', { status: 'rejected' }));
    expect((await sandbox.run(['skills', 'list', '--status=rejected'])).stdout).toMatch(/a {2,}rejected/);
    expect(peer.requests.map(({ url }) => url)).toStrictEqual(['/v1/skills?status=rejected']);
    expect((await sandbox.run(['skills', 'pull', '--status=rejected'])).code).toBe(2);
    serve();
    expect((await sandbox.run(['skills', 'list', '--status=approved'])).stdout).toContain('no approved skills;');
    expect((await sandbox.run(['skills', 'list'])).stdout).toContain('no skills yet;');
  });

  it.each(['show', 'approve', 'reject'])(
    '%s says that there is no such skill, not which route was asked',
    async (action) => {
      serve();
      const run = await sandbox.run(['skills', action, 'a']);
      expect([run.code, run.stderr.startsWith('moda: no skill a;')]).toStrictEqual([1, true]);
    },
  );
});

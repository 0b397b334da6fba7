import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWorkspace } from '../../../src/cli/hook/workspace.ts';
import { enforceCap, maintainOne, shadows } from '../../../src/cli/snapshots/maintenance.ts';
import { refusalOf } from '../../../src/cli/snapshots/refusal.ts';
import { ensureRepository, ownFile, shadowOf } from '../../../src/cli/snapshots/shadow-repository.ts';
import { type SnapshotRequest, type SnapshotResult, takeSnapshot } from '../../../src/cli/snapshots/take-snapshot.ts';
import { type Peer, Sandbox, startPeer, until } from './sandbox.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.remove();
});

/** git as the user of the working tree runs it. */
function userGit(args: readonly string[], cwd = sandbox.work, env: Record<string, string> = {}): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: sandbox.home,
      PATH: process.env['PATH'] ?? '',
      GIT_AUTHOR_NAME: 'u',
      GIT_AUTHOR_EMAIL: 'u@x',
      GIT_COMMITTER_NAME: 'u',
      GIT_COMMITTER_EMAIL: 'u@x',
      ...env,
    },
  });
}

function write(file: string, text: string | Buffer, cwd = sandbox.work): void {
  fs.mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true });
  fs.writeFileSync(path.join(cwd, file), text);
}

function makeRepository(files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' }): void {
  userGit(['init', '-q', '-b', 'main']);
  for (const [file, text] of Object.entries(files)) write(file, text);
  userGit(['add', '-A', '-f']);
  userGit(['commit', '-q', '-m', 'x']);
}

function snapshot(more: Partial<SnapshotRequest> = {}, directory = sandbox.work): Promise<SnapshotResult> {
  return takeSnapshot({
    home: sandbox.home,
    workspace: findWorkspace(directory),
    session: 's-1',
    event: 'PostToolUse',
    ids: { tool_use_id: 't-1' },
    firedAtMs: Date.now(),
    isSessionStart: false,
    lockWaitMs: 10_000,
    ...more,
  });
}

async function taken(more: Partial<SnapshotRequest> = {}, directory = sandbox.work) {
  const result = await snapshot(more, directory);
  if (result.kind !== 'taken') throw new Error(`skipped: ${result.reason}`);
  return result;
}

/** Path → content of everything in a snapshot, read by plain git. */
function contentOf({ commit, shadow }: { commit: string; shadow: { directory: string } }): Record<string, string> {
  const run = (...args: string[]): string => userGit(args, sandbox.root, { GIT_DIR: shadow.directory });
  const files: Record<string, string> = {};
  for (const line of run('ls-tree', '-r', '-z', commit).split('\0')) {
    const [, , mode, type, hash, name] = /^((\d+) (\w+) ([0-9a-f]+)\t([\s\S]*))$/.exec(line) ?? [];
    if (name === undefined) continue;
    files[name] =
      type === 'commit' ? 'gitlink' : `${mode === '120000' ? '-> ' : ''}${run('cat-file', 'blob', hash ?? '')}`;
  }
  return files;
}

/** A hash of every file below a directory, with its mode and time. */
function fingerprint(directory: string): string {
  const hash = createHash('sha256');
  for (const name of fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = fs.lstatSync(path.join(directory, name));
    hash.update(`${name} ${stat.mode} ${stat.isFile() ? stat.mtimeMs : ''}\n`);
    if (stat.isFile()) hash.update(fs.readFileSync(path.join(directory, name)));
  }
  return hash.digest('hex');
}

describe('a snapshot', () => {
  it('[G56] holds tracked, changed and new files, not the ignored ones, and leaves the user’s .git as it was, to the byte', async () => {
    makeRepository({ 'a.txt': 'one\n', 'src/b.txt': 'two\n', '.gitignore': '*.log\n' });
    write('a.txt', 'changed\n');
    write('new/c.txt', 'three\n');
    write('x.log', 'noise\n');
    fs.rmSync(path.join(sandbox.work, 'src/b.txt'));
    const before = fingerprint(path.join(sandbox.work, '.git'));
    const status = userGit(['--no-optional-locks', 'status', '--porcelain']);
    const result = await taken();
    expect(contentOf(result)).toStrictEqual({ '.gitignore': '*.log\n', 'a.txt': 'changed\n', 'new/c.txt': 'three\n' });
    expect(fingerprint(path.join(sandbox.work, '.git'))).toBe(before);
    expect(userGit(['--no-optional-locks', 'status', '--porcelain'])).toBe(status);
    expect(result.ref).toBe('refs/moda/s-1/1');
  });

  it('of an unchanged tree is the last one, and of another session gets a ref of its own', async () => {
    makeRepository();
    const first = await taken();
    const second = await taken();
    expect([second.commit, second.ref]).toStrictEqual([first.commit, first.ref]);
    const other = await taken({ session: 's-2' });
    expect([other.commit, other.ref]).toStrictEqual([first.commit, 'refs/moda/s-2/2']);
    write('a.txt', 'two\n');
    expect((await taken()).commit).not.toBe(first.commit);
  });

  it('notices a change of the same length in the same second as the snapshot before', async () => {
    makeRepository();
    for (let round = 0; round < 5; round += 1) {
      write('a.txt', `v${round}\n`);
      expect(contentOf(await taken())['a.txt']).toBe(`v${round}\n`);
    }
  });

  it('works in a folder without git, and in a repository without a commit', async () => {
    write('a.txt', 'one\n');
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'one\n' });
    userGit(['init', '-q']);
    write('b.txt', 'two\n');
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
  });

  it('starts from the user’s objects instead of hashing all files again', async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_file, index) => [`f${index}.txt`, `${index}\n`]));
    makeRepository(files);
    const { shadow, commit } = await taken();
    const own = userGit(['count-objects', '-v'], sandbox.root, { GIT_DIR: shadow.directory });
    expect(Number(/^count: (\d+)/m.exec(own)?.[1])).toBeLessThanOrEqual(2);
    expect(Object.keys(contentOf({ commit, shadow }))).toHaveLength(50);
  });

  it('keeps links as links, executable bits and odd names', async () => {
    write('tab\tand "quote" é.txt', 'x');
    write('run.sh', '#!/bin/sh\n');
    fs.chmodSync(path.join(sandbox.work, 'run.sh'), 0o755);
    fs.symlinkSync('/etc/passwd', path.join(sandbox.work, 'link'));
    const result = await taken();
    expect(contentOf(result)).toStrictEqual({
      link: '-> /etc/passwd',
      'run.sh': '#!/bin/sh\n',
      'tab\tand "quote" é.txt': 'x',
    });
    const tree = userGit(['ls-tree', result.commit, 'run.sh'], sandbox.root, { GIT_DIR: result.shadow.directory });
    expect(tree).toMatch(/^100755/);
  });

  it('follows a folder that became a file and a file that became a link to a folder', async () => {
    makeRepository({ 'd/x.txt': '1', 'd/y.txt': '2', f: '3' });
    await taken();
    fs.rmSync(path.join(sandbox.work, 'd'), { recursive: true });
    write('d', 'now a file');
    fs.mkdirSync(path.join(sandbox.work, 'e'));
    fs.rmSync(path.join(sandbox.work, 'f'));
    fs.symlinkSync('e', path.join(sandbox.work, 'f'));
    expect(contentOf(await taken())).toStrictEqual({ d: 'now a file', f: '-> e' });
  });
});

describe('pitfalls', () => {
  it('GIT_* variables of the launching shell reach neither the snapshot nor the user’s repository', async () => {
    makeRepository();
    const peer: Peer = await startPeer();
    sandbox.saveConfig(peer.url);
    const before = fingerprint(path.join(sandbox.work, '.git'));
    const trap = path.join(sandbox.work, '.git');
    const env = {
      GIT_DIR: trap,
      GIT_WORK_TREE: sandbox.work,
      GIT_INDEX_FILE: path.join(trap, 'index'),
      GIT_OBJECT_DIRECTORY: path.join(trap, 'objects'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: `touch ${sandbox.home}/ran`,
    };
    write('b.txt', 'new\n');
    const event = { session_id: 's', cwd: sandbox.work, hook_event_name: 'PostToolUse', tool_use_id: 't' };
    await sandbox.hook('claude', event, { env });
    await until(() => peer.requests.some(({ body }) => body.includes('"snapshot_commit"')));
    await peer.close();
    expect(fingerprint(path.join(sandbox.work, '.git'))).toBe(before);
    expect(fs.existsSync(sandbox.at('ran'))).toBe(false);
  });

  it('nested repositories, with and without a commit, are left out and left alone', async () => {
    makeRepository();
    for (const name of ['empty', 'full']) {
      write(`${name}/inner.txt`, 'x\n');
      userGit(['init', '-q'], path.join(sandbox.work, name));
    }
    userGit(['add', '-A'], path.join(sandbox.work, 'full'));
    userGit(['commit', '-q', '-m', 'x'], path.join(sandbox.work, 'full'));
    const before = fingerprint(path.join(sandbox.work, 'full/.git'));
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'one\n' });
    expect(fingerprint(path.join(sandbox.work, 'full/.git'))).toBe(before);
  });

  it('locks that a killed process left behind do not stop the next snapshot', async () => {
    makeRepository();
    const { shadow } = await taken();
    const dead = spawn('true');
    await new Promise((resolve) => dead.on('close', resolve));
    fs.writeFileSync(ownFile(shadow, 'lock'), String(dead.pid));
    fs.writeFileSync(path.join(shadow.directory, 'index.lock'), '');
    fs.writeFileSync(path.join(sandbox.work, '.git/index.lock'), '');
    write('a.txt', 'two\n');
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'two\n' });
    expect(fs.existsSync(ownFile(shadow, 'lock'))).toBe(false);
  });

  it('a lock of a living process means busy, not a wait without end', async () => {
    makeRepository();
    const { shadow } = await taken();
    fs.writeFileSync(ownFile(shadow, 'lock'), String(process.pid));
    expect(await snapshot({ lockWaitMs: 50 })).toStrictEqual({ kind: 'skipped', reason: 'busy' });
  });

  it('clean filters of the user’s configuration do not run; contents are taken as they lie there', async () => {
    sandbox.write('.gitconfig', `[filter "evil"]\n\tclean = touch ${sandbox.home}/ran; cat\n\trequired = true\n`);
    makeRepository({ 'a.txt': 'one\n' });
    write('.gitattributes', '*.txt filter=evil\n');
    write('b.txt', 'two\r\n');
    expect(contentOf(await taken())['b.txt']).toBe('two\r\n');
    expect(fs.existsSync(sandbox.at('ran'))).toBe(false);
  });

  it('files that a filter keeps elsewhere or encrypts are not taken in clear', async () => {
    makeRepository({ '.gitattributes': '*.psd filter=lfs diff=lfs\nsecret/** filter=git-crypt\n', 'a.txt': '1' });
    write('big.psd', 'pixels');
    write('secret/plan.txt', 'in clear');
    write('b.txt', '2');
    expect(Object.keys(contentOf(await taken()))).toStrictEqual(['.gitattributes', 'a.txt', 'b.txt']);
  });

  it('a linked worktree starts from its own index', async () => {
    makeRepository({ 'a.txt': 'main\n' });
    const linked = path.join(sandbox.root, 'linked');
    userGit(['worktree', 'add', '-q', '-b', 'side', linked]);
    write('only-here.txt', 'x\n', linked);
    userGit(['add', 'only-here.txt'], linked);
    const before = fingerprint(path.join(sandbox.work, '.git'));
    expect(findWorkspace(linked)).toMatchObject({ branch: 'side', repo: 'work' });
    const result = await taken({}, linked);
    expect(contentOf(result)).toStrictEqual({ 'a.txt': 'main\n', 'only-here.txt': 'x\n' });
    expect(fs.existsSync(ownFile(result.shadow, 'seeded'))).toBe(true);
    expect(fingerprint(path.join(sandbox.work, '.git'))).toBe(before);
  });

  it('denied files stay out, tracked or not, also when .gitignore brings them back', async () => {
    const denied = [
      '.env',
      '.env.production',
      'deep/.env',
      'a.PEM',
      'b.key',
      'id_rsa',
      'c.p12',
      '.npmrc',
      '.netrc',
      'credentials.json',
      '.aws/config',
      '.ssh/known',
      '.secrets/x',
      'node_modules/m/i.js',
      'dist/o.js',
      'build/o',
      'target/o',
      '.venv/p',
      '__pycache__/q',
    ];
    makeRepository({
      'a.txt': '1',
      '.gitignore': '!.env\n!*.key\n',
      ...Object.fromEntries(denied.slice(0, 9).map((file) => [file, 'tracked secret'])),
    });
    for (const file of denied) write(file, 'secret');
    expect(Object.keys(contentOf(await taken()))).toStrictEqual(['.gitignore', 'a.txt']);
    write('a.txt', '2');
    for (const file of denied) write(file, 'another secret');
    expect(Object.keys(contentOf(await taken()))).toStrictEqual(['.gitignore', 'a.txt']);
  });

  it('the user’s own excludes count: info/exclude and core.excludesFile', async () => {
    sandbox.write('.gitconfig', '[core]\n\texcludesFile = ~/my-ignores\n');
    sandbox.write('my-ignores', '*.personal\n');
    makeRepository();
    fs.appendFileSync(path.join(sandbox.work, '.git/info/exclude'), '*.local\n');
    write('x.personal', '1');
    write('x.local', '1');
    write('x.txt', '1');
    const home = process.env['HOME'];
    process.env['HOME'] = sandbox.home;
    try {
      expect(Object.keys(contentOf(await taken()))).toStrictEqual(['a.txt', 'x.txt']);
    } finally {
      process.env['HOME'] = home;
    }
  });

  it('huge untracked files stay out', async () => {
    makeRepository();
    write('dump.bin', Buffer.alloc(2 * 1024 * 1024 + 1));
    write('fits.bin', Buffer.alloc(1024));
    expect(Object.keys(contentOf(await taken()))).toStrictEqual(['a.txt', 'fits.bin']);
  });

  it('one unreadable or vanished file does not cost the others', async () => {
    makeRepository();
    write('b.txt', 'two\n');
    // An encoding that git cannot convert makes update-index fail, as an unreadable file does; root can read everything.
    write('.gitattributes', 'broken.txt working-tree-encoding=NO-SUCH-ENCODING\n');
    fs.symlinkSync('nowhere', path.join(sandbox.work, 'dangling'));
    expect(Object.keys(contentOf(await taken())).sort()).toStrictEqual([
      '.gitattributes',
      'a.txt',
      'b.txt',
      'dangling',
    ]);
  });

  it('a file that the user told git to assume unchanged is still seen', async () => {
    makeRepository();
    userGit(['update-index', '--assume-unchanged', 'a.txt']);
    write('a.txt', 'changed behind git\n');
    expect(contentOf(await taken())['a.txt']).toBe('changed behind git\n');
  });

  it('a split index of the user’s only means a cold start', async () => {
    makeRepository({ 'a.txt': '1', 'b.txt': '2' });
    userGit(['update-index', '--split-index']);
    expect(Object.keys(contentOf(await taken()))).toStrictEqual(['a.txt', 'b.txt']);
  });

  it('objects that the user’s repository lost are hashed again', async () => {
    makeRepository({ 'a.txt': 'one\n', 'd/b.txt': 'two\n' });
    await taken();
    fs.rmSync(path.join(sandbox.work, '.git/objects'), { recursive: true });
    fs.mkdirSync(path.join(sandbox.work, '.git/objects'));
    write('d/c.txt', 'three\n');
    const result = await taken();
    expect(contentOf(result)).toStrictEqual({ 'a.txt': 'one\n', 'd/b.txt': 'two\n', 'd/c.txt': 'three\n' });
  });

  it('the home directory, its parents and its personal folders are refused, its projects are not', async () => {
    const home = fs.realpathSync(sandbox.home);
    for (const refused of [
      home,
      path.dirname(home),
      '/',
      path.join(home, 'Desktop'),
      path.join(home, 'Documents'),
      path.join(home, 'Downloads'),
      path.join(home, '.moda/shadow'),
    ]) {
      expect(refusalOf(refused, home), refused).toBe('home directory');
    }
    expect(refusalOf(path.join(home, 'Documents/project'), home)).toBeUndefined();
    expect(await snapshot({}, sandbox.home)).toStrictEqual({ kind: 'skipped', reason: 'home directory' });
    expect(fs.existsSync(sandbox.at('.moda'))).toBe(false);
  });

  it('refusing is said once, and the agent goes on', async () => {
    const peer = await startPeer();
    sandbox.saveConfig(peer.url);
    const event = { session_id: 's', cwd: sandbox.home, hook_event_name: 'UserPromptSubmit' };
    const first = await sandbox.hook('claude', event);
    const second = await sandbox.hook('claude', event);
    expect([first.code, second.code]).toStrictEqual([0, 0]);
    expect(first.stderr).toContain('no workspace snapshots');
    expect(second.stderr).toBe('');
    expect(peer.sent('/v1/otel/claude/hooks')[0]).toMatchObject({ snapshot_skipped: 'home directory' });
    await peer.close();
  });

  it('no git on the machine is no fault', async () => {
    write('a.txt', '1');
    const peer = await startPeer();
    sandbox.saveConfig(peer.url);
    const event = { session_id: 's', cwd: sandbox.work, hook_event_name: 'Stop' };
    await sandbox.hook('claude', event, { env: { PATH: sandbox.root } });
    expect(peer.sent('/v1/otel/claude/hooks')[0]).toMatchObject({ snapshot_skipped: 'no git' });
    await peer.close();
  });
});

describe('many hooks at once', () => {
  it('[G56] 20 concurrent hooks each get a snapshot of the tree as it is', async () => {
    makeRepository();
    const peer = await startPeer();
    sandbox.saveConfig(peer.url);
    write('a.txt', 'shared change\n');
    const before = fingerprint(path.join(sandbox.work, '.git'));
    const events = Array.from({ length: 20 }, (_event, index) => ({
      session_id: 's-1',
      cwd: sandbox.work,
      hook_event_name: 'PostToolUse',
      tool_use_id: `t-${index}`,
    }));
    const runs = await Promise.all(events.map((event) => sandbox.hook('claude', event)));
    expect(runs.every(({ code }) => code === 0)).toBe(true);
    const bodies = peer.sent('/v1/otel/claude/hooks');
    expect(new Set(bodies.map((body) => body['tool_use_id'])).size).toBe(20);
    expect(new Set(bodies.map((body) => body['snapshot_tree'])).size).toBe(1);
    expect(bodies[0]?.['snapshot_tree']).toMatch(/^[0-9a-f]{40}$/);
    await peer.close();
    expect(fingerprint(path.join(sandbox.work, '.git'))).toBe(before);
    const [shadow] = shadows(sandbox.home);
    expect(fs.readdirSync(shadow?.directory ?? '').filter((name) => name.startsWith('index.'))).toStrictEqual([]);
    expect(userGit(['fsck', '--strict'], sandbox.root, { GIT_DIR: shadow?.directory ?? '' })).toBe('');
  });

  it('a snapshot that does not fit into the agent’s time follows as an event of its own', async () => {
    makeRepository();
    const peer = await startPeer();
    sandbox.saveConfig(peer.url);
    const { shadow } = await taken();
    fs.writeFileSync(ownFile(shadow, 'lock'), String(process.pid));
    const event = {
      session_id: 's',
      cwd: sandbox.work,
      hook_event_name: 'PostToolUse',
      tool_use_id: 't-9',
      prompt_id: 'p-9',
    };
    const env = { MODA_HOOK_SNAPSHOT_MS: '100' };
    expect((await sandbox.hook('claude', event, { env })).code).toBe(0);
    const [own] = peer.sent('/v1/otel/claude/hooks');
    expect(own).toMatchObject({ snapshot_skipped: 'late' });
    fs.rmSync(ownFile(shadow, 'lock'));
    const late = await until(() =>
      peer.sent('/v1/otel/claude/hooks').find((body) => body['hook_event_name'] === 'Snapshot'),
    );
    expect(late).toMatchObject({
      session_id: 's',
      tool_use_id: 't-9',
      prompt_id: 'p-9',
      snapshot_of: 'PostToolUse',
      snapshot_of_event_id: own?.['event_id'],
    });
    expect(late['snapshot_commit']).toMatch(/^[0-9a-f]{40}$/);
    await peer.close();
  });
});

describe('maintenance', () => {
  it('drops old refs but the newest, leftovers of killed processes, and unreachable objects', async () => {
    makeRepository();
    const { shadow } = await taken();
    for (let round = 0; round < 3; round += 1) {
      write('a.txt', `${round}\n`);
      await taken();
    }
    const leftover = path.join(shadow.directory, 'index.4242.abcdef');
    fs.writeFileSync(leftover, '');
    fs.utimesSync(leftover, 1, 1);
    await maintainOne(shadow, Date.now() + 40 * 24 * 3600 * 1000);
    const refs = userGit(['for-each-ref', '--format=%(refname)'], sandbox.root, { GIT_DIR: shadow.directory });
    expect(refs.trim()).toBe('refs/moda/s-1/4');
    expect(fs.existsSync(leftover)).toBe(false);
    write('a.txt', 'later\n');
    expect(contentOf(await taken())['a.txt']).toBe('later\n');
  });

  it('removes the longest unused shadow repositories above the cap', () => {
    for (const [index, name] of ['old', 'new'].entries()) {
      const shadow = shadowOf(sandbox.home, path.join(sandbox.root, name));
      ensureRepository(sandbox.home, shadow);
      fs.writeFileSync(ownFile(shadow, 'last.json'), '{}');
      fs.utimesSync(ownFile(shadow, 'last.json'), 1000 + index, 1000 + index);
      fs.writeFileSync(path.join(shadow.directory, 'bulk'), Buffer.alloc(2000));
    }
    enforceCap(sandbox.home, 2500);
    expect(shadows(sandbox.home).map(({ workTree }) => path.basename(workTree))).toStrictEqual(['new']);
  });
});

describe('moda snapshots', () => {
  it('lists, shows and compares snapshots', async () => {
    makeRepository();
    await taken({ event: 'UserPromptSubmit', ids: { prompt_id: 'p-1' } });
    write('a.txt', 'two\n');
    await taken();
    const list = await sandbox.run(['snapshots', 'list']);
    expect(list.stdout).toMatch(/1 .*UserPromptSubmit .*\n.*2 .*PostToolUse .*t-1/);
    const show = await sandbox.run(['snapshots', 'show', '2']);
    expect(show.stdout).toMatch(/tool_use_id {2}t-1[\s\S]*-one\n\+two/);
    const diff = await sandbox.run(['snapshots', 'diff', '1', '2']);
    expect(diff.stdout).toContain('-one\n+two');
    const json = await sandbox.run(['snapshots', 'list', '--all', '--json']);
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).sequence),
    ).toStrictEqual([1, 2]);
    expect((await sandbox.run(['snapshots', 'show', '9'])).code).toBe(1);
    expect((await sandbox.run(['snapshots', 'list'], { cwd: os.tmpdir() })).code).toBe(1);
  });
});

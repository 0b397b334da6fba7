import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findWorkspace } from '../../../src/cli/hook/workspace.ts';
import { ownFile } from '../../../src/cli/snapshots/shadow-repository.ts';
import { type Peer, startPeer, until } from './sandbox.ts';
import { contentOf, fingerprint, makeRepository, sandbox, snapshot, taken, userGit, write } from './working-tree.ts';

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

  it('a submodule stays a link to its commit, also after a commit inside it', async () => {
    const sub = path.join(sandbox.work, 'sub');
    write('sub/inner.txt', 'x\n');
    userGit(['init', '-q'], sub);
    userGit(['add', '-A'], sub);
    userGit(['commit', '-q', '-m', 'x'], sub);
    makeRepository();
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'one\n', sub: 'gitlink' });
    userGit(['commit', '-q', '--allow-empty', '-m', 'y'], sub);
    write('a.txt', 'two\n');
    expect(contentOf(await taken())).toStrictEqual({ 'a.txt': 'two\n', sub: 'gitlink' });
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
});

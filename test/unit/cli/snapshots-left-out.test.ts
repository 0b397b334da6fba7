import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/cli/snapshots/refusal.ts';
import { startPeer } from './sandbox.ts';
import { contentOf, makeRepository, sandbox, snapshot, taken, userGit, write } from './working-tree.ts';

describe('what stays out of a snapshot', () => {
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

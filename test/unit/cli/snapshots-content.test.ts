import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentOf, fingerprint, makeRepository, sandbox, taken, userGit, write } from './working-tree.ts';

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

  it.skipIf(process.platform !== 'linux')(
    'holds files whose names are no UTF-8, new, changed and removed',
    async () => {
      makeRepository();
      const named = (name: string): Buffer =>
        Buffer.concat([Buffer.from(`${sandbox.work}/`), Buffer.from(name, 'latin1')]);
      fs.writeFileSync(named('tracked-caf\u00e9.txt'), 'one\n');
      userGit(['add', '-A']);
      fs.writeFileSync(named('new-\u00fc.txt'), 'two\n');
      fs.writeFileSync(named('caf\u00e9.key'), 'secret');
      const names = (result: Awaited<ReturnType<typeof taken>>): string =>
        userGit(['-c', 'core.quotePath=true', 'ls-tree', '-r', '--name-only', result.commit], sandbox.root, {
          GIT_DIR: result.shadow.directory,
        });
      expect(names(await taken())).toBe('a.txt\n"new-\\374.txt"\n"tracked-caf\\351.txt"\n');
      fs.writeFileSync(named('tracked-caf\u00e9.txt'), 'changed\n');
      fs.rmSync(named('new-\u00fc.txt'));
      const result = await taken();
      expect(names(result)).toBe('a.txt\n"tracked-caf\\351.txt"\n');
      expect(Object.values(contentOf(result))).toContain('changed\n');
      expect([...result.changed].sort()).toStrictEqual(['new-\ufffd.txt', 'tracked-caf\ufffd.txt']);
    },
  );

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

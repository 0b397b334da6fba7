import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { enforceCap, maintainOne, shadows } from '../../../src/cli/snapshots/maintenance.ts';
import { ensureRepository, ownFile, shadowOf } from '../../../src/cli/snapshots/shadow-repository.ts';
import { startPeer, until } from './sandbox.ts';
import { contentOf, fingerprint, makeRepository, sandbox, taken, userGit, write } from './working-tree.ts';

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
    const env = { GIT_DIR: shadow?.directory ?? '' };
    expect(userGit(['fsck', '--strict', '--no-dangling'], sandbox.root, env)).toBe('');
    // One tree, one session: one commit under one ref, which shows that no two of them held the lock at once.
    expect(userGit(['for-each-ref', '--format=%(refname)'], sandbox.root, env)).toBe('refs/moda/s-1/1\n');
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

  it('keeps an old commit that a recent event was sent with, since an unchanged tree keeps its commit', async () => {
    makeRepository();
    const old = await taken({ session: 'old', firedAtMs: Date.now() - 40 * 24 * 3600 * 1000 });
    const recent = await taken({ session: 'recent' });
    expect(recent.commit).toBe(old.commit);
    write('a.txt', 'later\n');
    const { shadow } = await taken({ session: 'recent' });
    await maintainOne(shadow, Date.now());
    const refs = userGit(['for-each-ref', '--format=%(refname)'], sandbox.root, { GIT_DIR: shadow.directory });
    expect(refs).toContain('refs/moda/recent/2');
    await maintainOne(shadow, Date.now() + 40 * 24 * 3600 * 1000);
    const left = userGit(['for-each-ref', '--format=%(refname)'], sandbox.root, { GIT_DIR: shadow.directory });
    expect(left.trim()).toBe('refs/moda/recent/3');
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

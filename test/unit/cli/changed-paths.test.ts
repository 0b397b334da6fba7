import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeFields } from '../../../src/cli/snapshots/changed-paths.ts';
import { startPeer } from './sandbox.ts';
import { makeRepository, sandbox, taken, write } from './working-tree.ts';

describe('what a snapshot finds changed', () => {
  it('[G56] is nothing for the first one, then what was edited, made and removed since the one before', async () => {
    makeRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'gone.txt': 'x\n' });
    write('made-before.txt', 'x');
    expect((await taken()).changed).toStrictEqual([]);
    expect((await taken()).changed).toStrictEqual([]);
    write('a.txt', 'changed\n');
    write('deep/ü "new".txt', 'new');
    write('.env', 'TOKEN=x');
    fs.rmSync(path.join(sandbox.work, 'gone.txt'));
    const { changed, tree } = await taken();
    expect([...changed].sort()).toStrictEqual(['a.txt', 'deep/ü "new".txt', 'gone.txt']);
    const again = await taken();
    expect([again.changed, again.tree]).toStrictEqual([[], tree]);
  });

  it('is not guessed when the index of the last snapshot is gone', async () => {
    makeRepository();
    const { shadow } = await taken();
    fs.rmSync(path.join(shadow.directory, 'index'));
    write('a.txt', 'changed\n');
    expect((await taken()).changed).toStrictEqual([]);
    write('a.txt', 'changed again\n');
    expect((await taken()).changed).toStrictEqual(['a.txt']);
  });

  it('leaves out a file that cannot be read', async () => {
    makeRepository();
    await taken();
    write('a.txt', 'changed\n');
    write('locked.txt', 'x');
    fs.chmodSync(path.join(sandbox.work, 'locked.txt'), 0);
    const isSuperuser = process.getuid?.() === 0;
    const { changed } = await taken();
    expect([...changed].sort()).toStrictEqual(isSuperuser ? ['a.txt', 'locked.txt'] : ['a.txt']);
  });
});

describe('what an event carries of it', () => {
  it('are absolute paths, at most 64 and 4000 bytes of JSON, and the number of all', () => {
    expect(changeFields('/w', [])).toStrictEqual({});
    expect(changeFields('/w', ['a/ü "b".ts'])).toStrictEqual({
      snapshot_changed_paths: ['/w/a/ü "b".ts'],
      snapshot_changed_count: 1,
    });
    const many = changeFields(
      '/w',
      Array.from({ length: 5000 }, (_path, index) => `${index}.ts`),
    );
    expect([many.snapshot_changed_paths?.length, many.snapshot_changed_count]).toStrictEqual([64, 5000]);
    const long = changeFields('/w', [
      'x'.repeat(5000),
      ...Array.from({ length: 40 }, (_path, index) => `${index}${'ü'.repeat(100)}`),
    ]);
    const bytes = Buffer.byteLength(JSON.stringify(long.snapshot_changed_paths));
    expect(bytes).toBeLessThanOrEqual(4000);
    expect(bytes).toBeGreaterThan(3600);
    expect(long.snapshot_changed_paths?.every((file) => file.length < 200)).toBe(true);
  });

  it('[G56] goes with the event itself, below the directory as the agent names it', async () => {
    makeRepository();
    const link = path.join(sandbox.root, 'link');
    fs.symlinkSync(sandbox.work, link);
    const peer = await startPeer();
    try {
      sandbox.saveConfig(peer.url);
      const event = { session_id: 's', cwd: link, hook_event_name: 'PostToolUse', tool_use_id: 't' };
      await sandbox.hook('claude', event);
      write('a.txt', 'by the agent\n');
      await sandbox.hook('claude', event);
      write('a.txt', 'by hand\n');
      await sandbox.hook('claude', { ...event, hook_event_name: 'UserPromptSubmit', prompt: 'go on' });
      const sent = peer.sent('/v1/otel/claude/hooks').map((body) => body['snapshot_changed_paths']);
      expect(sent).toStrictEqual([undefined, [path.join(link, 'a.txt')], [path.join(link, 'a.txt')]]);
      expect(JSON.stringify(peer.requests)).not.toContain('by hand');
    } finally {
      await peer.close();
    }
  });
});

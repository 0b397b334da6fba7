/** What `npm start` says on a Node that cannot load the sources, as it is when the development dependencies were left out. */

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../../deploy/check-node.js');

function runAs(version: string): { status: number | null; lines: string[] } {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, SCRIPT],
    { encoding: 'utf8' },
  );
  return { status, lines: stderr.split('\n').filter((line) => line !== '') };
}

it('is silent on a Node that loads TypeScript', () => {
  for (const version of ['22.18.0', '22.23.3', '24.0.0']) expect(runAs(version)).toEqual({ status: 0, lines: [] });
});

it('says in one line what to do on an older one', () => {
  for (const version of ['20.20.2', '22.17.1']) {
    const { status, lines } = runAs(version);
    expect([status, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain('npm ci');
  }
});

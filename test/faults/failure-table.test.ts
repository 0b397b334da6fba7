/** The failure table of ARCHITECTURE.md: every row names tests, and they are there. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

it('names for every fault a test file that exists', () => {
  const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const section = /## Failure table\n([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault'));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const files = [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
    expect(files, row).not.toEqual([]);
    for (const file of files)
      expect([file, existsSync(join(ROOT, file)), file.endsWith('.test.ts')]).toEqual([file, true, true]);
  }
});

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writePrivateFile } from '../../../src/admission/keys-file.ts';

const { fsyncSync, renameSync } = fs;
let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'moda-keys-'));
});
afterEach(() => {
  Object.assign(fs, { fsyncSync, renameSync });
  syncBuiltinESMExports();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** What a write asks of the system, in order; `refuse` may fail the sync of the directory. */
function watchCalls(refuse?: string): string[] {
  const calls: string[] = [];
  fs.renameSync = (from, to) => {
    calls.push('rename');
    renameSync(from, to);
  };
  fs.fsyncSync = (descriptor) => {
    const isDirectory = fs.fstatSync(descriptor).isDirectory();
    calls.push(isDirectory ? 'sync directory' : 'sync file');
    if (isDirectory && refuse !== undefined) throw Object.assign(new Error(refuse), { code: refuse });
    fsyncSync(descriptor);
  };
  syncBuiltinESMExports();
  return calls;
}

it.skipIf(process.platform === 'win32')('syncs a file before it takes its name, and the name after', () => {
  const calls = watchCalls();
  writePrivateFile(join(directory, 'keys.json'), '{}');
  expect(calls).toEqual(['sync file', 'rename', 'sync directory']);
});

it.skipIf(process.platform === 'win32')(
  'says when the name may not last, but not of a disk that cannot sync one',
  () => {
    const file = join(directory, 'keys.json');
    watchCalls('EINVAL');
    writePrivateFile(file, '1');
    expect(fs.readFileSync(file, 'utf8')).toBe('1');
    watchCalls('EIO');
    expect(() => writePrivateFile(file, '2')).toThrow(`${file} is written, but its directory cannot be synced: EIO`);
    expect(fs.readdirSync(directory)).toEqual(['keys.json']);
  },
);

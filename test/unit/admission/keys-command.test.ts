import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const COMMAND = resolve(import.meta.dirname, '../../../src/admission/keys-command.ts');

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'moda-keys-'));
  file = join(directory, 'keys.json');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const env = { ...process.env, MODA_API_KEYS_FILE: file };
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { env, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

it('makes a key, prints it once, and keeps only its hash in a file of mode 0600', () => {
  const { status, out } = run('create', '--tenant', 'acme', '--name', 'laptop', '--expires', '2099-01-01T00:00:00Z');
  expect(status).toBe(0);
  const key = out.trim();
  // 192 bits in base64url.
  expect(key).toMatch(/^moda_sk_[A-Za-z0-9_-]{32}$/);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain(key);
  expect(JSON.parse(text)).toEqual({
    [createHash('sha256').update(key).digest('hex')]: {
      tenant: 'acme',
      name: 'laptop',
      expires: '2099-01-01T00:00:00Z',
    },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('lists names without keys and revokes one of several', () => {
  run('create', '--tenant', 'acme', '--name', 'ci');
  expect(run('list').out.trim().split('\n')).toHaveLength(2);
  expect(run('revoke', '--tenant', 'acme', '--name', 'laptop').out).toBe('revoked 1\n');
  expect(run('list').out).toContain('ci');
  expect(run('list').out).not.toContain('laptop');
});

it('lists a key in one line, whatever its name is made of', () => {
  const name = 'a\n5137e4e50f43  root  b\u001b[2J\u2028\u202e';
  expect(run('create', '--tenant', 'odd', '--name', name).status).toBe(0);
  const lines = run('list').out.trim().split('\n');
  expect(lines.filter((line) => line.includes('root'))).toEqual([
    expect.stringMatching(
      /^[0-9a-f]{12} {2}odd {2}a\\u\{a\}5137e4e50f43 {2}root {2}b\\u\{1b\}\[2J\\u\{2028\}\\u\{202e\} {2}never/,
    ),
  ]);
  expect(run('revoke', '--tenant', 'odd', '--name', name).out).toBe('revoked 1\n');
});

it('changes the file that a link names, which is the one that the server reads', () => {
  const link = join(directory, 'link.json');
  symlinkSync('keys.json', link);
  run('create', '--tenant', 'acme', '--name', 'linked', '--file', link);
  expect(run('list').out).toContain('linked');
  expect(run('revoke', '--tenant', 'acme', '--name', 'linked', '--file', link).out).toBe('revoked 1\n');
  expect(run('list').out).not.toContain('linked');
  rmSync(link);
});

it('keeps every key of commands that run at once, also where one was killed while it held the lock', async () => {
  const shared = join(directory, 'shared.json');
  const lock = `${shared}.lock`;
  writeFileSync(lock, '');
  utimesSync(lock, 0, 0);
  const create = (name: string) =>
    promisify(execFile)(process.execPath, [COMMAND, 'create', '--tenant', 't', '--name', name, '--file', shared]);
  const keys = await Promise.all([...'abcdefgh'].map(create));
  const hashes = keys.map(({ stdout }) => createHash('sha256').update(stdout.trim()).digest('hex'));
  expect(Object.keys(JSON.parse(readFileSync(shared, 'utf8'))).sort()).toEqual(hashes.sort());
  rmSync(shared);
  expect(readdirSync(directory)).toEqual(['keys.json']);
});

it('refuses bad usage with exit code 2 and leaves the file as it was', () => {
  const before = readFileSync(file, 'utf8');
  for (const args of [
    ['create', '--tenant', 'acme'],
    ['create', '--tenant', 'a b', '--name', 'n'],
    ['create', '--tenant', 'a', '--name', 'n', '--expires', 'soon'],
    ['create', '--tenant', 'a', '--name', 'n', '--expires', 'never 2030'],
    ['revoke', '--tenant', 'acme', '--name', 'nobody'],
    ['revoke', '--hash', 'ab'],
    ['erase'],
    ['create', '--unknown'],
  ]) {
    const { status, err } = run(...args);
    expect(status, args.join(' ')).toBe(2);
    expect(err).not.toMatch(/\n\s+at /);
  }
  expect(readFileSync(file, 'utf8')).toBe(before);
});

it.runIf(process.platform !== 'win32')(
  'leaves the file as it was when the disk takes only a part of the new one',
  () => {
    const entry = { tenant: 'acme', name: 'n'.repeat(150) };
    const before = JSON.stringify(Object.fromEntries([...'0123456789'].map((digit) => [digit.repeat(64), entry])));
    writeFileSync(file, before, { mode: 0o600 });
    // A limit on the size of files ends a write where a full disk does: in its middle, first without an error.
    const args = ['create', '--tenant', 'acme', '--name', 'one more', '--file', file];
    const script = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`;
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, COMMAND, ...args], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, `cannot write ${file}: EFBIG\n`]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(directory)).toEqual(['keys.json']);
  },
);

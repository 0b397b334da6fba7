import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDevelopmentKey } from '../../../src/admission/development-key.ts';
import { Keyring, type KeyringOptions } from '../../../src/admission/keyring.ts';
import { KeysFileError, parseKeysFile, readKeysFile } from '../../../src/admission/keys-file.ts';
import { API_KEY_BYTES_MAX } from '../../../src/limits.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let directory: string;
let file: string;
let keyring: Keyring | undefined;
const warnings: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moda-keys-'));
  file = join(directory, 'keys.json');
  warnings.length = 0;
});
afterEach(() => {
  keyring?.close();
  keyring = undefined;
  rmSync(directory, { recursive: true, force: true });
});

function write(keys: Record<string, unknown>, mode = 0o600): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, JSON.stringify(keys), { mode });
  chmodSync(draft, mode);
  renameSync(draft, file);
}

function open(options: Partial<KeyringOptions> = {}): Keyring {
  keyring = new Keyring({ file, given: [], warn: (message) => warnings.push(message), pollMs: 5, ...options });
  return keyring;
}

const tenantOf = (key: string): string | undefined => keyring?.authenticate(`Bearer ${key}`)?.tenantId;

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('Keyring', () => {
  it('finds a key by its hash, several keys per tenant', () => {
    write({
      [sha256('k1')]: { tenant: 'acme', name: 'laptop' },
      [sha256('k2')]: { tenant: 'acme', name: 'ci' },
      [sha256('k3').toUpperCase()]: { tenant: 'beta', name: 'x' },
    });
    open();
    expect(['k1', 'k2', 'k3', 'k4'].map(tenantOf)).toEqual(['acme', 'acme', 'beta', undefined]);
    expect(keyring?.authenticate('Bearer k2')?.keyName).toBe('ci');
  });

  it('[A2] [A9] reads the scheme in any case and nothing but a bearer key', () => {
    open({ file: undefined, given: [{ key: 'k'.repeat(API_KEY_BYTES_MAX), tenantId: 't', name: 'n' }] });
    const key = 'k'.repeat(API_KEY_BYTES_MAX);
    for (const header of [`Bearer ${key}`, `bearer ${key}`, `BEARER   ${key}  `]) {
      expect(keyring?.authenticate(header)?.tenantId, header).toBe('t');
    }
    for (const header of ['', 'Bearer', 'Bearer ', key, `Bearer${key}`, `Basic ${key}`, ` Bearer ${key}`]) {
      expect(keyring?.authenticate(header), header).toBeUndefined();
    }
    expect(keyring?.authenticate(`Bearer ${key}k`)).toBeUndefined();
    expect(keyring?.authenticate(`Bearer ${' '.repeat(20)}${key}`)).toBeUndefined();
  });

  it('carries the limits of a key', () => {
    write({
      [sha256('k')]: { tenant: 'acme', name: 'n', limits: { requestsPerSecond: 7, bytesPerSecond: 0.5 } },
      [sha256('l')]: { tenant: 'acme', name: 'n' },
    });
    open();
    expect(keyring?.authenticate('Bearer k')).toMatchObject({ requestsPerSecond: 7, bytesPerSecond: 0.5 });
    expect(keyring?.authenticate('Bearer l')?.requestsPerSecond).toBeUndefined();
    expect(keyring?.size).toBe(2);
  });

  it('adds keys that do not come from the file', () => {
    write({});
    open({ given: [{ key: 'inline', tenantId: 't', name: 'n' }] });
    expect(tenantOf('inline')).toBe('t');
  });

  it('refuses a key from the moment it expires', () => {
    write({ [sha256('k')]: { tenant: 'acme', name: 'n', expires: '2027-01-01T00:00:00Z' } });
    let now = Date.parse('2026-12-31T23:59:59.999Z');
    open({ now: () => now });
    expect(tenantOf('k')).toBe('acme');
    now += 1;
    expect(tenantOf('k')).toBeUndefined();
  });

  it('stops a revoked key and takes a new one without a restart', async () => {
    write({ [sha256('old')]: { tenant: 'acme', name: 'n' } });
    open();
    write({ [sha256('new')]: { tenant: 'acme', name: 'n' } });
    await until(() => tenantOf('old') === undefined);
    expect(tenantOf('new')).toBe('acme');
  });

  it('reads the file on demand as well', () => {
    write({ [sha256('old')]: { tenant: 'acme', name: 'n' } });
    open({ pollMs: 1_000_000 });
    write({});
    keyring?.reload();
    expect(tenantOf('old')).toBeUndefined();
  });

  it('keeps the last good keys when the file becomes unusable, and says so without quoting it', async () => {
    write({ [sha256('k')]: { tenant: 'acme', name: 'n' } });
    open();
    writeFileSync(file, '{"SECRET"');
    await until(() => warnings.length > 0);
    expect(tenantOf('k')).toBe('acme');
    expect(warnings.join()).toContain('not valid JSON');
    expect(warnings.join()).not.toContain('SECRET');
  });

  it.skipIf(process.platform === 'win32')(
    'outlives a path that cannot even be looked at, and reads what comes after',
    async () => {
      write({ [sha256('k')]: { tenant: 'acme', name: 'n' } });
      open();
      rmSync(file);
      symlinkSync(file, file);
      await until(() => warnings.some((warning) => warning.includes('ELOOP')));
      keyring?.reload();
      rmSync(file);
      mkdirSync(file, { mode: 0o700 });
      await until(() => warnings.some((warning) => warning.includes('EISDIR')));
      expect(tenantOf('k')).toBe('acme');
      rmSync(file, { recursive: true });
      write({ [sha256('new')]: { tenant: 'acme', name: 'n' } });
      await until(() => tenantOf('new') === 'acme');
    },
  );

  it('does not open with an unusable file', () => {
    writeFileSync(file, 'no');
    expect(() => open()).toThrow(KeysFileError);
  });
});

describe('keys file', () => {
  it.skipIf(process.platform === 'win32')('is refused when group or others can write it', () => {
    for (const mode of [0o660, 0o620, 0o602]) {
      write({}, mode);
      expect(() => readKeysFile(file), mode.toString(8)).toThrow(/written by group or others/);
    }
  });

  it.skipIf(process.platform === 'win32')('is taken with a warning when others can read it', () => {
    for (const mode of [0o644, 0o640, 0o604]) {
      write({}, mode);
      expect(readKeysFile(file).warning, mode.toString(8)).toContain('0600');
    }
    write({}, 0o600);
    expect(readKeysFile(file).warning).toBeUndefined();
  });

  it('is refused when it is larger than 16 MiB', () => {
    write({});
    truncateSync(file, 16 * 1024 * 1024 + 1);
    expect(() => readKeysFile(file)).toThrow(/larger than/);
    truncateSync(file, 16 * 1024 * 1024);
    expect(() => readKeysFile(file)).toThrow(/not valid JSON/);
  });

  it('takes a name of 1 to 200 characters', () => {
    const named = (name: string) => () =>
      parseKeysFile(JSON.stringify({ [sha256('k')]: { tenant: 'a', name } }), 'keys.json');
    for (const length of [1, 200]) expect(named('n'.repeat(length))()).toHaveProperty(sha256('k'));
    for (const length of [0, 201]) expect(named('n'.repeat(length))).toThrow('"name"');
  });

  it('takes a time as ISO 8601 writes it, and no other text that holds a number', () => {
    const until = (expires: string) => () =>
      parseKeysFile(JSON.stringify({ [sha256('k')]: { tenant: 'a', name: 'n', expires } }), 'keys.json');
    for (const time of ['2027-01-01', '2028-02-29T23:59Z', '2027-01-01T00:00:00', '2027-01-01T00:00:00.5+02:00']) {
      expect(until(time)(), time).toHaveProperty(sha256('k'));
    }
    for (const time of [
      '1',
      '2030',
      'never 2030',
      '2027-02-30',
      '2027-13-01',
      '2027-01-01 00:00',
      '2027-01-01T25:00Z',
    ]) {
      expect(until(time), time).toThrow('such as 2027-01-01T00:00:00Z');
    }
  });

  it.each([
    ['[]', 'expected an object'],
    ['{"abc":{"tenant":"a","name":"n"}}', 'SHA-256'],
    [`{"${'0'.repeat(64)}":"a"}`, 'expected an object'],
    [`{"${'0'.repeat(64)}":{"tenant":"a b","name":"n"}}`, '"tenant"'],
    [`{"${'0'.repeat(64)}":{"tenant":"","name":"n"}}`, '"tenant"'],
    [`{"${'0'.repeat(64)}":{"tenant":"a"}}`, '"name"'],
    [`{"${'0'.repeat(64)}":{"tenant":"a","name":"n","expires":"soon"}}`, '"expires"'],
    [`{"${'0'.repeat(64)}":{"tenant":"a","name":"n","limits":{"rps":1}}}`, 'rps'],
    [`{"${'0'.repeat(64)}":{"tenant":"a","name":"n","limits":{"bytesPerSecond":0}}}`, 'bytesPerSecond'],
    [`{"${'0'.repeat(64)}":{"tenant":"a","name":"n","tenants":[]}}`, 'tenants'],
  ])('refuses %s', (text, reason) => {
    expect(() => parseKeysFile(text, 'keys.json')).toThrow(reason);
  });
});

describe('development key', () => {
  it('is made once, 0600, and stays', () => {
    const first = openDevelopmentKey(directory);
    expect(first.isNew).toBe(true);
    // 32 base64url characters are 192 bits.
    expect(first.key).toMatch(/^moda_sk_[A-Za-z0-9_-]{32}$/);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    chmodSync(first.file, 0o644);
    const second = openDevelopmentKey(directory);
    expect(second).toMatchObject({ key: first.key, isNew: false });
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
  });
});

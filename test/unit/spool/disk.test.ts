/** One suite over the disks that the product has: a directory of the machine, and memory. */

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Disk, isDiskFull } from '../../../src/spool/disk.ts';
import { memoryDisk } from '../../../src/spool/memory-disk.ts';
import { nodeDisk } from '../../../src/spool/node-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'moda-disk-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let directories = 0;
const newDirectory = (): string => join(root, String(directories++));

const disks: readonly (readonly [string, () => Disk])[] = [
  ['a directory', () => nodeDisk(newDirectory())],
  ['memory', memoryDisk],
];

describe.each(disks)('%s as a disk', (_name, make) => {
  const text = async (disk: Disk, name: string): Promise<string> => {
    const file = await disk.open(name);
    const bytes = await file.read(0, 1000);
    await file.close();
    return Buffer.from(bytes).toString();
  };

  it('writes buffers one after the other at the position, empty ones too, and overwrites', async () => {
    const disk = make();
    const file = await disk.create('a');
    await file.writeDurably([Buffer.from('hello '), Buffer.alloc(0), Buffer.from('world')], 0);
    await file.writeDurably([], 3);
    await file.writeDurably([Buffer.alloc(0)], 3);
    await file.writeDurably([Buffer.from('W')], 6);
    expect(await file.size()).toBe(11);
    expect(await text(disk, 'a')).toBe('hello World');
    await file.close();
  });

  it('writes more buffers than one system call takes', async () => {
    const file = await make().create('a');
    const buffers = Array.from({ length: 3000 }, (_, index) => Buffer.from([index & 255, index >> 8]));
    await file.writeDurably(buffers, 4);
    expect(Buffer.from(await file.read(4, 6000))).toEqual(Buffer.concat(buffers));
    await file.close();
  });

  it('reads less at the end of the file, and nothing behind it', async () => {
    const file = await make().create('a');
    await file.writeDurably([Buffer.from('abc')], 0);
    expect((await file.read(1, 100)).length).toBe(2);
    expect((await file.read(10, 100)).length).toBe(0);
    await file.close();
  });

  it('truncates', async () => {
    const disk = make();
    const file = await disk.create('a');
    await file.writeDurably([Buffer.from('abc'), Buffer.from('def')], 0);
    await file.truncateDurably(4);
    expect(await file.size()).toBe(4);
    expect(await text(disk, 'a')).toBe('abcd');
    await file.close();
  });

  it('creates only what is not there, opens only what is', async () => {
    const disk = make();
    await (await disk.create('a')).close();
    await expect(disk.create('a')).rejects.toThrow();
    await expect(disk.open('b')).rejects.toThrow();
  });

  it('renames over another file, and removes what may be gone already', async () => {
    const disk = make();
    for (const name of ['a', 'b']) {
      const file = await disk.create(name);
      await file.writeDurably([Buffer.from(name)], 0);
      await file.close();
    }
    await disk.rename('a', 'b');
    expect(await text(disk, 'b')).toBe('a');
    expect(await disk.list()).toEqual(['b']);
    await disk.remove('b');
    await disk.remove('b');
    await disk.syncDirectory();
    expect(await disk.list()).toEqual([]);
  });
});

describe('a directory', () => {
  it('is made 0700 with files of 0600: rows hold prompts', async () => {
    const directory = newDirectory();
    const file = await nodeDisk(directory).create('a');
    await file.writeDurably([Buffer.from('x')], 0);
    await file.close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('x');
  });

  it('reports the code of the system', async () => {
    const disk = nodeDisk(newDirectory());
    await expect(disk.open('missing')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(isDiskFull(Object.assign(new Error(), { code: 'ENOSPC' }))).toBe(true);
    expect(isDiskFull(Object.assign(new Error(), { code: 'EDQUOT' }))).toBe(true);
    expect(isDiskFull(Object.assign(new Error(), { code: 'EIO' }))).toBe(false);
  });
});

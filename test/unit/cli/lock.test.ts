import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tryLock, unlock, waitForLock } from '../../../src/cli/snapshots/lock.ts';
import { sandbox } from './working-tree.ts';

/** Makes a lock of another process look `ageMs` old. */
function plant(pid: number, ageMs: number): string {
  const file = `${sandbox.root}/lock`;
  fs.writeFileSync(file, String(pid));
  const at = (Date.now() - ageMs) / 1000;
  fs.utimesSync(file, at, at);
  return file;
}

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid ?? 0;
}

describe('a lock', () => {
  it('is held by one at a time and free after unlock', () => {
    const file = `${sandbox.root}/lock`;
    expect([tryLock(file), tryLock(file)]).toStrictEqual([true, false]);
    unlock(file);
    expect(tryLock(file)).toBe(true);
  });

  it('of a dead process is taken over once it is a second old, and leaves nothing behind', async () => {
    const pid = await deadPid();
    expect(tryLock(plant(pid, 0))).toBe(false);
    expect(tryLock(plant(pid, 1500))).toBe(true);
    expect(fs.readdirSync(sandbox.root).filter((name) => name.startsWith('lock'))).toStrictEqual(['lock']);
  });

  it('of a living process holds, unless it is older than any snapshot may take', () => {
    expect(tryLock(plant(process.pid, 60_000))).toBe(false);
    expect(tryLock(plant(process.pid, 121_000))).toBe(true);
  });

  it('is waited for no longer than asked, and not at all after an abort', async () => {
    const file = plant(process.pid, 0);
    expect(await waitForLock(file, 30, undefined)).toBe(false);
    expect(await waitForLock(file, 60_000, AbortSignal.abort())).toBe(false);
    const waiting = waitForLock(file, 30_000, undefined);
    unlock(file);
    expect(await waiting).toBe(true);
  });
});

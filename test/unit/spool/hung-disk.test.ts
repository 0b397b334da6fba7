/** A disk that takes a write and does not answer, for a while or for ever. */

import { describe, expect, it } from 'vitest';
import { IngestError } from '../../../src/errors.ts';
import type { Disk, DiskFile } from '../../../src/spool/disk.ts';
import { frame, payloads, spoolOn, testClock, turns, watchedDisk } from './frames.ts';

const codeOf = (error: unknown): string => (error instanceof IngestError ? error.code : String(error));

/** A disk whose writes wait while it hangs; `move` lets them go on, or fail with the code. */
function hangingDisk(): { disk: Disk; hang: () => void; move: (code?: string) => void } {
  const inner = watchedDisk();
  let hung: Promise<void> | undefined;
  let move = (_code?: string): void => undefined;
  const create = async (name: string): Promise<DiskFile> => {
    const file = await inner.create(name);
    const writeDurably: DiskFile['writeDurably'] = async (buffers, position) => {
      await hung;
      await file.writeDurably(buffers, position);
    };
    return { ...file, writeDurably };
  };
  return {
    disk: { ...inner, create },
    hang() {
      hung = new Promise((resolve, reject) => {
        move = (code) => {
          hung = undefined;
          if (code === undefined) resolve();
          else reject(Object.assign(new Error(code), { code }));
        };
      });
      hung.catch(() => undefined);
    },
    move: (code) => move(code),
  };
}

/** A spool that has taken one append and hangs over a second one, `ended` when that is answered. */
async function hungSpool() {
  const { clock, run } = testClock();
  const { disk, hang, move } = hangingDisk();
  const spool = await spoolOn(disk, clock, { flushIntervalMs: 60_000 });
  await spool.append([frame('events_raw', 1)]);
  await turns();
  hang();
  const ended: string[] = [];
  const append = (request: number): void => {
    spool.append([frame('events_raw', request)]).then(
      () => void ended.push(`${request} kept`),
      (error) => void ended.push(`${request} ${codeOf(error)}`),
    );
  };
  append(2);
  await turns();
  append(3);
  return { spool, run, move, append, ended };
}

describe('a commit that takes long', () => {
  it('is waited for, and what comes meanwhile goes with the next', async () => {
    const { spool, run, move, ended } = await hungSpool();
    await run(4900);
    expect(spool.status().isWritable).toBe(true);
    move();
    await turns();
    expect(ended).toEqual(['2 kept', '3 kept']);
    await run(20_000);
    expect(spool.status().isWritable).toBe(true);
  });

  it('turns the spool red after five seconds: those that wait behind it are refused, and new ones at once', async () => {
    const { spool, run, append, ended } = await hungSpool();
    await run(5100);
    expect(spool.status()).toMatchObject({ isWritable: false, fault: { code: 'SPOOL_FAILED', cause: 'ETIMEDOUT' } });
    append(4);
    await turns();
    expect(ended).toEqual(['3 SPOOL_FAILED', '4 SPOOL_FAILED']);
  });

  it('is acknowledged when the disk moves again, and the spool takes rows again', async () => {
    const { spool, run, move, append, ended } = await hungSpool();
    await run(60_000);
    ended.length = 0;
    move();
    await turns();
    expect(spool.status()).toMatchObject({ isWritable: true, fault: undefined });
    append(4);
    await turns();
    expect(ended).toEqual(['2 kept', '4 kept']);
    await spool.sealNow();
    expect(await payloads(spool)).toEqual([1, 2, 4]);
    expect(spool.spooledRows().get('acme')).toBe(3);
  });

  it('is refused when it fails in the end, and the spool goes on with another segment', async () => {
    const { spool, run, move, append, ended } = await hungSpool();
    await run(60_000);
    ended.length = 0;
    move('EIO');
    await turns();
    expect(spool.status().isWritable).toBe(true);
    append(4);
    await turns();
    expect(ended).toEqual(['2 SPOOL_FAILED', '4 kept']);
    await spool.sealNow();
    expect(await payloads(spool)).toEqual([1, 4]);
  });

  it('does not keep the spool from being closed within a bound, although it never ends', async () => {
    const { spool, run } = await hungSpool();
    let isClosed = false;
    void spool.close().then(() => {
      isClosed = true;
    });
    await run(10_000);
    await turns();
    expect(isClosed).toBe(true);
  });
});

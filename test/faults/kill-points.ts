/** Ports that end their own process with SIGKILL at a chosen call: before it reaches disk or store, or after. */

import type { Inserter } from '../../src/sink/inserter.ts';
import type { Disk, DiskFile } from '../../src/spool/disk.ts';

export const KILL_OPERATIONS = [
  'write-frames',
  'write-facts',
  'create',
  'remove',
  'rename',
  'sync-directory',
  'truncate',
  'insert',
  'count',
] as const;

export interface KillPoint {
  readonly operation: (typeof KILL_OPERATIONS)[number];
  readonly moment: 'before' | 'after';
  /** Which call of the operation, from 1. */
  readonly call: number;
}

export class KillSwitch {
  readonly #point: KillPoint | undefined;
  #calls = 0;

  constructor(point: KillPoint | undefined) {
    this.#point = point;
  }

  async pass<T>(operation: KillPoint['operation'], task: () => Promise<T>): Promise<T> {
    const isIt = operation === this.#point?.operation && ++this.#calls === this.#point.call;
    if (isIt && this.#point?.moment === 'before') process.kill(process.pid, 'SIGKILL');
    const value = await task();
    if (isIt) process.kill(process.pid, 'SIGKILL');
    return value;
  }

  disk(disk: Disk): Disk {
    const wrap = async (name: string, file: Promise<DiskFile>): Promise<DiskFile> => this.#file(name, await file);
    return {
      list: () => disk.list(),
      create: (name) => this.pass('create', () => wrap(name, disk.create(name))),
      open: (name) => wrap(name, disk.open(name)),
      remove: (name) => this.pass('remove', () => disk.remove(name)),
      rename: (from, to) => this.pass('rename', () => disk.rename(from, to)),
      syncDirectory: () => this.pass('sync-directory', () => disk.syncDirectory()),
      freeBytes: () => disk.freeBytes(),
    };
  }

  #file(name: string, file: DiskFile): DiskFile {
    const operation = name.includes('.facts-') ? 'write-facts' : 'write-frames';
    return {
      writeDurably: (buffers, position) => this.pass(operation, () => file.writeDurably(buffers, position)),
      read: (position, length) => file.read(position, length),
      size: () => file.size(),
      truncateDurably: (length) => this.pass('truncate', () => file.truncateDurably(length)),
      close: () => file.close(),
    };
  }

  inserter(inserter: Inserter): Inserter {
    return {
      isSharded: inserter.isSharded,
      insert: (request) => this.pass('insert', () => inserter.insert(request)),
      countRequests: (table, ids, day, signal) =>
        this.pass('count', () => inserter.countRequests(table, ids, day, signal)),
      describe: (table, signal) => inserter.describe(table, signal),
    };
  }
}

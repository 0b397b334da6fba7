/**
 * A disk that behaves as badly as POSIX allows: writes fail in the middle, syncs fail and forget what they had to
 * write, it fills up and turns read-only; a kill leaves the page cache, a power loss keeps any part of what was not
 * synced, names included.
 */

import type { Disk, DiskFile } from '../../src/spool/disk.ts';
import type { Chance, VirtualTime } from './virtual-time.ts';

export interface DiskFaults {
  /** Chance that a write fails after a part of it. */
  shortWrite: number;
  /** Chance that the sync after a write fails; what it covered is never written. */
  failedSync: number;
  /** Chance that any other operation fails. */
  failedCall: number;
  /** `full` refuses growth, `readonly` every change. */
  mode: 'ok' | 'full' | 'readonly';
  /** A lie for canaries: files whose writes say they are durable and are not. */
  neverSyncs: ((name: string) => boolean) | undefined;
}

type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly length: number };

interface Inode {
  /** What a running system sees. */
  cache: Uint8Array<ArrayBuffer>;
  /** What is on the platter. */
  platter: Uint8Array<ArrayBuffer>;
  /** Not yet on the platter, in order. */
  dirty: Change[];
}

type NameChange = { readonly name: string; readonly inode: Inode | undefined };

/** Of a disk that is not full. */
const FREE_BYTES = 1_000_000;

const SECTOR_BYTES = 512;

class DiskError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export class FaultyDisk {
  readonly faults: DiskFaults = { shortWrite: 0, failedSync: 0, failedCall: 0, mode: 'ok', neverSyncs: undefined };
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  #names = new Map<string, Inode>();
  #platterNames = new Map<string, Inode>();
  #dirtyNames: NameChange[] = [];

  constructor(time: VirtualTime, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  /** Names that a running system sees. */
  get names(): string[] {
    return [...this.#names.keys()];
  }

  get bytes(): number {
    let sum = 0;
    for (const inode of this.#names.values()) sum += inode.cache.length;
    return sum;
  }

  /** The content as a running system sees it, for the checks. */
  contentOf(name: string): Uint8Array<ArrayBuffer> {
    return this.#names.get(name)!.cache;
  }

  /** The machine stops: of what was not synced any part survives. */
  losePower(): void {
    for (const { name, inode } of this.#dirtyNames) {
      if (!this.#chance.chance(0.5)) continue;
      if (inode === undefined) this.#platterNames.delete(name);
      else this.#platterNames.set(name, inode);
    }
    this.#dirtyNames = [];
    this.#names = new Map(this.#platterNames);
    for (const inode of new Set(this.#names.values())) this.#settleInode(inode);
  }

  #settleInode(inode: Inode): void {
    for (const change of inode.dirty) {
      if (!this.#chance.chance(0.5)) continue;
      const torn = this.#chance.chance(0.3) && 'bytes' in change && change.bytes.length > SECTOR_BYTES;
      inode.platter = apply(inode.platter, torn ? tear(change, this.#chance) : change);
    }
    inode.dirty = [];
    inode.cache = inode.platter.slice();
  }

  /** The disk for one process; when `isAlive` turns false its calls never return, and those under way end anywhere. */
  attach(isAlive: () => boolean): Disk {
    const call = <T>(task: () => T): Promise<T> => this.#call(isAlive, task);
    return {
      list: () => call(() => this.names),
      create: (name) =>
        call(() => {
          this.#refuseChange(true);
          if (this.#names.has(name)) throw new DiskError('EEXIST');
          const inode: Inode = { cache: new Uint8Array(0), platter: new Uint8Array(0), dirty: [] };
          this.#rename(name, inode);
          return this.#file(name, inode, isAlive);
        }),
      open: (name) => call(() => this.#file(name, this.#find(name), isAlive)),
      remove: (name) =>
        call(() => {
          this.#refuseChange(false);
          if (this.#names.has(name)) this.#rename(name, undefined);
        }),
      rename: (from, to) =>
        call(() => {
          this.#refuseChange(false);
          const inode = this.#find(from);
          this.#rename(to, inode);
          this.#rename(from, undefined);
        }),
      freeBytes: () => call(() => (this.faults.mode === 'full' ? 0 : FREE_BYTES)),
      syncDirectory: () =>
        call(() => {
          this.#refuseChange(false);
          for (const { name, inode } of this.#dirtyNames) {
            if (inode === undefined) this.#platterNames.delete(name);
            else this.#platterNames.set(name, inode);
          }
          this.#dirtyNames = [];
        }),
    };
  }

  async #call<T>(isAlive: () => boolean, task: () => T): Promise<T> {
    await this.#time.sleep(this.#chance.next() * 0.5);
    if (!isAlive()) return new Promise<never>(() => undefined);
    if (this.#chance.chance(this.faults.failedCall)) throw new DiskError('EIO');
    return task();
  }

  #refuseChange(grows: boolean): void {
    if (this.faults.mode === 'readonly') throw new DiskError('EROFS');
    if (this.faults.mode === 'full' && grows) throw new DiskError('ENOSPC');
  }

  #find(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new DiskError('ENOENT');
    return inode;
  }

  #rename(name: string, inode: Inode | undefined): void {
    if (inode === undefined) this.#names.delete(name);
    else this.#names.set(name, inode);
    this.#dirtyNames.push({ name, inode });
  }

  #file(name: string, inode: Inode, isAlive: () => boolean): DiskFile {
    let isClosed = false;
    const call = <T>(task: () => T): Promise<T> => {
      if (isClosed) throw new Error(`${name} is closed`);
      return this.#call(isAlive, task);
    };
    return {
      writeDurably: (buffers, position) => this.#write(name, inode, Buffer.concat(buffers), position, isAlive),
      read: (position, length) => call(() => inode.cache.slice(position, position + length)),
      size: () => call(() => inode.cache.length),
      truncateDurably: (length) =>
        call(() => {
          this.#refuseChange(false);
          change(inode, { length });
          this.#sync(name, inode);
        }),
      async close() {
        isClosed = true;
      },
    };
  }

  async #write(name: string, inode: Inode, bytes: Buffer, at: number, isAlive: () => boolean): Promise<void> {
    const chance = this.#chance;
    await this.#time.sleep(chance.next() * 2);
    if (!isAlive()) {
      // The system call was under way when the process was killed.
      change(inode, { at, bytes: bytes.subarray(0, chance.between(0, bytes.length)) });
      return new Promise<never>(() => undefined);
    }
    if (this.faults.mode === 'readonly') throw new DiskError('EROFS');
    const grows = at + bytes.length > inode.cache.length;
    const isFull = this.faults.mode === 'full' && grows;
    if (isFull || chance.chance(this.faults.shortWrite)) {
      change(inode, { at, bytes: bytes.subarray(0, chance.between(0, bytes.length - 1)) });
      throw new DiskError(isFull ? 'ENOSPC' : 'EIO');
    }
    change(inode, { at, bytes });
    if (chance.chance(this.faults.failedSync)) {
      // Linux marks the pages clean: the cache shows them, and no later sync writes them.
      inode.dirty = [];
      throw new DiskError('EIO');
    }
    await this.#time.sleep(chance.next());
    if (!isAlive()) return new Promise<never>(() => undefined);
    this.#sync(name, inode);
  }

  #sync(name: string, inode: Inode): void {
    if (this.faults.neverSyncs?.(name) === true) return;
    for (const one of inode.dirty) inode.platter = apply(inode.platter, one);
    inode.dirty = [];
  }
}

function change(inode: Inode, one: Change): void {
  inode.cache = apply(inode.cache, one);
  inode.dirty.push(one);
}

function apply(content: Uint8Array<ArrayBuffer>, one: Change): Uint8Array<ArrayBuffer> {
  if ('length' in one) return content.slice(0, one.length);
  const end = one.at + one.bytes.length;
  const result = end > content.length ? new Uint8Array(end) : content;
  if (result !== content) result.set(content);
  result.set(one.bytes, one.at);
  return result;
}

/** Some of the sectors of a write. */
function tear(one: { readonly at: number; readonly bytes: Uint8Array }, chance: Chance): Change {
  const kept = Math.floor((chance.next() * one.bytes.length) / SECTOR_BYTES) * SECTOR_BYTES;
  return { at: one.at, bytes: one.bytes.subarray(0, kept) };
}

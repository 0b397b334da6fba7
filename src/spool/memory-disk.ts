/**
 * A Disk that lives in memory, for MODA_DURABILITY=memory: the spool's code is the same, only the promise is weaker.
 * Written buffers are kept, not copied: frames are not changed after they left their worker.
 */

import type { Disk, DiskFile } from './disk.ts';

interface Extent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** An empty directory in memory. Everything is durable at once and gone with the process. */
export function memoryDisk(): Disk {
  const files = new Map<string, MemoryFile>();
  return {
    list: async () => [...files.keys()],
    async create(name) {
      if (files.has(name)) throw failure('EEXIST');
      const file = new MemoryFile();
      files.set(name, file);
      return file;
    },
    async open(name) {
      const file = files.get(name);
      if (file === undefined) throw failure('ENOENT');
      return file;
    },
    async remove(name) {
      files.delete(name);
    },
    async rename(from, to) {
      const file = files.get(from);
      if (file === undefined) throw failure('ENOENT');
      files.delete(from);
      files.set(to, file);
    },
    async syncDirectory() {},
    freeBytes: async () => Number.POSITIVE_INFINITY,
  };
}

/** An error with the code that a directory of the machine would give. */
function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

class MemoryFile implements DiskFile {
  /** In order of writing; a later extent covers an earlier one. */
  #extents: Extent[] = [];
  #length = 0;

  async writeDurably(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let at = position;
    for (const bytes of buffers) {
      this.#extents.push({ position: at, bytes });
      at += bytes.length;
    }
    this.#length = Math.max(this.#length, at);
  }

  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(position + length, this.#length);
    const out = new Uint8Array(Math.max(0, end - position));
    for (const extent of this.#extents) {
      const from = Math.max(position, extent.position);
      const to = Math.min(end, extent.position + extent.bytes.length);
      if (from >= to) continue;
      out.set(extent.bytes.subarray(from - extent.position, to - extent.position), from - position);
    }
    return out;
  }

  async size(): Promise<number> {
    return this.#length;
  }

  async truncateDurably(length: number): Promise<void> {
    const kept = await this.read(0, length);
    this.#extents = [{ position: 0, bytes: kept }];
    this.#length = kept.length;
  }

  async close(): Promise<void> {}
}

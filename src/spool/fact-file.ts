/**
 * The sidecar of a segment: its facts, each durable before `record` returns. The file is filled with zeros when the
 * segment is opened, so that sealing and inserting still work on a disk that has become full. A file whose write or sync
 * failed is never written again: the next fact opens a new generation that begins with all known ones.
 */

import { type Disk, type DiskFile, diskErrorCode, openIfThere } from './disk.ts';
import { decodeFacts, encodeFact, FACT_BYTES, type Fact } from './facts.ts';
import { frameSeed } from './segment-frames.ts';

/** 128 facts: a segment that is not split needs five. */
const RESERVED_BYTES = 4096;

/** Bytes that a sidecar takes. */
export const FACT_FILE_BYTES = RESERVED_BYTES;

/** Takes a task that must be tried until it succeeds; nothing waits for it. */
export type Discard = (task: () => Promise<void>) => void;

interface FactState {
  /** Generations on the disk, first and last. */
  readonly oldest: number;
  readonly generation: number;
  readonly facts: Fact[];
  readonly nextSlot: number;
  /** The last generation takes more facts; otherwise the next fact opens another. */
  readonly isUsable: boolean;
}

/** Holds no file open between facts: a spool may wait with thousands of segments. */
export class FactFile {
  readonly #disk: Disk;
  readonly #base: string;
  readonly #seed: number;
  readonly #facts: Fact[];
  #oldest: number;
  #generation: number;
  #isUsable: boolean;
  #nextSlot: number;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, base: string, segmentId: string, state: FactState) {
    this.#disk = disk;
    this.#base = base;
    this.#seed = frameSeed(segmentId);
    this.#oldest = state.oldest;
    this.#generation = state.generation;
    this.#facts = state.facts;
    this.#nextSlot = state.nextSlot;
    this.#isUsable = state.isUsable;
  }

  /**
   * Makes the sidecar of a new segment; its name is durable after the disk's `syncDirectory`. What a failure leaves on the
   * disk is removed by the task that `discard` gets.
   */
  static async create(disk: Disk, base: string, segmentId: string, discard: Discard): Promise<FactFile> {
    const file = await disk.create(factFileName(base, 0));
    const facts = new FactFile(disk, base, segmentId, {
      oldest: 0,
      generation: 0,
      facts: [],
      nextSlot: 0,
      isUsable: true,
    });
    try {
      await writeAndClose(file, [new Uint8Array(RESERVED_BYTES)], 0);
    } catch (error) {
      discard(() => facts.remove());
      throw error;
    }
    return facts;
  }

  /**
   * Reads what earlier processes left of a segment's sidecar; `names` are its generations, any order, possibly none.
   * Each is written again as it stands: a fact may be in the page cache only, of a write whose sync failed, and must not
   * be relied on before it is on the disk.
   */
  static async recover(disk: Disk, base: string, segmentId: string, names: readonly string[]): Promise<FactFile> {
    const generations = names.map((name) => generationOf(base, name)).sort((a, b) => a - b);
    const facts: Fact[] = [];
    let newestBytes: number | undefined;
    for (const generation of generations) {
      const used = await rewrite(disk, factFileName(base, generation));
      newestBytes = used?.length;
      if (used !== undefined) facts.push(...decodeFacts(used, frameSeed(segmentId)));
    }
    return new FactFile(disk, base, segmentId, {
      oldest: generations[0] ?? 0,
      generation: generations.at(-1) ?? -1,
      facts,
      nextSlot: (newestBytes ?? 0) / FACT_BYTES,
      isUsable: newestBytes !== undefined,
    });
  }

  /** All facts that are durable, in order. */
  get facts(): readonly Fact[] {
    return this.#facts;
  }

  /** Adds a fact and returns when it is durable. Fails with the disk's error; the same fact may be recorded again. */
  async record(fact: Fact): Promise<void> {
    const turn = this.#tail.then(() => this.#write(fact));
    this.#tail = turn.catch(() => undefined);
    await turn;
  }

  async #write(fact: Fact): Promise<void> {
    if (!this.#isUsable) await this.#openGeneration();
    const file = await this.#disk.open(factFileName(this.#base, this.#generation));
    this.#isUsable = false;
    await writeAndClose(file, [encodeFact(fact, this.#seed)], this.#nextSlot * FACT_BYTES);
    this.#isUsable = true;
    this.#nextSlot += 1;
    this.#facts.push(fact);
  }

  async #openGeneration(): Promise<void> {
    const { generation, file } = await this.#createNext();
    const known = this.#facts.map((fact) => encodeFact(fact, this.#seed));
    const reserve = new Uint8Array(Math.max(0, RESERVED_BYTES - known.length * FACT_BYTES));
    try {
      await writeAndClose(file, [...known, reserve], 0);
      await this.#disk.syncDirectory();
    } catch (error) {
      // It says nothing new, and a disk that refuses for hours would fill with its like.
      await this.#disk.remove(factFileName(this.#base, generation)).catch(() => undefined);
      throw error;
    }
    this.#generation = generation;
    this.#nextSlot = known.length;
    this.#isUsable = true;
    await this.#removeOlder();
  }

  /** The next generation that is not there: an attempt that failed, of this object or before it, may have left some. */
  async #createNext(): Promise<{ generation: number; file: DiskFile }> {
    for (let generation = this.#generation + 1; ; generation++) {
      try {
        return { generation, file: await this.#disk.create(factFileName(this.#base, generation)) };
      } catch (error) {
        if (diskErrorCode(error) !== 'EEXIST') throw error;
      }
    }
  }

  /** Earlier generations say nothing that the newest does not; one that cannot be removed now goes with the segment. */
  async #removeOlder(): Promise<void> {
    for (; this.#oldest < this.#generation; this.#oldest++) {
      try {
        await this.#disk.remove(factFileName(this.#base, this.#oldest));
      } catch {
        return;
      }
    }
  }

  /** Removes every generation. Only after the removal of the segment itself is durable. */
  async remove(): Promise<void> {
    await this.#tail;
    for (; this.#oldest <= this.#generation; this.#oldest++) {
      await this.#disk.remove(factFileName(this.#base, this.#oldest));
    }
  }
}

/** A close that fails after a write that did not is no failure: what was written is durable. */
async function writeAndClose(file: DiskFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
  try {
    await file.writeDurably(buffers, position);
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** The used bytes of a sidecar, durable now; undefined when an earlier attempt to recover has removed the file. */
async function rewrite(disk: Disk, name: string): Promise<Uint8Array | undefined> {
  const file = await openIfThere(disk, name);
  if (file === undefined) return undefined;
  try {
    const bytes = await file.read(0, await file.size());
    const used = bytes.subarray(0, usedBytes(bytes));
    await file.writeDurably([used], 0);
    return used;
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Name of a generation of the sidecar of segment `base`. */
function factFileName(base: string, generation: number): string {
  return `${base}.facts-${generation}`;
}

function generationOf(base: string, name: string): number {
  return Number(name.slice(base.length + '.facts-'.length));
}

/** Bytes up to the last slot that is not free. */
function usedBytes(file: Uint8Array): number {
  let end = file.length;
  while (end > 0 && file[end - 1] === 0) end -= 1;
  return Math.ceil(end / FACT_BYTES) * FACT_BYTES;
}

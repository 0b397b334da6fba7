/**
 * The sidecar of a segment: its facts, each durable before `record` returns. The file is filled with zeros when the
 * segment is opened, so that sealing and inserting still work on a disk that has become full. A file whose write or sync
 * failed is never written again: the next fact opens a new generation that begins with all known ones.
 */

import type { Disk, DiskFile } from './disk.ts';
import { decodeFacts, encodeFact, FACT_BYTES, type Fact } from './facts.ts';
import { frameSeed } from './segment-frames.ts';

/** 128 facts: a segment that is not split needs five. */
const RESERVED_BYTES = 4096;

/** Bytes that a sidecar takes. */
export const FACT_FILE_BYTES = RESERVED_BYTES;

export class FactFile {
  readonly #disk: Disk;
  readonly #base: string;
  readonly #seed: number;
  readonly #facts: Fact[];
  #oldest: number;
  #generation: number;
  #file: DiskFile | undefined;
  #nextSlot: number;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(
    disk: Disk,
    base: string,
    segmentId: string,
    from: { oldest: number; generation: number; file: DiskFile | undefined; facts: Fact[]; nextSlot: number },
  ) {
    this.#disk = disk;
    this.#base = base;
    this.#seed = frameSeed(segmentId);
    this.#oldest = from.oldest;
    this.#generation = from.generation;
    this.#file = from.file;
    this.#facts = from.facts;
    this.#nextSlot = from.nextSlot;
  }

  /** Makes the sidecar of a new segment; its name is durable after the disk's `syncDirectory`. */
  static async create(disk: Disk, base: string, segmentId: string): Promise<FactFile> {
    const file = await disk.create(factFileName(base, 0));
    const facts = new FactFile(disk, base, segmentId, { oldest: 0, generation: 0, file, facts: [], nextSlot: 0 });
    try {
      await file.writeDurably([new Uint8Array(RESERVED_BYTES)], 0);
    } catch (error) {
      // Where this fails too, the next start's recovery removes a sidecar without a segment.
      await facts.remove().catch(() => undefined);
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
    let newest: DiskFile | undefined;
    let size = 0;
    for (const generation of generations) {
      await newest?.close();
      newest = await disk.open(factFileName(base, generation));
      size = await newest.size();
      const bytes = await newest.read(0, size);
      size = usedBytes(bytes);
      await newest.writeDurably([bytes.subarray(0, size)], 0);
      facts.push(...decodeFacts(bytes, frameSeed(segmentId)));
    }
    const generation = generations.at(-1) ?? -1;
    const oldest = generations[0] ?? 0;
    return new FactFile(disk, base, segmentId, {
      oldest,
      generation,
      file: newest,
      facts,
      nextSlot: size / FACT_BYTES,
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
    this.#file ??= await this.#openGeneration();
    const file = this.#file;
    try {
      await file.writeDurably([encodeFact(fact, this.#seed)], this.#nextSlot * FACT_BYTES);
    } catch (error) {
      this.#file = undefined;
      await this.#giveUp(file);
      throw error;
    }
    this.#nextSlot += 1;
    this.#facts.push(fact);
  }

  async #openGeneration(): Promise<DiskFile> {
    const generation = this.#generation + 1;
    const name = factFileName(this.#base, generation);
    const file = await this.#disk.create(name);
    this.#generation = generation;
    const known = this.#facts.map((fact) => encodeFact(fact, this.#seed));
    const reserve = new Uint8Array(Math.max(0, RESERVED_BYTES - known.length * FACT_BYTES));
    try {
      await file.writeDurably([...known, reserve], 0);
      await this.#disk.syncDirectory();
    } catch (error) {
      await this.#giveUp(file);
      throw error;
    }
    this.#nextSlot = known.length;
    await this.#removeOlder();
    return file;
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

  /** What closing a failed file says does not matter any more. */
  async #giveUp(file: DiskFile): Promise<void> {
    await file.close().catch(() => undefined);
  }

  /** Closes the file; a later `record` opens a new generation. */
  async close(): Promise<void> {
    await this.#tail;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Removes every generation. Only after the removal of the segment itself is durable. */
  async remove(): Promise<void> {
    await this.close();
    for (; this.#oldest <= this.#generation; this.#oldest++) {
      await this.#disk.remove(factFileName(this.#base, this.#oldest));
    }
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

/**
 * The segments that wait for the tables, oldest first, and the upkeep around them that must go on when the disk refuses
 * for a while: sealing, recovering, removing.
 */

import { type Disk, diskErrorCode } from './disk.ts';
import { FACT_FILE_BYTES } from './fact-file.ts';
import { Ledger } from './ledger.ts';
import type { OpenSegment } from './open-segment.ts';
import type { Clock, EventLog } from './ports.ts';
import { recoverSegment } from './recovery.ts';
import { SealedSegment } from './sealed-segment.ts';
import { groupFiles, RESUBMITTED, type SegmentFiles, segmentName } from './segment-files.ts';
import { TABLE_ORDER } from './segment-header.ts';
import { move, removeCopy } from './spill.ts';

/** Pause before upkeep that failed is tried again. */
const UPKEEP_RETRY_MS = 1000;

/** Upkeep beyond which nothing more is discarded. */
const DISCARDS_MAX = 100;

/** How often the directory is looked through for resubmitted dead letters. */
const ADOPTION_INTERVAL_MS = 5000;

/** A segment of an earlier process, not yet read. */
export interface Leftover {
  readonly files: SegmentFiles;
  readonly bytes: number;
}

export class SealedStore {
  readonly #clock: Clock;
  readonly #log: EventLog;
  /** Oldest first. */
  readonly #segments: SealedSegment[] = [];
  /** Rows in segments, open ones too, that are not settled. */
  readonly spooled = new Ledger();
  /** Rows that came from the disk instead of a request: left behind by an earlier process, or resubmitted. */
  readonly recovered = new Ledger();
  #listeners: (() => void)[] = [];
  readonly #bytesOn = new Map<Disk, number>();
  #upkeep = 0;
  /** Segments whose rows were all settled. */
  #finished = 0;
  #isClosed = false;

  constructor(clock: Clock, log: EventLog) {
    this.#clock = clock;
    this.#log = log;
  }

  get segments(): readonly SealedSegment[] {
    return this.#segments;
  }

  /** Bytes of sealed segments and of those on their way there. */
  get bytes(): number {
    let sum = 0;
    for (const bytes of this.#bytesOn.values()) sum += bytes;
    return sum;
  }

  /** Those of them that lie on `disk`. */
  bytesOn(disk: Disk): number {
    return this.#bytesOn.get(disk) ?? 0;
  }

  #charge(disk: Disk, bytes: number): void {
    this.#bytesOn.set(disk, this.bytesOn(disk) + bytes);
  }

  /** Segments that are being sealed or removed. */
  get upkeep(): number {
    return this.#upkeep;
  }

  onSealed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Carries out `task`, however often it must be tried; on a disk that fails for long the next start does it. */
  discard(task: () => Promise<void>): void {
    if (this.#upkeep >= DISCARDS_MAX) return;
    void this.#keepTrying('remove what a failed opening left', task);
  }

  /**
   * Takes over a segment that gets no more frames: seals it, or removes it when it is empty. One that finds more than
   * `roomBytes` on `disk` goes on to `overflow`.
   */
  async seal(open: OpenSegment, disk: Disk, roomBytes: number, overflow: Disk): Promise<void> {
    const before = open.diskBytes;
    this.#charge(disk, before);
    await open.close();
    const bytes = open.diskBytes;
    this.#charge(disk, bytes - before);
    if (open.isEmpty) {
      await this.#keepTrying('remove an empty segment', async () => {
        await disk.remove(segmentName(open.base));
        await disk.syncDirectory();
        await open.facts.remove();
      });
      this.#charge(disk, -bytes);
      return;
    }
    await this.#keepTrying('seal a segment', () => open.seal());
    const { header, base, framesAt, summary, facts, durableBytes } = open;
    const state = { isOfUnknownFate: false, isDamaged: false };
    const lengths = { framesAt, bytes: durableBytes, diskBytes: bytes };
    const sealed = new SealedSegment({ header, base, ...lengths, summary, facts, disk, ...state });
    if (disk !== overflow && this.bytesOn(disk) > roomBytes) await this.#move(sealed, overflow);
    else this.#insert(sealed);
  }

  /**
   * A spool that ends meanwhile finds the segment where it was, and takes it to the disk with the others. While the disk
   * refuses it, the tables get it from where it is as soon as they took all that waited there: a store that is back must
   * not wait for a disk that stays full.
   */
  async #move(sealed: SealedSegment, to: Disk): Promise<void> {
    let moved = sealed;
    const finishedBefore = this.#finished;
    await this.#keepTrying('move a segment to the disk', async () => {
      const isAwaited = this.#finished > finishedBefore && this.#segments.every(({ disk }) => disk !== sealed.disk);
      if (isAwaited) await removeCopy(sealed, to);
      else moved = await move(sealed, to, this.#log);
    });
    if (moved !== sealed) {
      this.#charge(sealed.disk, -sealed.diskBytes);
      this.#charge(to, moved.diskBytes);
    }
    this.#insert(moved);
  }

  #insert(segment: SealedSegment): void {
    let index = this.#segments.length;
    while (index > 0 && this.#segments[index - 1]!.base > segment.base) index -= 1;
    this.#segments.splice(index, 0, segment);
    for (const listener of this.#listeners) listener();
  }

  /** Forgets a segment whose rows are all settled, and removes its files. */
  finish(segment: SealedSegment): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments.splice(index, 1);
    this.#finished += 1;
    void this.#keepTrying('remove a finished segment', () => segment.finish()).then(() => {
      this.#charge(segment.disk, -segment.diskBytes);
    });
  }

  /** Finds what earlier processes left on `disk` and counts its bytes, before this one writes to it. */
  async findLeftovers(disk: Disk): Promise<readonly Leftover[]> {
    const leftovers: Leftover[] = [];
    for (const files of groupFiles(await disk.list())) {
      // One file that cannot be read yet must not keep the server from starting; recovering it is tried again.
      const bytes = files.hasSegment ? await fileSize(disk, segmentName(files.base)).catch(() => 0) : 0;
      leftovers.push({ files, bytes: bytes + FACT_FILE_BYTES });
      this.#charge(disk, bytes + FACT_FILE_BYTES);
    }
    return leftovers;
  }

  /**
   * Brings the leftovers in, oldest first; one that the disk does not give yet is tried again after the others. Looks
   * for resubmitted dead letters from time to time: a disk may never give one of the others.
   */
  async recover(disk: Disk, leftovers: readonly Leftover[]): Promise<void> {
    this.#adoptLater(disk);
    await this.#recoverAll(disk, leftovers);
    const rows = this.recovered.total();
    if (leftovers.length > 0) this.#log.info({ segments: leftovers.length, rows }, 'spool recovered');
  }

  async #recoverAll(disk: Disk, leftovers: readonly Leftover[]): Promise<void> {
    let isFirst = true;
    for (let rest = leftovers; rest.length > 0 && !this.#isClosed; isFirst = false) {
      const failed: Leftover[] = [];
      for (const leftover of rest) {
        if (await this.#tryToRecover(disk, leftover.files, isFirst)) this.#charge(disk, -leftover.bytes);
        else failed.push(leftover);
      }
      rest = failed;
      if (rest.length > 0) await this.#pause();
    }
  }

  async #tryToRecover(disk: Disk, files: SegmentFiles, isFirst: boolean): Promise<boolean> {
    try {
      await this.#recoverOne(disk, files);
      return true;
    } catch (error) {
      const cause = diskErrorCode(error);
      if (isFirst) this.#log.warn({ cause, segment: files.id }, 'could not recover a segment, trying again');
      return false;
    }
  }

  async #recoverOne(disk: Disk, files: SegmentFiles): Promise<void> {
    const segment = await recoverSegment(disk, files, this.#log);
    if (segment === undefined) return;
    for (const table of TABLE_ORDER) {
      this.spooled.add(segment.summary.tenantRows[table].rows);
      this.recovered.add(segment.summary.tenantRows[table].rows);
    }
    this.#charge(disk, segment.diskBytes);
    this.#insert(segment);
  }

  #adoptLater(disk: Disk): void {
    if (this.#isClosed) return;
    this.#clock.after(ADOPTION_INTERVAL_MS, () => {
      void this.#adopt(disk).then(() => this.#adoptLater(disk));
    });
  }

  async #adopt(disk: Disk): Promise<void> {
    if (this.#isClosed) return;
    try {
      const names = (await disk.list()).filter((name) => name.endsWith(RESUBMITTED));
      for (const name of names) {
        const adopted = segmentName(name.slice(0, -RESUBMITTED.length));
        const [files] = groupFiles([adopted]);
        if (files === undefined) continue;
        // Made durable with the sidecar. A step of its own, when it failed, would leave the segment to the next start.
        await disk.rename(name, adopted);
        // Not waited for: the disk may never give it, and others follow.
        void this.#recoverAll(disk, [{ files, bytes: 0 }]);
      }
    } catch (error) {
      this.#log.warn({ cause: diskErrorCode(error) }, 'resubmitted dead letters could not be taken, next try follows');
    }
  }

  async #keepTrying(what: string, task: () => Promise<void>): Promise<void> {
    this.#upkeep += 1;
    for (let failures = 0; !this.#isClosed; failures++) {
      try {
        await task();
        break;
      } catch (error) {
        if (failures === 0) this.#log.warn({ cause: diskErrorCode(error) }, `could not ${what}, trying again`);
      }
      await this.#pause();
    }
    this.#upkeep -= 1;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(UPKEEP_RETRY_MS, resolve));
  }

  /** Ends upkeep; what is left is recovered by the next process. */
  close(): void {
    this.#isClosed = true;
  }
}

async function fileSize(disk: Disk, name: string): Promise<number> {
  const file = await disk.open(name);
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

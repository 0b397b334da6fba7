/** A segment in memory on its way to the disk: beyond the memory that a spool may hold, and at its orderly end. */

import { type Disk, diskErrorCode } from './disk.ts';
import { FactFile } from './fact-file.ts';
import type { EventLog } from './ports.ts';
import { recoverSegment } from './recovery.ts';
import type { SealedSegment } from './sealed-segment.ts';
import { groupFiles, segmentName } from './segment-files.ts';

/** Copies those of `segments` that lie on `from` to `to`, with what is known of them. One that fails is lost, not the rest. */
export async function spill(segments: readonly SealedSegment[], from: Disk, to: Disk, log: EventLog): Promise<void> {
  for (const segment of segments) {
    if (segment.disk !== from) continue;
    try {
      await copy(segment, to);
    } catch (error) {
      const fields = { cause: diskErrorCode(error), segment: segment.header.id, rows: segment.summary.rows };
      log.error(fields, 'a segment in memory could not be written to the disk');
    }
  }
}

/**
 * Copies a segment to `to`, opens the copy and removes the original. May be called again after a failure, until it has
 * succeeded.
 */
export async function move(segment: SealedSegment, to: Disk, log: EventLog): Promise<SealedSegment> {
  await copy(segment, to);
  const [files] = groupFiles(await copiedNames(segment, to));
  const moved = files === undefined ? undefined : await recoverSegment(to, files, log);
  if (moved === undefined) throw new Error('the copy of a segment is not there');
  await segment.finish();
  return moved;
}

/** Removes what attempts to copy a segment to `to` have left there. */
export async function removeCopy(segment: SealedSegment, to: Disk): Promise<void> {
  const names = await copiedNames(segment, to);
  for (const name of names) await to.remove(name);
  if (names.length > 0) await to.syncDirectory();
}

async function copiedNames(segment: SealedSegment, to: Disk): Promise<readonly string[]> {
  return (await to.list()).filter((name) => name.startsWith(`${segment.base}.`));
}

async function copy(segment: SealedSegment, to: Disk): Promise<void> {
  // An attempt that failed may have left some.
  for (const name of await copiedNames(segment, to)) await to.remove(name);
  const facts = await FactFile.create(to, segment.base, segment.header.id, () => undefined);
  for (const fact of segment.facts) await facts.record(fact);
  const file = await to.create(segmentName(segment.base));
  try {
    await file.writeDurably([await segment.read()], 0);
  } finally {
    await file.close();
  }
  await to.syncDirectory();
}

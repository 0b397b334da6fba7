/** The orderly end of a spool in memory: what the tables have not taken yet goes to the disk, for the next process. */

import type { Disk } from './disk.ts';
import { FactFile } from './fact-file.ts';
import type { SealedSegment } from './sealed-segment.ts';
import { segmentName } from './segment-files.ts';

/** Copies those of `segments` that lie on `from` to `to`, with what is known of them. Fails with the disk's error. */
export async function spill(segments: readonly SealedSegment[], from: Disk, to: Disk): Promise<void> {
  for (const segment of segments) {
    if (!segment.isOn(from)) continue;
    const facts = await FactFile.create(to, segment.base, segment.header.id, () => undefined);
    for (const fact of segment.facts) await facts.record(fact);
    const file = await to.create(segmentName(segment.base));
    await file.writeDurably([await segment.read()], 0);
    await file.close();
    await to.syncDirectory();
  }
}

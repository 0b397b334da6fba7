/** What the sink reads of a part's frames besides their payload: whether they are as they were written, and whose rows they are. */

import type { Clock } from '../spool/ports.ts';
import { isIntact, type StoredFrame } from '../spool/segment-frames.ts';
import type { Unit } from '../spool/segment-units.ts';

/**
 * Request ids that are counted at most: a part is there as a whole or not at all. They travel in the URL, and proxies in
 * front of a store take 8 kB of that.
 */
const COUNTED_IDS_MAX = 100;

/** Payload that is checked in one go. */
const CHECKED_BYTES_MAX = 1024 * 1024;

/** Checks the payloads, 1 GB/s, and lets others have their turn after each mebibyte. */
export async function areIntact(frames: readonly StoredFrame[], clock: Clock): Promise<boolean> {
  let bytes = 0;
  for (const frame of frames) {
    if (!isIntact(frame)) return false;
    bytes += frame.payload.length;
    if (bytes < CHECKED_BYTES_MAX) continue;
    bytes = 0;
    await new Promise<void>((resolve) => void clock.soon(resolve));
  }
  return true;
}

/** Up to COUNTED_IDS_MAX request ids, evenly spread over the units. */
export function sampleIds(units: readonly Unit[]): Uint8Array {
  const ids = Buffer.concat(units.flatMap((unit) => unit.frames.map((frame) => frame.requestIds)));
  const total = ids.length / 16;
  if (total <= COUNTED_IDS_MAX) return ids;
  const sample = Buffer.alloc(COUNTED_IDS_MAX * 16);
  for (let index = 0; index < COUNTED_IDS_MAX; index++) {
    const at = Math.floor((index * total) / COUNTED_IDS_MAX) * 16;
    ids.copy(sample, index * 16, at, at + 16);
  }
  return sample;
}

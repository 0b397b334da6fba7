/**
 * What an earlier process left behind. A segment without a seal ends at its last whole append (the tail may be torn),
 * is synced and sealed there, and never appended to again. No INSERT of it can have begun: the seal comes first.
 */

import { type Disk, type DiskFile, openIfThere } from './disk.ts';
import { FACT_FILE_BYTES, FactFile } from './fact-file.ts';
import { type Fact, type PartRecord, partsOf } from './facts.ts';
import { Ledger } from './ledger.ts';
import type { SegmentSummary } from './open-segment.ts';
import type { EventLog } from './ports.ts';
import { SealedSegment } from './sealed-segment.ts';
import { damagedName, type SegmentFiles, segmentName } from './segment-files.ts';
import { frameSeed, holdsFrame } from './segment-frames.ts';
import { decodeHeader, TABLE_ORDER } from './segment-header.ts';
import { readUnits, type SegmentContent, type Unit } from './segment-units.ts';

/** A file without a readable head that is longer than any head, or holds a frame, is kept aside. */
const HEADLESS_BYTES_MAX = 64 * 1024;

/** Recovers one segment; undefined when nothing of it is left to insert, and its files are gone. */
export async function recoverSegment(
  disk: Disk,
  files: SegmentFiles,
  log: EventLog,
): Promise<SealedSegment | undefined> {
  const facts = await FactFile.recover(disk, files.base, files.id, files.factFiles);
  // An attempt that failed half-way may have removed the file already.
  const file = files.hasSegment ? await openIfThere(disk, segmentName(files.base)) : undefined;
  if (file === undefined) {
    await facts.remove();
    return undefined;
  }
  try {
    return await recoverFile(disk, files, file, facts, log);
  } finally {
    await file.close();
  }
}

async function recoverFile(
  disk: Disk,
  files: SegmentFiles,
  file: DiskFile,
  facts: FactFile,
  log: EventLog,
): Promise<SealedSegment | undefined> {
  const size = await file.size();
  const sealedBytes = sealedAt(facts.facts);
  const bytes = await file.read(0, Math.min(size, sealedBytes ?? size));
  const head = decodeHeader(bytes);
  if (head === undefined) {
    const heldRows = sealedBytes !== undefined || size > HEADLESS_BYTES_MAX || holdsFrame(bytes, frameSeed(files.id));
    await discard(disk, files, facts, heldRows, log);
    return undefined;
  }
  const content = readUnits(bytes, head.framesAt, frameSeed(files.id), sealedBytes === undefined);
  if (sealedBytes === undefined) await makeDurable(file, bytes.subarray(0, content.end));
  const isEmpty = TABLE_ORDER.every((table) => content.units[table].length === 0);
  const isDamaged = sealedBytes !== undefined && content.end < sealedBytes;
  if (isEmpty) {
    await discard(disk, files, facts, isDamaged, log);
    return undefined;
  }
  if (isDamaged) log.error({ segment: files.id, readable: content.end, sealed: sealedBytes }, 'segment is damaged');
  const end = sealedBytes ?? content.end;
  if (sealedBytes === undefined) await facts.record({ kind: 'sealed', bytes: end });
  return new SealedSegment({
    header: head.header,
    base: files.base,
    framesAt: head.framesAt,
    bytes: end,
    diskBytes: (sealedBytes === undefined ? end : size) + FACT_FILE_BYTES,
    summary: summarize(content, facts.facts),
    facts,
    disk,
    isOfUnknownFate: files.factFiles.length === 0,
    isDamaged,
  });
}

/**
 * Writes what is kept once more before it is cut and sealed. It may be in the page cache only: after a failed sync Linux
 * takes such pages for clean, so that reading shows them and no later sync writes them.
 */
async function makeDurable(file: DiskFile, kept: Uint8Array): Promise<void> {
  await file.writeDurably([kept], 0);
  await file.truncateDurably(kept.length);
}

async function discard(
  disk: Disk,
  files: SegmentFiles,
  facts: FactFile,
  isKept: boolean,
  log: EventLog,
): Promise<void> {
  if (isKept) {
    log.error({ segment: files.id }, 'segment cannot be read, kept as .damaged');
    await disk.rename(segmentName(files.base), damagedName(files.base));
  } else {
    await disk.remove(segmentName(files.base));
  }
  await disk.syncDirectory();
  await facts.remove();
}

function sealedAt(facts: readonly Fact[]): number | undefined {
  const seal = facts.findLast((fact) => fact.kind === 'sealed');
  return seal?.kind === 'sealed' ? seal.bytes : undefined;
}

function summarize(content: SegmentContent, facts: readonly Fact[]): SegmentSummary {
  const summary = {
    units: { events_raw: 0, coding_agent_events: 0 },
    rows: { events_raw: 0, coding_agent_events: 0 },
    tenantRows: { events_raw: new Ledger(), coding_agent_events: new Ledger() },
  };
  for (const table of TABLE_ORDER) {
    const units = content.units[table];
    summary.units[table] = units.length;
    summary.rows[table] = units.reduce((rows, unit) => rows + unit.rows, 0);
    for (const part of partsOf(facts, table, units.length)) {
      for (const unit of unsettled(part, units)) {
        for (const frame of unit.frames) summary.tenantRows[table].add(frame.tenantRows);
      }
    }
  }
  return summary;
}

function unsettled(part: PartRecord, units: readonly Unit[]): readonly Unit[] {
  return part.end === 'open' ? units.slice(part.from, part.to) : [];
}

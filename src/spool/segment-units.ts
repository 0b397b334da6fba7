/**
 * Frames of one table grouped into the units that a batch may be split into. A request's rows may lie in several frames
 * of one append (a ring side filled up while it was read); such frames stay together, since whether a part of a batch
 * is in the table is told by counting its request ids.
 */

import type { TableName } from '../model/schema.ts';
import { decodeFrame, isIntact, type StoredFrame } from './segment-frames.ts';

/** The smallest piece that is inserted or set aside. */
export interface Unit {
  readonly frames: readonly StoredFrame[];
  readonly rows: number;
}

export interface SegmentContent {
  readonly units: Readonly<Record<TableName, readonly Unit[]>>;
  /** Offset behind the last whole append. */
  readonly end: number;
}

/**
 * Reads the whole appends from `framesAt` to the end of `file`. With `checksPayload` an append whose payload does not
 * match ends the reading (a torn tail); without, that is left to the reader of the unit.
 */
export function readUnits(
  file: Uint8Array<ArrayBuffer>,
  framesAt: number,
  seed: number,
  checksPayload: boolean,
): SegmentContent {
  const units: Record<TableName, Unit[]> = { events_raw: [], coding_agent_events: [] };
  let append: StoredFrame[] = [];
  let end = framesAt;
  for (let offset = framesAt; ; ) {
    const frame = decodeFrame(file, offset, seed);
    if (frame === undefined || (checksPayload && !isIntact(frame))) break;
    append.push(frame);
    offset = frame.end;
    if (!frame.isLastOfAppend) continue;
    addUnits(units, append);
    append = [];
    end = offset;
  }
  return { units, end };
}

function addUnits(units: Record<TableName, Unit[]>, append: readonly StoredFrame[]): void {
  for (const table of ['events_raw', 'coding_agent_events'] as const) {
    const frames = append.filter((frame) => frame.table === table);
    for (const group of groupByRequest(frames)) {
      units[table].push({ frames: group, rows: group.reduce((rows, frame) => rows + frame.rows, 0) });
    }
  }
}

/** Groups the frames of one append and one table so that no request is in two groups; the order stays. */
export function groupByRequest<T extends { readonly requestIds: Uint8Array }>(frames: readonly T[]): T[][] {
  if (frames.length < 2) return frames.length === 0 ? [] : [[...frames]];
  const groups: T[][] = [];
  const groupOf = new Map<string, number>();
  for (const frame of frames) {
    const ids = idsOf(frame.requestIds);
    const first = Math.min(groups.length, ...ids.map((id) => groupOf.get(id) ?? groups.length));
    const merged = [...groups.splice(first).flat(), frame];
    groups.push(merged);
    for (const member of merged) for (const id of idsOf(member.requestIds)) groupOf.set(id, first);
  }
  return groups;
}

function idsOf(requestIds: Uint8Array): string[] {
  const text = Buffer.from(requestIds.buffer, requestIds.byteOffset, requestIds.byteLength).toString('hex');
  return text.match(/.{32}/g) ?? [];
}

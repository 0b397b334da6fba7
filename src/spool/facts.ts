/**
 * What is known of a sealed segment's way into the tables, as facts that are only ever added: a crash may lose the last
 * ones, never turn one round. A part is a range [from, to) of a table's units; it begins as the whole table and is split
 * only when a culprit is looked for.
 *
 * One fact is 32 bytes: magic u32 · CRC-32 of bytes 8–31, seeded with the segment's id · kind u8 · table u8 · attempt u16
 * · from u32 · to u32 · at u32 · bytes u64. Zeros are a free slot.
 */

import { crc32 } from 'node:zlib';
import type { TableName } from '../model/schema.ts';
import { TABLE_ORDER } from './segment-header.ts';

export interface PartRange {
  readonly table: TableName;
  readonly from: number;
  readonly to: number;
}

export type Fact =
  /** The segment ends at `bytes`; everything behind is not part of it. Durable before the first INSERT. */
  | { readonly kind: 'sealed'; readonly bytes: number }
  /** An INSERT with the token of `attempt` may have reached the store. */
  | ({ readonly kind: 'inserting'; readonly attempt: number } & PartRange)
  /** The part's rows are in the table. */
  | ({ readonly kind: 'done' } & PartRange)
  /** The part goes on as two: [from, at) and [at, to). */
  | ({ readonly kind: 'split'; readonly at: number } & PartRange)
  /** The part's rows are among the dead letters. */
  | ({ readonly kind: 'buried' } & PartRange);

export const FACT_BYTES = 32;

const MAGIC = 0x54434146;
const KINDS = ['sealed', 'inserting', 'done', 'split', 'buried'] as const;

/** One fact as 32 bytes. */
export function encodeFact(fact: Fact, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(FACT_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt8(KINDS.indexOf(fact.kind), 8);
  if (fact.kind === 'sealed') {
    bytes.writeBigUInt64LE(BigInt(fact.bytes), 24);
  } else {
    bytes.writeUInt8(TABLE_ORDER.indexOf(fact.table), 9);
    bytes.writeUInt16LE(fact.kind === 'inserting' ? fact.attempt : 0, 10);
    bytes.writeUInt32LE(fact.from, 12);
    bytes.writeUInt32LE(fact.to, 16);
    bytes.writeUInt32LE(fact.kind === 'split' ? fact.at : 0, 20);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(8), seed), 4);
  return bytes;
}

/** The facts of a file in their order; torn and free slots are passed over. */
export function decodeFacts(file: Uint8Array, seed: number): Fact[] {
  const facts: Fact[] = [];
  for (let offset = 0; offset + FACT_BYTES <= file.length; offset += FACT_BYTES) {
    const fact = decodeFact(Buffer.from(file.buffer, file.byteOffset + offset, FACT_BYTES), seed);
    if (fact !== undefined) facts.push(fact);
  }
  return facts;
}

function decodeFact(bytes: Buffer, seed: number): Fact | undefined {
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== crc32(bytes.subarray(8), seed)) return undefined;
  const kind = KINDS[bytes.readUInt8(8)];
  if (kind === undefined) return undefined;
  if (kind === 'sealed') return { kind, bytes: Number(bytes.readBigUInt64LE(24)) };
  const table = TABLE_ORDER[bytes.readUInt8(9)];
  if (table === undefined) return undefined;
  const range = { table, from: bytes.readUInt32LE(12), to: bytes.readUInt32LE(16) };
  if (kind === 'inserting') return { kind, attempt: bytes.readUInt16LE(10), ...range };
  if (kind === 'split') return { kind, at: bytes.readUInt32LE(20), ...range };
  return { kind, ...range };
}

/** How far one part has come. `attempt` is undefined while no INSERT of it was ever begun. */
export interface PartRecord {
  readonly from: number;
  readonly to: number;
  readonly end: 'open' | 'done' | 'buried';
  readonly attempt: number | undefined;
}

/** Replays the facts of one table with `units` units into its parts, in order of `from`. */
export function partsOf(facts: readonly Fact[], table: TableName, units: number): PartRecord[] {
  let parts: PartRecord[] = units === 0 ? [] : [{ from: 0, to: units, end: 'open', attempt: undefined }];
  for (const fact of facts) {
    if (fact.kind === 'sealed' || fact.table !== table) continue;
    parts = parts.flatMap((part) => (part.from === fact.from && part.to === fact.to ? apply(part, fact) : [part]));
  }
  return parts;
}

function apply(part: PartRecord, fact: Exclude<Fact, { kind: 'sealed' }>): PartRecord[] {
  switch (fact.kind) {
    case 'inserting':
      return [{ ...part, attempt: Math.max(fact.attempt, part.attempt ?? 0) }];
    case 'done':
    case 'buried':
      return [{ ...part, end: fact.kind }];
    case 'split':
      return [
        { from: part.from, to: fact.at, end: 'open', attempt: undefined },
        { from: fact.at, to: part.to, end: 'open', attempt: undefined },
      ];
  }
}

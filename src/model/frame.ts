/** What leaves a worker: the rows of one table, encoded and compressed. The unit that the spool stores and never splits. */

import type { TableName } from './schema.ts';

const DAY_MS = 86_400_000;

/** UTC day of a time of receipt, in days since the epoch: the partition that its rows go to. */
export function dayOf(receivedAtMs: number): number {
  return Math.floor(receivedAtMs / DAY_MS);
}

export type InsertFormat = 'RowBinary' | 'Native';

export interface Frame {
  readonly table: TableName;
  readonly format: InsertFormat;
  readonly rows: number;
  /** Encoded bytes before compression. */
  readonly rawBytes: number;
  /** One complete LZ4 frame; concatenated frames are one valid stream for ClickHouse. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** CRC-32 (zlib) of `bytes`, computed in the worker: a truncated LZ4 frame is read by ClickHouse without an error. */
  readonly crc32: number;
  /** The request ids whose rows are inside, 16 bytes each in RFC order: an ambiguous INSERT is resolved by counting them. */
  readonly requestIds: Uint8Array<ArrayBuffer>;
  /** Rows of each tenant in the frame, by tenant id; they add up to `rows`. */
  readonly tenantRows: Readonly<Record<string, number>>;
  /**
   * UTC day on which every row was received, days since the epoch. Rows of two days must never share a frame: they are
   * two partitions, and an INSERT of two partitions is two parts and no longer atomic.
   */
  readonly day: number;
}

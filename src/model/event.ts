/**
 * One row of coding_agent_events on its way from normalize to the columns: a slot per column of the schema, reused for
 * every record. Text slots are spans of the tape's workspace, numbers are numbers; nothing is allocated per event.
 */

import { CODING_AGENT_EVENTS, columnIndex } from './schema.ts';

const COLUMNS = CODING_AGENT_EVENTS.columns.length;

/** What a slot holds. */
export const Slot = { EMPTY: 0, SPAN: 1, NUMBER: 2 } as const;

export class CanonicalEvent {
  readonly slot = new Uint8Array(COLUMNS);
  /** Columns that hold something, in no order: the first `filledCount` entries. */
  readonly filled = new Uint16Array(COLUMNS);
  filledCount = 0;
  readonly start = new Int32Array(COLUMNS);
  readonly length = new Int32Array(COLUMNS);
  readonly number = new Float64Array(COLUMNS);
  /** Of a span: number of the remembered attribute whose text it is (codec/attribute-memory.ts), 0 when it is none. */
  readonly memo = new Uint16Array(COLUMNS);

  /** Entries of the `attributes` map: spans of key and value. */
  mapCount = 0;
  mapKeyStart = new Int32Array(256);
  mapKeyLength = new Int32Array(256);
  /** names.ts hash of each key, so that keys are told apart without their bytes; 0 where it was not given. */
  mapKeyHash = new Int32Array(256);
  mapValueStart = new Int32Array(256);
  mapValueLength = new Int32Array(256);
  /** Number of the remembered attribute that the entry is (codec/attribute-memory.ts), 0 when it is none. */
  mapMemo = new Uint16Array(256);

  /**
   * Entries that stand in RowBinary already, behind the first `encodedAt` of the others: `encodedCount` of them in the
   * first `encodedBytes` of `encoded`, which whoever set them owns.
   */
  encoded: Uint8Array = new Uint8Array(0);
  encodedBytes = 0;
  encodedCount = 0;
  encodedAt = 0;

  clear(): void {
    for (let index = 0; index < this.filledCount; index++) this.slot[this.filled[index]!] = Slot.EMPTY;
    this.filledCount = 0;
    this.mapCount = this.encodedCount = this.encodedBytes = 0;
  }

  /** Adds entries behind those that are there. At most once per event. */
  addEncoded(encoded: Uint8Array, bytes: number, count: number): void {
    this.encoded = encoded;
    this.encodedBytes = bytes;
    this.encodedCount = count;
    this.encodedAt = this.mapCount;
  }

  setSpan(column: number, start: number, length: number, memo = 0): void {
    if (this.slot[column] === Slot.EMPTY) this.filled[this.filledCount++] = column;
    this.slot[column] = Slot.SPAN;
    this.start[column] = start;
    this.length[column] = length;
    this.memo[column] = memo;
  }

  setNumber(column: number, value: number): void {
    if (this.slot[column] === Slot.EMPTY) this.filled[this.filledCount++] = column;
    this.slot[column] = Slot.NUMBER;
    this.number[column] = value;
  }

  addAttribute(
    keyStart: number,
    keyLength: number,
    valueStart: number,
    valueLength: number,
    keyHash = 0,
    memo = 0,
  ): void {
    const index = this.mapCount;
    if (index === this.mapKeyStart.length) this.growMap();
    this.mapKeyStart[index] = keyStart;
    this.mapKeyLength[index] = keyLength;
    this.mapKeyHash[index] = keyHash;
    this.mapValueStart[index] = valueStart;
    this.mapValueLength[index] = valueLength;
    this.mapMemo[index] = memo;
    this.mapCount = index + 1;
  }

  private growMap(): void {
    const size = this.mapKeyStart.length * 2;
    this.mapKeyStart = copyOf(this.mapKeyStart, size);
    this.mapKeyLength = copyOf(this.mapKeyLength, size);
    this.mapKeyHash = copyOf(this.mapKeyHash, size);
    this.mapValueStart = copyOf(this.mapValueStart, size);
    this.mapValueLength = copyOf(this.mapValueLength, size);
    const memos = new Uint16Array(size);
    memos.set(this.mapMemo);
    this.mapMemo = memos;
  }
}

function copyOf(old: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(old);
  return larger;
}

/** Column number by name, for tables that are built once at load. */
export function eventColumn(name: string): number {
  return columnIndex(CODING_AGENT_EVENTS, name);
}

/**
 * Keys that are not in the table of names, remembered with what is known of them: agents repeat the same few dozen. A
 * direct-mapped cache; entries are compared byte by byte, since hashes of hostile keys can be made to collide.
 */

import type { Tape } from '../model/tape.ts';
import type { FieldTable } from './field-table.ts';
import { FieldClass, type FieldClassValue } from './fields.ts';
import type { KeyKindValue } from './key-names.ts';
import type { Redactor } from './redactor.ts';

const SLOTS = 1024; // power of two
const KEY_BYTES_MAX = 48;

export class KeyMemory {
  private readonly hash = new Int32Array(SLOTS);
  /** 0: the slot is empty. */
  private readonly length = new Uint8Array(SLOTS);
  private readonly bytes = new Uint8Array(SLOTS * KEY_BYTES_MAX);
  private readonly kind = new Uint8Array(SLOTS);
  private readonly fieldClass = new Uint8Array(SLOTS);
  /** The table that `fieldClass` was asked of. */
  private readonly table: (FieldTable | undefined)[] = new Array(SLOTS).fill(undefined);
  private readonly redactor: Redactor;

  constructor(redactor: Redactor) {
    this.redactor = redactor;
  }

  /** The slot of a key without a number, which holds no secret itself; -1 for keys that are long or must be redacted. */
  slotOf(tape: Tape, node: number): number {
    const length = tape.keyLength[node]!;
    if (length > KEY_BYTES_MAX || length <= 0) return -1;
    const hash = tape.keyHash[node]!;
    const slot = hash & (SLOTS - 1);
    const start = tape.keyStart[node]!;
    if (this.hash[slot] === hash && this.length[slot] === length && this.isSame(tape.bytes, start, slot, length)) {
      return slot;
    }
    if (this.redactor.findsSecret(tape, start, length)) return -1;
    this.hash[slot] = hash;
    this.length[slot] = length;
    this.bytes.set(tape.bytes.subarray(start, start + length), slot * KEY_BYTES_MAX);
    this.kind[slot] = this.redactor.kindOfKey(tape, start, length);
    this.table[slot] = undefined;
    return slot;
  }

  kindAt(slot: number): KeyKindValue {
    return this.kind[slot] as KeyKindValue;
  }

  /** The field's class by this table. */
  classAt(slot: number, table: FieldTable, tape: Tape, node: number): FieldClassValue {
    if (this.table[slot] !== table) {
      this.table[slot] = table;
      this.fieldClass[slot] = table.classOf(tape, node);
    }
    return (this.fieldClass[slot] ?? FieldClass.UNKNOWN) as FieldClassValue;
  }

  private isSame(bytes: Uint8Array, start: number, slot: number, length: number): boolean {
    const from = slot * KEY_BYTES_MAX;
    for (let index = 0; index < length; index++) if (bytes[start + index] !== this.bytes[from + index]) return false;
    return true;
  }
}

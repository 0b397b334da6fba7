/**
 * The last clean value of each known key. Consecutive records of a session repeat most of their values (session, user,
 * model, versions), and to see that a value is the same is cheaper than to scan it. Whether a text is clean depends on its
 * bytes alone, so that what is remembered stays true.
 */

import { NAMES_MAX } from '../model/names.ts';

const VALUE_BYTES_MAX = 64;
/** A key whose value changed this often in a row is not compared any more, until `forgive`. */
const MISSES_MAX = 8;

export class ValueMemory {
  private readonly length = new Uint8Array(NAMES_MAX);
  private readonly bytes = new Uint8Array(NAMES_MAX * VALUE_BYTES_MAX);
  private readonly known = new DataView(this.bytes.buffer);
  private readonly misses = new Uint8Array(NAMES_MAX);
  private workspace = new DataView(new ArrayBuffer(0));

  /** Whether the key had exactly this value when it was clean last. */
  isKnown(keyId: number, source: Uint8Array<ArrayBuffer>, start: number, length: number): boolean {
    if (this.length[keyId] !== length || length < 4) return false;
    if (this.workspace.buffer !== source.buffer) this.workspace = new DataView(source.buffer, source.byteOffset);
    const { workspace, known } = this;
    const from = keyId * VALUE_BYTES_MAX;
    // Four bytes at a time, the last four first: ends differ sooner than beginnings (times, counters, ids with a prefix).
    for (let index = length - 4; index > 0; index -= 4) {
      if (workspace.getInt32(start + index) !== known.getInt32(from + index)) return false;
    }
    if (workspace.getInt32(start) !== known.getInt32(from)) return false;
    this.misses[keyId] = 0;
    return true;
  }

  /** Notes a clean value. */
  remember(keyId: number, source: Uint8Array, start: number, length: number): void {
    if (length > VALUE_BYTES_MAX || this.misses[keyId]! >= MISSES_MAX) return;
    this.misses[keyId]!++;
    this.length[keyId] = length;
    const from = keyId * VALUE_BYTES_MAX;
    for (let index = 0; index < length; index++) this.bytes[from + index] = source[start + index]!;
  }

  /** Another session begins: its values may repeat where the last one's did not. */
  forgive(): void {
    this.misses.fill(0);
  }
}

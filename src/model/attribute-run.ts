/**
 * How many leading attributes of a record stand byte for byte as in the record before it. Agents repeat half of their
 * attributes (session, user, version, terminal) in every record of a body; the decoder takes their nodes from here instead
 * of reading them, and later stages reuse what they made of them. Nothing outlives its body.
 */

import { Kind, type Tape } from './tape.ts';

/** Leading attributes that are remembered. */
export const RUN_MAX = 32;

export class AttributeRun {
  /** Leading attributes that equal those of the record with the number `base`. All of them are scalars, one node each. */
  count = 0;
  /** Number of the record that this one was compared with, and its own; 0: not compared. Numbers never come again. */
  base = 0;
  serial = 0;
  /** Leading attributes of this record that are remembered as they were decoded. */
  size = 0;
  /** Place behind each remembered attribute on the wire, from where the first one's begins. */
  readonly wireEnd = new Int32Array(RUN_MAX);
  wireStart = 0;

  private lastSerial = 0;
  private readonly kind = new Uint8Array(RUN_MAX);
  private readonly start = new Int32Array(RUN_MAX);
  private readonly length = new Int32Array(RUN_MAX);
  private readonly keyId = new Uint16Array(RUN_MAX);
  private readonly keyHash = new Int32Array(RUN_MAX);
  private readonly keyStart = new Int32Array(RUN_MAX);
  private readonly keyLength = new Int32Array(RUN_MAX);

  /** Forgets the record before: call it when the workspace was filled anew. */
  forget(): void {
    this.size = 0;
    this.clear();
  }

  /** The record under the cursor was not compared. */
  clear(): void {
    this.count = this.base = this.serial = 0;
  }

  /** Begins a record of which the first `count` attributes equal the remembered ones; adds their nodes to the tape. */
  begin(tape: Tape, count: number): void {
    this.base = count === 0 ? 0 : this.lastSerial;
    this.serial = ++this.lastSerial;
    this.count = this.size = count;
    for (let index = 0; index < count; index++) {
      const node = tape.push(this.kind[index]!, this.start[index]!, this.length[index]!);
      tape.keyId[node] = this.keyId[index]!;
      tape.keyHash[node] = this.keyHash[index]!;
      tape.keyStart[node] = this.keyStart[index]!;
      tape.keyLength[node] = this.keyLength[index]!;
    }
  }

  /** Remembers the record's next attribute, just decoded; false when it ends what can be remembered. */
  add(tape: Tape, node: number, wireEnd: number): boolean {
    const index = this.size;
    const kind = tape.kind[node]!;
    if (index === RUN_MAX || (kind !== Kind.STRING && kind !== Kind.INT && kind !== Kind.TRUE && kind !== Kind.FALSE)) {
      return false;
    }
    this.kind[index] = kind;
    this.start[index] = tape.start[node]!;
    this.length[index] = tape.length[node]!;
    this.keyId[index] = tape.keyId[node]!;
    this.keyHash[index] = tape.keyHash[node]!;
    this.keyStart[index] = tape.keyStart[node]!;
    this.keyLength[index] = tape.keyLength[node]!;
    this.wireEnd[index] = wireEnd;
    this.size = index + 1;
    return true;
  }

  /** How many leading attributes of the list stand on the tape as they were decoded: nothing changed them since. */
  untouched(tape: Tape, list: number): number {
    const { size, kind, start, length } = this;
    if (this.serial === 0) return 0;
    let index = 0;
    for (let node = list + 1; index < size; index++, node++) {
      if (tape.changed[node] !== 0 || tape.kind[node] !== kind[index]) break;
      if (tape.start[node] !== start[index] || tape.length[node] !== length[index]) break;
    }
    return index;
  }
}

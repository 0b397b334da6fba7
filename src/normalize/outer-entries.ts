/**
 * Entries of the `attributes` map that records of one scope have in common: what resource, scope and the prefix of the
 * records (codec/attribute-prefix.ts) leave over, encoded once. A record takes them over as one piece unless one of its
 * own keys might shadow one of them.
 */

import { writeString } from '../codec/rowbinary.ts';
import type { CanonicalEvent } from '../model/event.ts';
import type { Tape } from '../model/tape.ts';

/** Longer entries are written one by one. */
const BYTES_MAX = 16 * 1024;
/** Two varints. */
const LENGTHS_BYTES_MAX = 10;
/** Marks by the lower bits of a key's hash: a key of another attribute seldom has one of them. */
const MARKS = 4096;

export class OuterEntries {
  private readonly bytes = new Uint8Array(BYTES_MAX);
  private size = 0;
  private count = 0;
  /** Of the candidates that the entries were made of; 0 when there are none. */
  private version = 0;
  private readonly marks = new Int32Array(MARKS);
  private made = 0;

  /** Adds the entries to the event, which has its own already; false when they must be worked out. */
  addTo(event: CanonicalEvent, version: number): boolean {
    if (version !== this.version || this.shadows(event)) return false;
    if (this.count > 0) event.addEncoded(this.bytes, this.size, this.count);
    return true;
  }

  /** Keeps the event's entries from `first` on, none of which was left out for the sake of an entry before it. */
  keep(tape: Tape, event: CanonicalEvent, first: number, version: number): void {
    const { bytes } = this;
    const { mapKeyStart, mapKeyLength, mapValueStart, mapValueLength, mapKeyHash } = event;
    this.version = 0;
    this.made = (this.made + 1) | 0 || 1;
    let at = 0;
    for (let entry = first; entry < event.mapCount; entry++) {
      const keyLength = mapKeyLength[entry]!;
      const length = mapValueLength[entry]!;
      if (at + keyLength + length + LENGTHS_BYTES_MAX > BYTES_MAX) return;
      at = writeString(bytes, at, tape.bytes, mapKeyStart[entry]!, keyLength);
      at = writeString(bytes, at, tape.bytes, mapValueStart[entry]!, length);
      this.marks[mapKeyHash[entry]! & (MARKS - 1)] = this.made;
    }
    this.size = at;
    this.count = event.mapCount - first;
    this.version = version;
  }

  /** Whether one of the event's keys may be one of those that are kept. */
  private shadows(event: CanonicalEvent): boolean {
    const { marks, made } = this;
    const { mapKeyHash, mapCount } = event;
    for (let entry = 0; entry < mapCount; entry++) if (marks[mapKeyHash[entry]! & (MARKS - 1)] === made) return true;
    return false;
  }
}

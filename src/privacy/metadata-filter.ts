/**
 * The short way for most values of most records: a number, or a short text under a known name that neither holds text of
 * people or tools nor names a secret, and in which nothing could be one. Everything else takes the long way.
 */

import { UNKNOWN_STRING_BYTES_MAX } from '../limits.ts';
import { Kind, type Tape } from '../model/tape.ts';
import type { FieldTable } from './field-table.ts';
import { FieldClass } from './fields.ts';
import { KeyKind } from './key-names.ts';
import type { Redactor } from './redactor.ts';
import { ValueMemory } from './value-memory.ts';

/** Values of FieldTable.isMetadata. */
const YES = 1;
const NO = 2;

export class MetadataFilter {
  private readonly redactor: Redactor;
  private readonly memory = new ValueMemory();

  constructor(redactor: Redactor) {
    this.redactor = redactor;
  }

  /** Another resource begins, with other values. */
  beginResource(): void {
    this.memory.forgive();
  }

  /** Whether the value may stay as it is without a closer look. */
  isClean(tape: Tape, node: number, table: FieldTable): boolean {
    const id = tape.keyId[node]!;
    if (id === 0) return false;
    const kind = tape.kind[node]!;
    if (kind <= Kind.DOUBLE) return true;
    const length = tape.length[node]!;
    if (kind !== Kind.STRING || length > UNKNOWN_STRING_BYTES_MAX) return false;
    const known = table.isMetadata[id]!;
    if (known !== YES && (known === NO || !this.learn(tape, node, table))) return false;
    const start = tape.start[node]!;
    if (this.memory.isKnown(id, tape.bytes, start, length)) return true;
    if (!this.redactor.isClean(tape.bytes, start, length)) return false;
    this.memory.remember(id, tape.bytes, start, length);
    return true;
  }

  private learn(tape: Tape, node: number, table: FieldTable): boolean {
    const fieldClass = table.classOf(tape, node);
    const isMetadata =
      fieldClass === FieldClass.PLAIN ||
      (fieldClass <= FieldClass.SCANNED && this.redactor.keyKindOf(tape, node) === KeyKind.NONE);
    table.isMetadata[tape.keyId[node]!] = isMetadata ? YES : NO;
    return isMetadata;
  }
}

/**
 * Which prefixes of attributes (codec/attribute-prefix.ts) scrubbing left as they were, so that it may skip them in the
 * records that share them. One verdict per field table and decisions of the capture rule. A prefix in which anything was
 * changed is no longer shared.
 */

import { dropPrefix } from '../codec/attribute-prefix.ts';
import type { RecordView } from '../model/record.ts';
import type { FieldTable } from './field-table.ts';
import { isValueKey } from './neighbours.ts';
import type { ValueScrubber } from './value-scrubber.ts';

/** More tables than there are events with rows of their own. */
const TABLES_MAX = 4096;

export class CleanPrefixes {
  /** Serial of the prefix by table and decisions. */
  private readonly serials = new Int32Array(TABLES_MAX * 4);

  /** Number of the table and the decisions that hold for the record; -1 where no verdict stands for another record. */
  stateOf(view: RecordView, table: FieldTable, values: ValueScrubber): number {
    if (view.prefixSerial === 0 || values.isPatchTool || table.serial >= TABLES_MAX) return -1;
    return table.serial * 4 + (values.capturesPrompts ? 2 : 0) + (values.capturesOutputs ? 1 : 0);
  }

  isClean(view: RecordView, state: number): boolean {
    return state >= 0 && this.serials[state] === view.prefixSerial;
  }

  /** Call after the whole list was scrubbed. */
  note(view: RecordView, state: number): void {
    if (view.prefixSerial === 0) return;
    const { tape } = view;
    for (let node = view.attributes + 1; node < view.prefixEnd; node++) {
      // What stands beside a bare value decides about it, in each record anew.
      if (tape.changed[node] === 0 && !isValueKey(tape.keyId[node]!)) continue;
      dropPrefix(view);
      return;
    }
    if (state >= 0) this.serials[state] = view.prefixSerial;
  }
}

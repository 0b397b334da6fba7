/**
 * Attributes that scrubbing left alone when they came before (codec/attribute-memory.ts): under the same table, with the
 * same decisions of the capture rule, it does so again.
 */

import { MEMO_ENTRIES, memoVersion } from '../codec/attribute-memory.ts';

export class CleanMemory {
  private readonly version = new Int32Array(MEMO_ENTRIES);
  private readonly state = new Int32Array(MEMO_ENTRIES);

  /** `state` stands for the table and the decisions; `memo` is not 0. */
  isClean(memo: number, state: number): boolean {
    return this.version[memo] === memoVersion[memo] && this.state[memo] === state;
  }

  remember(memo: number, state: number): void {
    this.version[memo] = memoVersion[memo]!;
    this.state[memo] = state;
  }
}

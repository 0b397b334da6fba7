/** Appends that wait for the commit under way to end, in the order in which they came. */

import { type ErrorCode, IngestError } from '../errors.ts';
import type { Append } from './open-segment.ts';

/** Bytes of one group commit; a longer queue takes several. Also the most by which a segment outgrows flushBytes. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024;

export interface Waiting extends Append {
  readonly resolve: () => void;
  readonly reject: (error: IngestError) => void;
}

export class WaitingAppends {
  #waiting: Waiting[] = [];
  #bytes = 0;

  /** Bytes of those that wait, and of the groups that were taken and are not ended. */
  get bytes(): number {
    return this.#bytes;
  }

  add(append: Waiting): void {
    this.#waiting.push(append);
    this.#bytes += append.storedBytes;
  }

  /** The appends that can go together: day and format of the first, up to GROUP_BYTES_MAX; the others keep their order. */
  takeGroup(): Waiting[] | undefined {
    const first = this.#waiting[0];
    if (first === undefined) return undefined;
    const group: Waiting[] = [];
    const rest: Waiting[] = [];
    let bytes = 0;
    for (const append of this.#waiting) {
      const fits = bytes === 0 || bytes + append.storedBytes <= GROUP_BYTES_MAX;
      if (append.day === first.day && append.format === first.format && fits) {
        group.push(append);
        bytes += append.storedBytes;
      } else {
        rest.push(append);
      }
    }
    this.#waiting = rest;
    return group;
  }

  /** The group's commit is over, whatever became of it. */
  end(group: readonly Waiting[]): void {
    for (const append of group) this.#bytes -= append.storedBytes;
  }

  /** Rejects all that wait; a group that was taken is not among them. */
  refuse(code: ErrorCode): void {
    const refused = this.#waiting;
    this.#waiting = [];
    this.end(refused);
    for (const append of refused) append.reject(new IngestError(code));
  }
}

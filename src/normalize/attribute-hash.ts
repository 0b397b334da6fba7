/**
 * Tape values as words of a hash. A record's attributes are hashed before all else, in order, so that the state behind
 * leading attributes that repeat the record before (attribute-run.ts) is known already. The hash does not depend on it.
 */

import { RUN_MAX } from '../model/attribute-run.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { type Hash128, STATE_WORDS } from './hash128.ts';

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** Feeds all nodes of one subtree in pre-order. */
export function hashTree(hash: Hash128, tape: Tape, root: number): void {
  if (root < 0) {
    hash.word(-1);
    return;
  }
  for (let node = root, end = tape.next[root]!; node < end; node++) {
    const kind = tape.kind[node]!;
    hash.word((kind << 24) ^ tape.keyHash[node]!);
    if (kind === Kind.STRING || kind === Kind.BYTES) hash.span(tape.bytes, tape.start[node]!, tape.length[node]!);
    else if (kind === Kind.DOUBLE) {
      double[0] = tape.double[node]!;
      hash.word(doubleWords[0]!);
      hash.word(doubleWords[1]!);
    } else {
      hash.word(tape.start[node]!);
      hash.word(tape.length[node]!);
    }
  }
}

export class AttributeHash {
  /** Record whose states are known; 0: none. */
  private serial = 0;
  private count = 0;
  private readonly states = new Int32Array(RUN_MAX * STATE_WORDS);

  /** Forgets all states; to call when the seed changes. */
  forget(): void {
    this.serial = 0;
  }

  /** Starts the hash from the seed and feeds the record's attributes as they were decoded. */
  feed(hash: Hash128, view: RecordView, seed: Int32Array): void {
    const { run, tape, attributes: list } = view;
    const { states } = this;
    let index = run.base !== 0 && run.base === this.serial ? Math.min(run.count, this.count) : 0;
    this.serial = run.serial;
    this.count = index;
    if (index === 0) hash.reset(seed[0]!, seed[1]!, seed[2]!, seed[3]!);
    else hash.load(states, (index - 1) * STATE_WORDS);
    if (list < 0) {
      hash.word(-1);
      return;
    }
    const remembered = run.serial === 0 ? 0 : run.size;
    const end = tape.next[list]!;
    for (let node = list + 1 + index; node < end; node = tape.next[node]!, index++) {
      hashTree(hash, tape, node);
      if (index < remembered) {
        hash.save(states, index * STATE_WORDS);
        this.count = index + 1;
      }
    }
    hash.word((tape.kind[list]! << 24) ^ tape.keyHash[list]!);
    hash.word(tape.length[list]!);
  }
}

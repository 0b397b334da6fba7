/**
 * Tape values as words of a hash. Each attribute of a record enters as a digest of its own, so that the digest of one that
 * came before (codec/attribute-memory.ts) is known already.
 */

import { MEMO_ENTRIES, memoVersion } from '../codec/attribute-memory.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { Hash128 } from './hash128.ts';

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
  private readonly inner = new Hash128();
  private readonly version = new Int32Array(MEMO_ENTRIES);
  private readonly digests = new Int32Array(MEMO_ENTRIES * 4);

  /** Feeds the list of a record's attributes as they were decoded; -1 when it has none. */
  feed(hash: Hash128, tape: Tape, list: number): void {
    if (list < 0) {
      hash.word(-1);
      return;
    }
    const { inner, digests } = this;
    for (let node = list + 1, end = tape.next[list]!; node < end; node = tape.next[node]!) {
      const memo = tape.memo[node]!;
      if (memo !== 0 && this.version[memo] === memoVersion[memo]) {
        hash.fourWords(digests, memo * 4);
        continue;
      }
      inner.reset(0, 0, 0, 0);
      hashTree(inner, tape, node);
      inner.digest();
      hash.fourWords(inner.result, 0);
      if (memo === 0) continue;
      digests.set(inner.result, memo * 4);
      this.version[memo] = memoVersion[memo]!;
    }
    hash.word((tape.kind[list]! << 24) ^ tape.keyHash[list]!);
    hash.word(tape.length[list]!);
  }
}

/**
 * Tape values as words of a hash. Each attribute of a record enters as a digest of its own, so that the digest of one that
 * came before (codec/attribute-memory.ts) is known already.
 */

import { MEMO_ENTRIES, MEMO_SHIFT, Memo, memoWords } from '../codec/attribute-memory.ts';
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

/** Digests of remembered attributes, four words each; `Memo.IS_DIGESTED` says whether there is one. */
const digests = new Int32Array(MEMO_ENTRIES * 4);
const inner = new Hash128();

/** Feeds a list of attributes as they were decoded; -1 when there is none. */
export function hashAttributes(hash: Hash128, tape: Tape, list: number): void {
  if (list < 0) {
    hash.word(-1);
    return;
  }
  hashSome(hash, tape, list + 1, tape.next[list]!);
  hashListEnd(hash, tape, list);
}

/** Feeds the attributes [first, end) of a list; `hashListEnd` must follow the last of them. */
export function hashSome(hash: Hash128, tape: Tape, first: number, end: number): void {
  for (let node = first; node < end; node = tape.next[node]!) {
    const memo = tape.memo[node]!;
    const flag = (memo << MEMO_SHIFT) + Memo.IS_DIGESTED;
    if (memo !== 0 && memoWords[flag] !== 0) {
      hash.fourWords(digests, memo * 4);
      continue;
    }
    inner.reset(0, 0, 0, 0);
    hashTree(inner, tape, node);
    inner.digest();
    hash.fourWords(inner.result, 0);
    if (memo === 0) continue;
    for (let word = 0; word < 4; word++) digests[memo * 4 + word] = inner.result[word]!;
    memoWords[flag] = 1;
  }
}

/** Ends a list whose attributes were fed by `hashSome`: its kind, key and length enter the hash, so that lists stay apart. */
export function hashListEnd(hash: Hash128, tape: Tape, list: number): void {
  hash.word((tape.kind[list]! << 24) ^ tape.keyHash[list]!);
  hash.word(tape.length[list]!);
}

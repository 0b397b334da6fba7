/** Taking a node off the tape again: a repeated singular field or a second member of a oneof replaces the first. */

import type { Tape } from '../model/tape.ts';

/**
 * Removes the last child of the open container `parent` that has this key; false when there is none. All nodes behind it
 * move down. PRECONDITION: `parent` is open, and so is no container that begins behind the child.
 */
export function removeChild(tape: Tape, parent: number, keyId: number): boolean {
  let found = -1;
  for (let node = parent + 1; node < tape.count; node = tape.next[node]!) if (tape.keyId[node] === keyId) found = node;
  if (found < 0) return false;
  const from = tape.next[found]!;
  const size = from - found;
  const count = tape.count;
  for (const array of [tape.kind, tape.start, tape.length, tape.double, tape.next])
    array.copyWithin(found, from, count);
  for (const array of [tape.keyId, tape.keyHash, tape.keyStart, tape.keyLength, tape.changed, tape.memo]) {
    array.copyWithin(found, from, count);
  }
  tape.count = count - size;
  for (let node = found; node < tape.count; node++) tape.next[node] = tape.next[node]! - size;
  return true;
}

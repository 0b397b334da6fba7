/**
 * Spans that become keys and STRINGs on the tape. Readers hand their spans over here, so that neither long keys nor
 * ill-formed UTF-8 get past this file.
 */

import { KEY_READ_BYTES_MAX } from '../limits.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { cachedHash, cachedId, findKey } from './key-cache.ts';
import { appendRepaired, cutAtCharacter, isValidUtf8 } from './utf8.ts';

/** Adds a STRING for a span of unchecked bytes; ill-formed parts become U+FFFD. */
export function pushText(tape: Tape, start: number, length: number): number {
  if (isValidUtf8(tape.bytes, start, length)) return tape.push(Kind.STRING, start, length);
  const repaired = appendRepaired(tape, start, length);
  return tape.push(Kind.STRING, repaired, tape.used - repaired);
}

/** pushText for a field of a record: an empty text counts as absent, -1, as it does on the wire. */
export function pushField(tape: Tape, start: number, length: number): number {
  return length === 0 ? -1 : pushText(tape, start, length);
}

/** Names a node by a span of unchecked bytes: repaired, cut to KEY_READ_BYTES_MAX, hashed and looked up. */
export function setKeyText(tape: Tape, node: number, start: number, length: number): void {
  const entry = findKey(tape.bytes, start, length);
  if (entry < 0) setUnusualKey(tape, node, start, length);
  else {
    tape.keyStart[node] = start;
    tape.keyLength[node] = length;
    tape.keyHash[node] = cachedHash[entry]!;
    tape.keyId[node] = cachedId[entry]!;
  }
}

function setUnusualKey(tape: Tape, node: number, start: number, length: number): void {
  let keyStart = start;
  let keyLength = length;
  if (!isValidUtf8(tape.bytes, start, length)) {
    keyStart = appendRepaired(tape, start, length);
    keyLength = tape.used - keyStart;
  }
  tape.setKey(node, keyStart, cutAtCharacter(tape.bytes, keyStart, keyLength, KEY_READ_BYTES_MAX));
}

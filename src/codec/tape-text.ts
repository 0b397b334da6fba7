/**
 * Spans that become keys and STRINGs on the tape. Readers hand their spans over here, so that neither long keys nor
 * ill-formed UTF-8 get past this file.
 */

import { KEY_BYTES_MAX } from '../limits.ts';
import { lookupKey } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { appendRepaired, cutAtCharacter, isValidUtf8 } from './utf8.ts';

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

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

/** Names a node by a span of unchecked bytes: repaired, cut to KEY_BYTES_MAX, hashed and looked up in one pass. */
export function setKeyText(tape: Tape, node: number, start: number, length: number): void {
  const bytes = tape.bytes;
  let hash = FNV_OFFSET;
  let seen = 0;
  for (let index = start, end = start + length; index < end; index++) {
    const byte = bytes[index]!;
    seen |= byte;
    hash = Math.imul(hash ^ byte, FNV_PRIME);
  }
  if (seen >= 0x80 || length > KEY_BYTES_MAX) setUnusualKey(tape, node, start, length);
  else setKeyHashed(tape, node, start, length, hash);
}

/** Names a node when the hash of the key is known already. */
export function setKeyHashed(tape: Tape, node: number, start: number, length: number, hash: number): void {
  tape.keyStart[node] = start;
  tape.keyLength[node] = length;
  tape.keyHash[node] = hash;
  tape.keyId[node] = lookupKey(tape.bytes, start, length, hash);
}

function setUnusualKey(tape: Tape, node: number, start: number, length: number): void {
  let keyStart = start;
  let keyLength = length;
  if (!isValidUtf8(tape.bytes, start, length)) {
    keyStart = appendRepaired(tape, start, length);
    keyLength = tape.used - keyStart;
  }
  tape.setKey(node, keyStart, cutAtCharacter(tape.bytes, keyStart, keyLength, KEY_BYTES_MAX));
}

/** Questions about a text's bytes that the scrubber asks before any rule: placeholders, first lines, cuts. */

import { cutAtCharacter } from '../codec/utf8.ts';
import { nameIdAt } from '../model/names.ts';
import type { Tape } from '../model/tape.ts';

const PLACEHOLDERS = ['<REDACTED>', '[REDACTED]'].map((text) => Buffer.from(text));
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Whether the text is empty or what agents write in place of a text that they do not send. */
export function isPlaceholder(bytes: Uint8Array, start: number, length: number): boolean {
  if (length === 0) return true;
  for (const text of PLACEHOLDERS) if (text.length === length && hasAt(bytes, start, text)) return true;
  return false;
}

function hasAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
  return true;
}

/** Bytes up to the first line break, at most `bytesMax`, never inside a character. */
export function firstLineLength(bytes: Uint8Array, start: number, length: number, bytesMax: number): number {
  let end = 0;
  const limit = Math.min(length, bytesMax + 1);
  while (end < limit && bytes[start + end] !== LINE_FEED && bytes[start + end] !== CARRIAGE_RETURN) end++;
  return cutAtCharacter(bytes, start, length, Math.min(end, bytesMax));
}

/** The number of the known name that a text node consists of, or 0. */
export function nameIdOfText(tape: Tape, node: number): number {
  return nameIdAt(tape.bytes, tape.start[node]!, tape.length[node]!);
}

/** A name that says "secret" and the place it stands at, shared by the forms that look for its value. */

import type { KeyKindValue } from './key-names.ts';
import type { SearchedText } from './searched-text.ts';

export interface KeyPlace {
  readonly text: SearchedText;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly kind: KeyKindValue;
}

/** One secret that was found: the span of its value in the workspace. */
export interface KeyMatch {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

const SPACES_MAX = 32;

/** At most `length` bytes from `at` on, as characters. */
export function glance({ bytes, end }: SearchedText, at: number, length: number): string {
  return bytes.toString('latin1', at, Math.min(at + length, end));
}

/** At most `length` bytes before `at`, as characters. */
export function glanceBack({ bytes, from }: SearchedText, at: number, length: number): string {
  return bytes.toString('latin1', Math.max(from, at - length), at);
}

/** Behind the spaces and tabs at `at`, also over the end of a line that goes on behind a backslash. */
export function skipSpaces({ bytes, end }: SearchedText, at: number): number {
  const limit = Math.min(at + SPACES_MAX, end);
  let next = at;
  while (next < limit) {
    const length = spaceLength(bytes, next);
    if (length === 0) break;
    next += length;
  }
  return Math.min(next, end);
}

/** Bytes of the space at `at`: a blank, a tab, one that does not break, a line's end that a shell (`cmd`, PowerShell) takes away; else 0. */
function spaceLength(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === 0x20 || byte === 0x09) return 1;
  if (byte === 0xc2) return bytes[at + 1] === 0xa0 ? 2 : 0;
  if (byte !== 0x5c && byte !== 0x5e && byte !== 0x60) return 0;
  if (bytes[at + 1] === 0x0a) return 2;
  return bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a ? 3 : 0;
}

/** Behind the white space at `at`, line breaks too. */
export function skipBlank({ bytes, end }: SearchedText, at: number): number {
  const limit = Math.min(at + SPACES_MAX, end);
  let next = at;
  while (next < limit && bytes[next]! <= 0x20) next++;
  return next;
}

/** Only indentation, a list dash, `export`, `set`, `ENV` or a quote between the line's start and the name. */
export function isAtLineStart({ text, nameStart }: KeyPlace): boolean {
  const before = glanceBack(text, nameStart, 32);
  const isWhole = nameStart - text.from <= 32;
  return /(?:^|[\r\n]|\\n)[ \t]*(?:[-#*>] |\+|export |set |setenv |declare -x |ENV |ARG |\$env:|env )?["']?$/.test(
    isWhole ? before : `.${before}`,
  );
}

/** Nothing but a separator or a comment between `at` and the line's end. */
export function endsLine(text: SearchedText, at: number): boolean {
  return /^[ \t]*[,;]?[ \t]*(?:$|[\r\n]|\\r|\\n|#|\/\/)/.test(glance(text, at, 24));
}

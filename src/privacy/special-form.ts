/** What the special forms share: their shape, the bytes of words, and what stands where a password goes. */

import type { KeyMatch } from './key-place.ts';
import type { SearchedText } from './searched-text.ts';

/** A form: the literals that lead to it, and what it finds when one of them ends at `hitEnd`. */
export interface SpecialForm {
  readonly literals: readonly string[];
  match(text: SearchedText, literal: string, hitEnd: number): KeyMatch | readonly KeyMatch[] | undefined;
}

/** A reference, a mask or the word itself. */
export const PLACEHOLDER_PASSWORD =
  /^(?:\$|<|\{|\[|%[({A-Z]|\*|@(?:keychain|env):|x{3,}$|\.\.\.|(?:your[-_]?)?pass(?:word|wd)?$)/i;

/** Letters, digits, `_`, `-`. */
export function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x5f ||
    byte === 0x2d
  );
}

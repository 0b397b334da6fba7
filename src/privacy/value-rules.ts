/** Rules of rules.ts compiled, and tried where one of their literals ends. */

import type { SearchedText } from './searched-text.ts';
import type { SecretRule } from './secret-rule.ts';

const BEFORE_BYTES_MAX = 64;
const PLACEHOLDER = /^[xX*.#_<>0-]+$|xxxxxx|XXXXXX|\*\*\*/;

export interface CompiledRule extends SecretRule {
  readonly sticky: RegExp;
  /** Group 1 is what is replaced; its place is asked for only then, since that makes a match several times as dear. */
  readonly hasGroup: boolean;
  readonly lookBack: RegExp | undefined;
}

/** Where a rule matched; not a secret when the text is a placeholder or a word. */
export interface RuleMatch {
  readonly start: number;
  readonly end: number;
  readonly isSecret: boolean;
}

export function compileRule(rule: SecretRule): CompiledRule {
  const hasGroup = /\((?!\?)/.test(rule.after.replace(/\\./g, ''));
  return {
    ...rule,
    hasGroup,
    sticky: new RegExp(rule.after, `${hasGroup ? 'd' : ''}${rule.ignoresCase === true ? 'i' : ''}y`),
    lookBack: rule.before === undefined ? undefined : new RegExp(`(?:${rule.before})$`),
  };
}

/** Tries the rule at a literal that ends at `hitEnd`. Cost: the length of the match, or a bound of the pattern's own. */
export function matchRule(
  rule: CompiledRule,
  text: SearchedText,
  literal: string,
  hitEnd: number,
): RuleMatch | undefined {
  const { bytes, from } = text;
  let start = hitEnd - literal.length;
  if (rule.ignoresCase !== true && !isSpelled(bytes, start, literal)) return undefined;
  if (rule.inWord !== true && !isWordStart(bytes, from, start)) return undefined;
  if (rule.lookBack !== undefined) {
    const before = rule.lookBack.exec(bytes.toString('latin1', Math.max(from, start - BEFORE_BYTES_MAX), start));
    if (before === null) return undefined;
    start -= before[0].length;
  }
  const behind = hitEnd - from;
  rule.sticky.lastIndex = behind;
  const characters = text.latin1();
  const found = rule.hasGroup ? rule.sticky.exec(characters) : null;
  if (rule.hasGroup ? found === null : !rule.sticky.test(characters)) {
    return rule.failsWithRun === true ? { start, end: endOfRun(bytes, hitEnd, text.end), isSecret: false } : undefined;
  }
  const matched = characters.slice(behind, rule.sticky.lastIndex);
  const isSecret = !PLACEHOLDER.test(matched) && (rule.mixed !== true || isMixed(matched));
  const group = found?.indices?.[1];
  if (group !== undefined) return { start: from + group[0], end: from + group[1], isSecret };
  return { start, end: hitEnd + matched.length, isSecret };
}

/** Letters and digits, one run that is longer than any word, or letters whose case changes with every third. */
function isMixed(text: string): boolean {
  if ((/[0-9]/.test(text) && /[A-Za-z]/.test(text)) || /[A-Za-z0-9]{28}/.test(text)) return true;
  const switches = text.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  return text.length >= 16 && switches * 3 >= text.length;
}

function endOfRun(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && (isAlphanumeric(bytes[stop]!) || bytes[stop] === 0x5f || bytes[stop] === 0x2d)) stop++;
  return stop;
}

function isSpelled(bytes: Uint8Array, start: number, literal: string): boolean {
  for (let index = 0; index < literal.length; index++) {
    if (bytes[start + index] !== literal.charCodeAt(index)) return false;
  }
  return true;
}

/** No letter or digit before, unless it ends an escape: `\n`, `\u0022`, `%3D`, `%253D`, a terminal's colour. */
function isWordStart(bytes: Uint8Array, from: number, start: number): boolean {
  if (start <= from || !isAlphanumeric(bytes[start - 1]!)) return true;
  if (bytes[start - 2] === 0x5c) return true;
  if (start - from >= 3 && bytes[start - 3] === 0x25) return true;
  if (start - from >= 5 && bytes[start - 5] === 0x25 && bytes[start - 4] === 0x32 && bytes[start - 3] === 0x35)
    return true;
  if (start - from >= 6 && bytes[start - 6] === 0x5c && bytes[start - 5] === 0x75) return true;
  return bytes[start - 1] === 0x6d && isColourEscape(bytes, from, start - 2);
}

function isColourEscape(bytes: Uint8Array, from: number, last: number): boolean {
  let at = last;
  while (at > from && ((bytes[at]! >= 0x30 && bytes[at]! <= 0x39) || bytes[at] === 0x3b)) at--;
  return bytes[at] === 0x5b;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a);
}

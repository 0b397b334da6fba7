/**
 * Finds secrets in spans of the tape's workspace and writes the redacted text behind it. One pass of the literal
 * finder tells where anything could begin; only there a rule is tried. A clean text costs one table look-up per byte.
 */

import { type CustomRules, NO_CUSTOM_RULES } from '../model/custom-rules.ts';
import { NAMES_MAX } from '../model/names.ts';
import type { Tape } from '../model/tape.ts';
import { type CompiledCustomRule, compileCustomRules } from './custom-match.ts';
import { OBJECT_LITERALS } from './embedded-json.ts';
import { ESCAPE_LITERAL, isEscapedLetter, withoutEscapedLetters } from './escaped-letters.ts';
import { matchKeyForm } from './key-forms.ts';
import { KEY_WORDS, KeyKind, type KeyKindValue, keyKind } from './key-names.ts';
import { LiteralFinder, newCursor } from './literal-finder.ts';
import { MatchList } from './match-list.ts';
import { SECRET_RULES } from './rules.ts';
import { SearchedText } from './searched-text.ts';
import { isSecretValue, Style } from './secret-value.ts';
import { SPECIAL_FORMS } from './special-forms.ts';
import { compileRule, matchRule } from './value-rules.ts';

const NOT_ASKED = 255;
/** Nothing shorter holds a secret with its key. */
const TEXT_BYTES_MIN = 7;
const PATCH_HEADS = ['*** Begin Patch', '*** Update File: ', '*** Add File: ', 'diff --git a/'];
const SCHEME = /^(?:Bearer|Basic|Token|Digest|Negotiate|ApiKey|Api-Key|Bot|OAuth|SSWS|GenieKey|JWT)\s+/i;

const RULES = SECRET_RULES.map(compileRule);
const KEY_FORM = -1;
const PATCH = -2;
const ESCAPE = -3;
const OBJECT = -4;

/** What each literal of the automaton leads to: a rule's number, a special form's (behind the rules), or one of the above. */
const TARGETS: number[] = [];
const LITERALS: string[] = [];
const addLiterals = (literals: readonly string[], target: number): void => {
  for (const literal of literals) {
    LITERALS.push(literal);
    TARGETS.push(target);
  }
};
addLiterals(KEY_WORDS, KEY_FORM);
addLiterals(PATCH_HEADS, PATCH);
addLiterals([ESCAPE_LITERAL], ESCAPE);
addLiterals(OBJECT_LITERALS, OBJECT);
RULES.forEach((rule, index) => {
  addLiterals(rule.literals, index);
});
SPECIAL_FORMS.forEach((form, index) => {
  addLiterals(form.literals, RULES.length + index);
});
const FINDER = new LiteralFinder(LITERALS);

export class Redactor {
  /** Where the redacted text lies after a call that returned more than 0. */
  start = 0;
  length = 0;
  /** Whether the last text holds the head of a patch at the start of a line. */
  sawPatch = false;
  /** Whether an object of JSON begins in the last text. */
  sawObject = false;
  /** Whether the text under way holds a letter as an escape. */
  private sawEscape = false;

  private readonly cursor = newCursor();
  private readonly matches = new MatchList();
  private readonly custom: readonly CompiledCustomRule[];
  private readonly allow: ReadonlySet<string>;
  private readonly kindOfName = new Uint8Array(NAMES_MAX).fill(NOT_ASKED);
  /** Per rule: it was tried up to there and need not be tried again before. */
  private readonly triedUntil = new Int32Array(RULES.length);
  private readonly text = new SearchedText();

  constructor(custom: CustomRules = NO_CUSTOM_RULES) {
    this.custom = compileCustomRules(custom.rules);
    this.allow = new Set(custom.allow.map((text) => Buffer.from(text).toString('latin1')));
  }

  /** Redacts the secrets inside a text; returns how many, 0 when the text stays as it is. */
  redactText(tape: Tape, start: number, length: number): number {
    const at = this.searchBoth(tape, start, length);
    if (this.matches.count === 0) return 0;
    return at === start ? this.finish(tape, start, start + length) : this.finish(tape, at, tape.used);
  }

  /** Whether redactText would change the text. Counts nothing. */
  findsSecret(tape: Tape, start: number, length: number): boolean {
    this.searchBoth(tape, start, length);
    return this.matches.clear() > 0;
  }

  /** Whether nothing in the text could be a secret or a patch; false when it takes a closer look to tell. */
  isClean(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.custom.length > 0) return false;
    if (length < TEXT_BYTES_MIN) return true;
    const { cursor } = this;
    cursor.position = start;
    cursor.window = 0;
    return !FINDER.scan(bytes, cursor, start, start + length);
  }

  /** What the node's key says of its value; remembered by the key's number. */
  keyKindOf(tape: Tape, node: number): KeyKindValue {
    const length = tape.keyLength[node]!;
    if (length <= 0) return KeyKind.NONE;
    const id = tape.keyId[node]!;
    if (id === 0) return this.kindOfKey(tape, tape.keyStart[node]!, length);
    const known = this.kindOfName[id]!;
    if (known !== NOT_ASKED) return known as KeyKindValue;
    const kind = this.kindOfKey(tape, tape.keyStart[node]!, length);
    this.kindOfName[id] = kind;
    return kind;
  }

  /** Redacts the whole value of a key of this kind; 0 when it plainly is no secret (empty, a reference, a placeholder). */
  redactValue(tape: Tape, start: number, length: number, kind: KeyKindValue): number {
    const text = tape.text(start, Math.min(length, 4096));
    const isHeader = kind === KeyKind.AUTHORIZATION || kind === KeyKind.COOKIE;
    const value = isHeader ? text.replace(SCHEME, '') : text;
    if (!isSecretValue(value, isHeader ? KeyKind.STRONG : kind, Style.ATTRIBUTE)) return 0;
    if (this.allow.size > 0 && this.allow.has(Buffer.from(text).toString('latin1'))) return 0;
    this.matches.add(start, start + length, 'secret-key-value');
    return this.finish(tape, start, start + length);
  }

  /** Whether a text (a flag, the `name` beside a `value`) names a secret. */
  kindOfKey(tape: Tape, start: number, length: number): KeyKindValue {
    const { cursor } = this;
    const end = start + length;
    cursor.position = start;
    cursor.window = 0;
    while (FINDER.scan(tape.bytes, cursor, start, end)) {
      for (let at = 0; at < cursor.foundCount; at++) {
        if (TARGETS[cursor.found[2 * at]!] === KEY_FORM) return keyKind(tape.text(start, Math.min(length, 256)));
      }
    }
    return KeyKind.NONE;
  }

  /** How often each rule fired since the last call. */
  takeCounts(): Record<string, number> {
    return this.matches.takeCounts();
  }

  /** Searches the text, and a copy without escaped letters when it has some; returns where the text of the matches begins. */
  private searchBoth(tape: Tape, start: number, length: number): number {
    this.search(tape, start, start + length);
    if (!this.sawEscape) return start;
    const copy = tape.append(withoutEscapedLetters(Buffer.from(tape.bytes.subarray(start, start + length))));
    const { sawPatch, sawObject } = this;
    this.matches.clear();
    this.search(tape, copy, tape.used);
    this.sawPatch ||= sawPatch;
    this.sawObject ||= sawObject;
    if (this.matches.count > 0) return copy;
    this.search(tape, start, start + length);
    return start;
  }

  private search(tape: Tape, start: number, end: number): void {
    this.sawPatch = this.sawObject = this.sawEscape = false;
    const { cursor } = this;
    cursor.position = start;
    cursor.window = 0;
    if (end - start >= TEXT_BYTES_MIN && FINDER.scan(tape.bytes, cursor, start, end)) this.readHits(tape, start, end);
    if (this.custom.length > 0) this.applyCustomRules(tape, start, end);
  }

  /** From the first hit to the end of the text. */
  private readHits(tape: Tape, start: number, end: number): void {
    const { text } = this;
    text.open(tape, start, end);
    this.triedUntil.fill(0);
    do this.hit(text);
    while (FINDER.scan(tape.bytes, this.cursor, start, end));
  }

  private hit(text: SearchedText): void {
    const { found, foundCount } = this.cursor;
    for (let at = 0; at < foundCount; at++) this.tryLiteral(text, found[2 * at]!, found[2 * at + 1]!);
  }

  private tryLiteral(text: SearchedText, literal: number, hitEnd: number): void {
    const target = TARGETS[literal]!;
    if (target === KEY_FORM) {
      const found = matchKeyForm(text, hitEnd);
      if (found === undefined) return;
      this.add(text, found.start, found.end, found.rule);
      text.nameEnd = Math.max(text.nameEnd, found.end);
    } else if (target === ESCAPE) {
      this.sawEscape ||= isEscapedLetter(text.bytes, hitEnd, text.end);
    } else if (target === OBJECT) {
      this.sawObject = true;
    } else if (target === PATCH) {
      if (isLineStart(text.bytes, text.from, hitEnd - LITERALS[literal]!.length)) this.sawPatch = true;
    } else if (target < RULES.length) this.tryRule(text, target, LITERALS[literal]!, hitEnd);
    else {
      const found = SPECIAL_FORMS[target - RULES.length]!.match(text, LITERALS[literal]!, hitEnd);
      if (found === undefined) return;
      for (const { start, end, rule } of Array.isArray(found) ? found : [found]) this.add(text, start, end, rule);
    }
  }

  private tryRule(text: SearchedText, index: number, literal: string, hitEnd: number): void {
    if (hitEnd - literal.length < this.triedUntil[index]!) return;
    const rule = RULES[index]!;
    const found = matchRule(rule, text, literal, hitEnd);
    if (found === undefined) return;
    this.triedUntil[index] = found.end;
    if (found.isSecret) this.add(text, found.start, found.end, rule.id);
  }

  private add(text: SearchedText, start: number, end: number, rule: string): void {
    if (this.allow.size > 0 && this.allow.has(text.bytes.toString('latin1', start, end))) return;
    this.matches.add(start, end, rule);
  }

  private applyCustomRules(tape: Tape, start: number, end: number): void {
    const { text } = this;
    text.open(tape, start, end);
    for (const rule of this.custom) {
      rule.each(text.latin1(), (from, to) => {
        this.add(
          text,
          characterStart(tape.bytes, start + from, start),
          characterEnd(tape.bytes, start + to, end),
          rule.id,
        );
      });
    }
  }

  private finish(tape: Tape, start: number, end: number): number {
    const found = this.matches.write(tape, start, end);
    this.start = this.matches.start;
    this.length = tape.used - this.start;
    return found;
  }
}

/** A pattern of an operator may end inside a UTF-8 character, a redacted text may not. */
function characterStart(bytes: Uint8Array, at: number, from: number): number {
  let start = at;
  while (start > from && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}

function characterEnd(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && (bytes[stop]! & 0xc0) === 0x80) stop++;
  return stop;
}

function isLineStart(bytes: Uint8Array, from: number, at: number): boolean {
  if (at <= from) return true;
  const before = bytes[at - 1]!;
  return before === 0x0a || before === 0x22 || before === 0x27 || (before === 0x6e && bytes[at - 2] === 0x5c);
}

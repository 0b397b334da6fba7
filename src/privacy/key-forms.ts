/**
 * The key forms: a name that says "secret" and its value behind it, as they stand in shells, headers, flags, URLs, JSON
 * (also escaped), YAML, XML, netrc, program text and prose. Works on bytes; each hit of a key word costs a bounded number
 * of steps, so that a text is read in linear time.
 *
 *   -H "Authorization: Bearer …"   API_KEY=…   --token …   "apiKey": "…"   \"pwd\":\"…\"   <Token>…</Token>
 *   name: DB_PASSWORD, value: …    "api_token", "…"   var token string = "…"   the password is …
 */

import { elementText } from './element-text.ts';
import { KeyKind, type KeyKindValue, keyKind, ownsKeys } from './key-names.ts';
import { glance, glanceBack, type KeyMatch, type KeyPlace, skipSpaces } from './key-place.ts';
import { headerAt, isSchemeAt, valueAt } from './keyed-value.ts';
import type { SearchedText } from './searched-text.ts';
import { Style } from './secret-value.ts';
import { type Quote, quoteAt } from './value-span.ts';

const NAME_BEFORE_MAX = 64;
const NAME_BEHIND_MAX = 48;
const WINDOW = 96;
const TYPE_BEFORE_EQUALS = /^[ \t]{0,4}:?[ \t]{0,4}&?'?[A-Za-z][A-Za-z0-9_<>.|? ]{0,24}[ \t]{0,4}(?==[^=>])/;
const VALUE_FIELD = /^[\s,;]{0,24}(?:\\{0,7}["'])?(?:value|Value|VALUE|val)(?:\\{0,7}["'])?[ \t]{0,4}[:=][ \t]{0,4}/;
/** The default of a variable of Terraform. */
const DEFAULT = /^\{[^{}]{0,200}?\bdefault[ \t]{0,16}=[ \t]{0,16}(?=\\{0,7}")/;
const PROSE =
  /^ {1,2}(?:(?:is|was|are|to|of|as|value|string|set to|will be|should be|used is|:|=|->) {0,2}(?:now |still |just )?(?:: ?)?)?["'`]?/;
const WORD_BEFORE = /([A-Za-z]{2,16})[ -]$/;
/** Commands that take a name and its value as two words, and a flag that may stand between them. */
const SETTER_BEFORE = /\b(?:set(?:env|x)?|config|add|put)(?: --?[\w-]{1,12})* {1,2}["']?$/;
const BODY_FLAG = /^["']?(?: {1,2}--?[\w-]{1,16}(?: [\w./-]{1,40})?)? {1,2}(?:--body|-b|--value|--secret-string)[ =]/;
/** The colons and equals signs of East Asian keyboards in UTF-8. */
const WIDE_SEPARATORS = ['\xef\xbc\x9a', '\xef\xbc\x9d'];
/** `=` and `:` in a URL that is a parameter of a URL, up to four deep. */
const PERCENT_SEPARATOR = /^%(?:25){0,3}3[AD]/i;
const NEXT_LINE = /^[ \t]{0,8}\r?\n[ \t]{1,24}(?=[^\s:=]{8,160}[ \t]{0,8}(?:$|[\r\n]))/;
const BLOCK = /^(?:[|>][+-]?[0-9]?[ \t]*|<<[-~]?["']?[A-Z]\w{0,15}["']?)?(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)[ \t]*(?=\S)/;
const SQL_BEFORE = /\b(?:with|encrypted|role|user|login|set|alter|identified)\b/i;
const NETRC_BEFORE = /\blogin[ \t]+\S+[ \t\n]+(?:account[ \t]+\S+[ \t\n]+)?$/;

/** Looks at the key word that ends at `hitEnd`; the secret behind its name, or undefined. */
export function matchKeyForm(text: SearchedText, hitEnd: number): KeyMatch | undefined {
  if (hitEnd <= text.nameEnd) return undefined;
  const nameStart = startOfName(text, hitEnd);
  const nameEnd = endOfName(text, hitEnd);
  text.nameEnd = nameEnd;
  if (hitEnd - nameStart >= NAME_BEFORE_MAX || nameEnd - hitEnd >= NAME_BEHIND_MAX) return undefined;
  const kind = kindInContext(text, nameStart, nameEnd);
  return kind === KeyKind.NONE ? undefined : find({ text, nameStart, nameEnd, kind });
}

/** `api key` and `fernet key` are names of two words in prose. */
function kindInContext(text: SearchedText, nameStart: number, nameEnd: number): KeyKindValue {
  const name = text.bytes.toString('latin1', nameStart, nameEnd);
  const kind = keyKind(name);
  if (kind !== KeyKind.WEAK || !/^keys?$/i.test(name)) return kind;
  const before = WORD_BEFORE.exec(glanceBack(text, nameStart, 18));
  return before !== null && ownsKeys(before[1]!) ? KeyKind.STRONG : kind;
}

function find(place: KeyPlace): KeyMatch | undefined {
  const { text, nameStart, nameEnd } = place;
  const { bytes } = text;
  const closing = quoteAt(bytes, nameEnd, text.end);
  let afterName = closing === undefined ? nameEnd : closing.end;
  if (closing !== undefined && bytes[afterName] === 0x5d) afterName++; // environ["KEY"] = …
  afterName = skipStars(text, afterName); // **Password**: …
  const at = skipSpaces(text, afterName);
  const separator = separatorEnd(text, at);
  if (separator > at) {
    // `arn:aws:secretsmanager:…:secret:name`: a part of a list of parts.
    const isPart = separator === at + 1 && bytes[at] === 0x3a && nameStart > text.from && bytes[nameStart - 1] === 0x3a;
    if (isPart && closing === undefined) return undefined;
    return assigned(place, separator, separator - at === 1 && bytes[at] === 0x3d && at === afterName, closing);
  }
  return (
    elementText(place, afterName, closing) ??
    paired(place, afterName, at, closing) ??
    spoken(place, afterName, at, closing)
  );
}

/** `=`, `:`, `:=`, `=>`, `?=`, `+=`, `==` …: at most four such characters, one of them `=` or `:`, not the scope `::`. */
function separatorEnd(text: SearchedText, at: number): number {
  const { bytes } = text;
  const limit = Math.min(at + 4, text.end);
  let next = at;
  let isSeparator = false;
  for (; next < limit; next++) {
    const byte = bytes[next]!;
    if (byte === 0x3d || byte === 0x3a) isSeparator = true;
    else if (byte !== 0x3f && byte !== 0x2b && byte !== 0x2e && byte !== 0x7c && byte !== 0x21 && byte !== 0x3e) break;
    else if (byte === 0x3e && !isSeparator) break;
  }
  if (!isSeparator) {
    const wide = glance(text, at, 9);
    const encoded = PERCENT_SEPARATOR.exec(wide);
    if (encoded !== null) return at + encoded[0].length;
    return WIDE_SEPARATORS.includes(wide.slice(0, 3)) ? at + 3 : at;
  }
  const sign = bytes.toString('latin1', at, next);
  if (sign === '::') return at;
  return /^[:=]\|$/.test(sign) ? at + 1 : next;
}

function assigned(place: KeyPlace, at: number, isTight: boolean, closing: Quote | undefined): KeyMatch | undefined {
  const { text } = place;
  let start = skipSpaces(text, skipStars(text, skipSpaces(text, at))); // **Password:** …
  if (place.kind === KeyKind.AUTHORIZATION || place.kind === KeyKind.COOKIE) return headerAt(place, start);
  if (text.bytes[at - 1] === 0x3a) {
    const typed = TYPE_BEFORE_EQUALS.exec(glance(text, start, WINDOW));
    if (typed !== null) start = skipSpaces(text, start + typed[0].length + 1);
  }
  const nextLine = start === at && text.bytes[at - 1] === 0x3a ? NEXT_LINE.exec(glance(text, at, 200)) : null;
  if (nextLine !== null) return valueAt(place, at + nextLine[0].length, Style.PAIR);
  start = behindLineBreak(text, start, closing);
  if (text.bytes[place.nameStart] === 0x2d) return valueAt(place, start, Style.FLAG);
  return valueAt(place, start, start !== at || !isTight ? Style.LOOSE : Style.TIGHT);
}

/** YAML's `|` and `>`, a here-document, and a line break behind a quoted key: the value stands on the next line. */
function behindLineBreak(text: SearchedText, at: number, closing: Quote | undefined): number {
  const first = text.bytes[at];
  const isBlock = first === 0x7c || first === 0x3e || first === 0x3c;
  if (!isBlock && closing === undefined) return at;
  const block = BLOCK.exec(glance(text, at, 48));
  return block === null ? at : at + block[0].length;
}

/** Behind a closing quote as word processors write it, and the stars of Markdown. */
function skipStars({ bytes, end }: SearchedText, at: number): number {
  let next = at;
  if (bytes[at] === 0xe2 && bytes[at + 1] === 0x80 && (bytes[at + 2] === 0x9d || bytes[at + 2] === 0x99)) next += 3;
  const limit = Math.min(end, next + 3);
  while (next < limit && bytes[next] === 0x2a) next++;
  return Math.min(next, end);
}

/** `("api_token", "…")`, a column behind its name, `name: X, value: …`, `name="X" value="…"`. */
function paired(place: KeyPlace, afterName: number, at: number, closing: Quote | undefined): KeyMatch | undefined {
  const { text, nameStart } = place;
  const { bytes } = text;
  const field = VALUE_FIELD.exec(glance(text, afterName, WINDOW));
  if (field !== null) return valueAt(place, afterName + field[0].length, Style.TIGHT);
  if (bytes[at] === 0x7b && closing !== undefined) {
    const preset = DEFAULT.exec(glance(text, at, 240));
    return preset === null ? undefined : valueAt(place, at + preset[0].length, Style.QUOTED);
  }
  const isCell = bytes[at] === 0x7c && /\|[ \t]{0,8}`?$/.test(glanceBack(text, nameStart, 10));
  if (isCell) return valueAt(place, skipSpaces(text, at + 1), Style.PAIR);
  if (bytes[at] !== 0x2c) return undefined;
  const next = skipSpaces(text, at + 1);
  if (closing !== undefined) {
    return quoteAt(bytes, next, text.end) === undefined ? undefined : valueAt(place, next, Style.PAIR);
  }
  const isFirstColumn = nameStart === text.from || bytes[nameStart - 1] === 0x0a;
  return isFirstColumn ? valueAt(place, next, Style.PAIR) : undefined;
}

/** Behind a space: a flag's value, `PASSWORD 'x'`, netrc, `Bearer x`, prose. */
function spoken(place: KeyPlace, afterName: number, at: number, closing: Quote | undefined): KeyMatch | undefined {
  const { text, nameStart, nameEnd, kind } = place;
  if (at === afterName) return undefined;
  if (SETTER_BEFORE.test(glanceBack(text, nameStart, 40))) {
    const flag = BODY_FLAG.exec(glance(text, nameEnd, WINDOW));
    return valueAt(place, flag === null ? at : nameEnd + flag[0].length, Style.FLAG);
  }
  if (closing !== undefined) return undefined;
  if (text.bytes[nameStart] === 0x2d) {
    return kind === KeyKind.COOKIE ? headerAt(place, at) : valueAt(place, at, Style.FLAG);
  }
  const rest = glance(text, afterName, WINDOW);
  const typed = TYPE_BEFORE_EQUALS.exec(rest);
  const isAssignment = typed !== null && /\s$/.test(typed[0]);
  if (isAssignment) return valueAt(place, skipSpaces(text, afterName + typed[0].length + 1), Style.LOOSE);
  if (kind >= KeyKind.AUTHORIZATION) return isSchemeAt(text, at) ? headerAt(place, at) : undefined;
  // `pass` is a verb as well, and weaker names say nothing without a sign between them and the value.
  const isVerb = nameEnd - nameStart === 4 && kind === KeyKind.PASSWORD;
  if (kind === KeyKind.WEAK) return undefined;
  const isNetrc = NETRC_BEFORE.test(glanceBack(text, nameStart, 100));
  if (isNetrc || isVerb) return isNetrc ? valueAt(place, at, Style.FLAG) : undefined;
  if (quoteAt(text.bytes, at, text.end) !== undefined) {
    const isSql = SQL_BEFORE.test(glanceBack(text, nameStart, 48));
    return valueAt(place, at, isSql ? Style.QUOTED : Style.PAIR);
  }
  const prose = PROSE.exec(rest);
  return prose === null ? undefined : valueAt(place, afterName + prose[0].length, Style.PAIR);
}

function startOfName({ bytes, from }: SearchedText, hitEnd: number): number {
  const limit = Math.max(from, hitEnd - NAME_BEFORE_MAX);
  let at = hitEnd;
  while (at > limit && isNameByte(bytes[at - 1]!)) at--;
  if (at === from || bytes[at - 1] !== 0x5c) return at;
  // The escape before a name belongs to the text around it: `\npassword`, `\u0022password`.
  if (bytes[at] === 0x75 && hitEnd - at > 5) return at + 5;
  return /[nrtbf]/.test(String.fromCharCode(bytes[at]!)) ? at + 1 : at;
}

function endOfName({ bytes, end }: SearchedText, hitEnd: number): number {
  const limit = Math.min(end, hitEnd + NAME_BEHIND_MAX);
  let at = hitEnd;
  while (at < limit && isNameByte(bytes[at]!)) at++;
  while (at > hitEnd && (bytes[at - 1] === 0x2e || bytes[at - 1] === 0x2d)) at--;
  return at;
}

/** Letters, digits, `_`, `-`, `.`, `$`. */
function isNameByte(byte: number): boolean {
  if (byte >= 0x61 && byte <= 0x7a) return true;
  if (byte >= 0x30 && byte <= 0x39) return true;
  if (byte >= 0x41 && byte <= 0x5a) return true;
  return byte === 0x5f || byte === 0x2d || byte === 0x2e || byte === 0x24;
}

/**
 * The key forms: a name that says "secret" and its value behind it, as they stand in shells, headers, flags, URLs, JSON
 * (also escaped), YAML, XML, netrc, program text and prose. Works on bytes; each hit of a key word costs a bounded number
 * of steps, so that a text is read in linear time.
 *
 *   -H "Authorization: Bearer …"   API_KEY=…   --token …   "apiKey": "…"   \"pwd\":\"…\"   <Token>…</Token>
 *   name: DB_PASSWORD, value: …    "api_token", "…"   var token string = "…"   the password is …
 */

import { KeyKind, type KeyKindValue, keyKind } from './key-names.ts';
import type { SearchedText } from './searched-text.ts';
import { isSecretValue, Style, type StyleValue } from './secret-value.ts';
import { type Quote, quoteAt, type ValueSpans } from './value-span.ts';

const NAME_BEFORE_MAX = 64;
const NAME_BEHIND_MAX = 48;
const SPACES_MAX = 32;
const SCHEMES =
  /^(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|ApiKey|Api-Key|Api-Token|OAuth|Signature|Bot|Key|SSWS|GenieKey|DSN|Splunk|Hawk|Klaviyo-API-Key|Apikey|PVEAPIToken|token|AWS4-HMAC-SHA256|Discord|JWT|Client-ID)(?::? +|=)(?=\S)/i;
const WITH_PARAMETERS = /^(?:Digest|AWS4-HMAC-SHA256|OAuth|Signature|Hawk)\b/i;
const PARAMETERS = /^(?:[\w-]{1,64}=(?:\\{0,7}"[^"\\]*\\{0,7}"|[^\s,"'\\]+)(?:,[ \t]*)?)+/;
const TYPE_BEFORE_EQUALS = /^[ \t]{0,4}:?[ \t]{0,4}&?'?[A-Za-z][A-Za-z0-9_<>.|? ]{0,24}[ \t]{0,4}(?==[^=>])/;
const VALUE_FIELD = /^[\s,;]{0,24}(?:\\{0,7}["'])?(?:value|Value|VALUE|val)(?:\\{0,7}["'])?[ \t]{0,4}[:=][ \t]{0,4}/;
const PROSE =
  /^ {1,2}(?:(?:is|was|are|to|of|as|value|string|set to|will be|should be|used is|:|=|->) {0,2}(?:now |still |just )?(?:: ?)?)?["'`]?/;
const WRAPPER = /^(?:[A-Za-z_][\w.:]{0,40}\(|[bfruBFRUL@$]{1,2}(?=["'])|&(?=["']))/;
const WINDOW = 96;

/** One secret that was found. */
export interface KeyMatch {
  /** Span of the value, in the same bytes. */
  start: number;
  end: number;
  rule: string;
}

/** Looks at the key word that ends at `hitEnd` in the text [from, end); the secret behind it, or undefined. */
export function matchKeyForm(text: SearchedText, hitEnd: number): KeyMatch | undefined {
  const { bytes, from, end } = text;
  if (hitEnd <= text.nameEnd) return undefined;
  const nameStart = startOfName(bytes, from, hitEnd);
  const nameEnd = endOfName(bytes, hitEnd, end);
  text.nameEnd = nameEnd;
  if (hitEnd - nameStart >= NAME_BEFORE_MAX || nameEnd - hitEnd >= NAME_BEHIND_MAX) return undefined;
  const name = bytes.toString('latin1', nameStart, nameEnd);
  const kind = kindInContext(bytes, from, nameStart, name);
  if (kind === KeyKind.NONE) return undefined;
  return new Lookout(text, nameStart, nameEnd, kind).find();
}

/** `api key` and `access token` are names of two words in prose; `machine … login … password` is netrc. */
function kindInContext(bytes: Buffer, from: number, nameStart: number, name: string): KeyKindValue {
  const kind = keyKind(name);
  if (kind !== KeyKind.WEAK || !/^keys?$/i.test(name)) return kind;
  const before = bytes.toString('latin1', Math.max(from, nameStart - 16), nameStart);
  return /\b(?:api|access|secret|private|encryption|signing|auth|license|master|account|admin)[ -]$/i.test(before)
    ? KeyKind.STRONG
    : kind;
}

/** All ways in which a value can stand behind one name. */
class Lookout {
  private readonly bytes: Buffer;
  private readonly from: number;
  private readonly end: number;
  private readonly spans: ValueSpans;
  private readonly nameStart: number;
  private readonly nameEnd: number;
  private readonly kind: KeyKindValue;

  constructor(text: SearchedText, nameStart: number, nameEnd: number, kind: KeyKindValue) {
    this.bytes = text.bytes;
    this.from = text.from;
    this.end = text.end;
    this.spans = text.spans;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.kind = kind;
  }

  find(): KeyMatch | undefined {
    const { bytes, end } = this;
    const closing = quoteAt(bytes, this.nameEnd, end);
    let at = closing === undefined ? this.nameEnd : closing.end;
    if (closing !== undefined && bytes[at] === 0x5d) at++; // environ["KEY"] = …
    const afterKey = at;
    at = this.skipSpaces(at);
    const separator = this.separatorEnd(at);
    // `arn:aws:secretsmanager:…:secret:name`: a part of a list of parts.
    if (
      separator === at + 1 &&
      bytes[at] === 0x3a &&
      this.nameStart > this.from &&
      bytes[this.nameStart - 1] === 0x3a
    ) {
      return undefined;
    }
    if (separator > at) return this.assigned(separator, separator - at === 1 && bytes[at] === 0x3d && at === afterKey);
    if (this.isTag(afterKey)) return this.element(afterKey + 1);
    return this.paired(afterKey, at, closing) ?? this.spoken(afterKey, at, closing);
  }

  /** `=`, `:`, `:=`, `=>`, `?=`, `+=`, `==` …: at most four such characters, one of them `=` or `:`, not the scope `::`. */
  private separatorEnd(at: number): number {
    const { bytes } = this;
    const limit = Math.min(at + 4, this.end);
    let next = at;
    let isSeparator = false;
    for (; next < limit; next++) {
      const byte = bytes[next]!;
      if (byte === 0x3d || byte === 0x3a) isSeparator = true;
      else if (byte !== 0x3f && byte !== 0x2b && byte !== 0x2e && byte !== 0x7c && byte !== 0x21 && byte !== 0x3e)
        break;
      else if (byte === 0x3e && !isSeparator) break;
    }
    if (!isSeparator) {
      const percent = bytes.toString('latin1', at, at + 3).toUpperCase();
      return percent === '%3D' || percent === '%3A' ? at + 3 : at;
    }
    const text = bytes.toString('latin1', at, next);
    return text === '::' || /^[:=]\|$/.test(text) ? (text === '::' ? at : at + 1) : next;
  }

  private assigned(at: number, isTight: boolean): KeyMatch | undefined {
    if (this.kind === KeyKind.AUTHORIZATION || this.kind === KeyKind.COOKIE) return this.header(at);
    let start = this.skipSpaces(at);
    const typed = TYPE_BEFORE_EQUALS.exec(this.bytes.toString('latin1', start, Math.min(start + WINDOW, this.end)));
    if (typed !== null && this.bytes[at - 1] === 0x3a) start = this.skipSpaces(start + typed[0].length + 1);
    start = this.blockScalar(start);
    const isFlag = this.bytes[this.nameStart] === 0x2d;
    const isSpaced = start !== at || !isTight;
    return this.value(start, isFlag ? Style.FLAG : isSpaced ? Style.LOOSE : Style.TIGHT);
  }

  /** YAML's `|` and `>`, and a line break behind a quoted key: the value stands on the next line. */
  private blockScalar(at: number): number {
    const head = this.bytes.toString('latin1', at, Math.min(at + SPACES_MAX, this.end));
    const block = /^(?:[|>][+-]?[0-9]?[ \t]*)?(?:\r?\n|\\r\\n|\\n)[ \t]*(?=\S)/.exec(head);
    if (block === null) return at;
    const isQuotedKey = quoteAt(this.bytes, this.nameEnd, this.end) !== undefined;
    return /^[|>]/.test(head) || isQuotedKey ? at + block[0].length : at;
  }

  /** `("api_token", "…")`, a column behind its name, `name: X, value: …`, `name="X" value="…"`. */
  private paired(afterKey: number, at: number, closing: Quote | undefined): KeyMatch | undefined {
    const { bytes } = this;
    const field = VALUE_FIELD.exec(bytes.toString('latin1', afterKey, Math.min(afterKey + WINDOW, this.end)));
    if (field !== null) return this.value(afterKey + field[0].length, Style.TIGHT);
    if (bytes[at] !== 0x2c) return undefined;
    const next = this.skipSpaces(at + 1);
    if (closing !== undefined) {
      return quoteAt(bytes, next, this.end) === undefined ? undefined : this.value(next, Style.PAIR);
    }
    const isFirstColumn = this.nameStart === this.from || bytes[this.nameStart - 1] === 0x0a;
    return isFirstColumn ? this.value(next, Style.PAIR) : undefined;
  }

  /** Behind a space: a flag's value, `PASSWORD 'x'`, netrc, `Bearer x`, prose. */
  private spoken(afterKey: number, at: number, closing: Quote | undefined): KeyMatch | undefined {
    const { bytes } = this;
    if (at === afterKey || closing !== undefined) return undefined;
    if (bytes[this.nameStart] === 0x2d) return this.value(at, Style.FLAG);
    const rest = bytes.toString('latin1', afterKey, Math.min(afterKey + WINDOW, this.end));
    const typed = TYPE_BEFORE_EQUALS.exec(rest);
    if (typed !== null) return this.value(this.skipSpaces(afterKey + typed[0].length + 1), Style.LOOSE);
    if (this.kind === KeyKind.AUTHORIZATION || this.kind === KeyKind.COOKIE) {
      return SCHEMES.test(bytes.toString('latin1', at, at + 24)) ? this.header(at) : undefined;
    }
    // `pass` is a verb as well, and weaker names say nothing without a sign between them and the value.
    const isVerb = this.nameEnd - this.nameStart === 4 && this.kind === KeyKind.PASSWORD;
    if (this.kind === KeyKind.WEAK || isVerb) return isVerb ? this.loginPassword(at) : undefined;
    if (quoteAt(bytes, at, this.end) !== undefined) return this.value(at, Style.PAIR) ?? this.sqlPassword(at);
    const login = this.loginPassword(at);
    if (login !== undefined) return login;
    const prose = PROSE.exec(rest);
    return prose === null ? undefined : this.value(afterKey + prose[0].length, Style.PAIR);
  }

  /** `login me password x` of netrc. */
  private loginPassword(at: number): KeyMatch | undefined {
    const before = this.bytes.toString('latin1', Math.max(this.from, this.nameStart - 100), this.nameStart);
    return /\blogin[ \t]+\S+[ \t\n]+(?:account[ \t]+\S+[ \t\n]+)?$/.test(before)
      ? this.value(at, Style.FLAG)
      : undefined;
  }

  private sqlPassword(at: number): KeyMatch | undefined {
    const before = this.bytes.toString('latin1', Math.max(this.from, this.nameStart - 48), this.nameStart);
    return /\b(?:with|encrypted|role|user|login|set|alter|identified)\b/i.test(before)
      ? this.value(at, Style.QUOTED)
      : undefined;
  }

  /** An Authorization or Cookie header: the scheme's name stays, all credentials go. */
  private header(at: number): KeyMatch | undefined {
    const { bytes } = this;
    let start = this.skipSpaces(at);
    const quote = quoteAt(bytes, start, this.end);
    if (quote !== undefined) start = quote.end;
    const head = bytes.toString('latin1', start, Math.min(start + 40, this.end));
    const scheme = SCHEMES.exec(head);
    if (scheme !== null) start += scheme[0].length;
    if (WITH_PARAMETERS.test(head)) return this.parameters(start);
    let stop = this.endOfHeader(start, quote);
    if (this.kind === KeyKind.AUTHORIZATION) {
      const value = bytes.toString('latin1', start, Math.min(stop, start + 4096));
      const isKept =
        scheme === null
          ? !isSecretValue(value, KeyKind.STRONG, quote ? Style.QUOTED : Style.TIGHT)
          : !isCredentials(value);
      return isKept ? undefined : { start, end: stop, rule: 'authorization-header' };
    }
    const cookies = bytes.toString('latin1', start, Math.min(stop, start + 4096));
    const pairs = /^[\w.$!#%&'*+^|~-]{1,128}=[^;\s,]{3,}(?:;[ \t]*[\w.$!#%&'*+^|~-]{1,128}(?:=[^;,]*)?)*/.exec(cookies);
    if (pairs === null) return this.value(start, quote ? Style.QUOTED : Style.LOOSE);
    if (/=[ \t]*(?:\$|<|\{|\*{3}|process\.|document\.)/.test(pairs[0]) || MASKED.test(pairs[0])) return undefined;
    if (stop - start <= 4096) stop = start + pairs[0].trimEnd().length;
    return { start, end: stop, rule: 'cookie-header' };
  }

  /** `Digest username="…", response="…"`: all of the list. */
  private parameters(start: number): KeyMatch | undefined {
    const list = PARAMETERS.exec(this.bytes.toString('latin1', start, Math.min(start + 4096, this.end)));
    return list === null ? undefined : { start, end: start + list[0].length, rule: 'authorization-header' };
  }

  private endOfHeader(start: number, quote: Quote | undefined): number {
    if (quote !== undefined) return this.spans.endOfQuoted(start, quote);
    const isLine = this.kind === KeyKind.COOKIE;
    return this.spans.endOfUnquoted(start, isLine ? 'line' : 'word');
  }

  /** The value at `at`, quoted or not, when it is a secret. */
  private value(at: number, style: StyleValue, stopsAt = ''): KeyMatch | undefined {
    const { bytes, end } = this;
    let start = at;
    const wrapper = WRAPPER.exec(bytes.toString('latin1', start, Math.min(start + 48, end)));
    if (wrapper !== null && quoteAt(bytes, start + wrapper[0].length, end) !== undefined) start += wrapper[0].length;
    const quote = quoteAt(bytes, start, end);
    let stop: number;
    let how: StyleValue = style;
    if (quote !== undefined) {
      start = quote.end;
      stop = this.spans.endOfQuoted(start, quote);
      if (style !== Style.PAIR) how = Style.QUOTED;
    } else {
      const isAlone = style === Style.LOOSE && this.isAtLineStart();
      const isDotenv = style === Style.TIGHT && stopsAt === '' && this.isAtLineStart();
      stop = this.spans.endOfUnquoted(
        start,
        isAlone || isDotenv ? 'dotenv' : style === Style.FLAG ? 'argument' : 'word',
      );
      if (isAlone && this.endsLine(stop)) how = Style.LINE;
    }
    const scheme = SCHEMES.exec(bytes.toString('latin1', start, Math.min(start + 32, end)));
    if (scheme !== null && scheme[0].length < stop - start) start += scheme[0].length;
    else if (scheme !== null && quote === undefined && /^Bearer|^Basic|^Token/i.test(scheme[0])) {
      start += scheme[0].length;
      stop = this.spans.endOfUnquoted(start, 'word');
    }
    if (stop <= start) return undefined;
    const value = bytes.toString('latin1', start, Math.min(stop, start + 4096));
    const kind = this.kind >= KeyKind.AUTHORIZATION ? KeyKind.STRONG : this.kind;
    if (!isSecretValue(value, kind, how)) return undefined;
    return { start, end: stop, rule: ruleOfKind(this.kind) };
  }

  /** The text of an XML element: what follows it is a tag again. */
  private element(at: number): KeyMatch | undefined {
    const found = this.value(this.skipBlank(at), Style.TIGHT, '<');
    return found !== undefined && this.bytes[this.skipBlank(found.end)] === 0x3c ? found : undefined;
  }

  private isTag(at: number): boolean {
    return this.bytes[at] === 0x3e && this.nameStart > this.from && this.bytes[this.nameStart - 1] === 0x3c;
  }

  /** Only indentation, a list dash, `export`, `set`, `ENV` or a quote between the line's start and the name. */
  private isAtLineStart(): boolean {
    const before = this.bytes.toString('latin1', Math.max(this.from, this.nameStart - 32), this.nameStart);
    const isWhole = this.nameStart - this.from <= 32;
    return /(?:^|[\r\n]|\\n)[ \t]*(?:[-#*>] |\+|export |set |setenv |declare -x |ENV |ARG |\$env:|env )?["']?$/.test(
      isWhole ? before : `.${before}`,
    );
  }

  private endsLine(at: number): boolean {
    const rest = this.bytes.toString('latin1', at, Math.min(at + 24, this.end));
    return /^[ \t]*[,;]?[ \t]*(?:$|[\r\n]|\\r|\\n|#|\/\/)/.test(rest);
  }

  private skipSpaces(at: number): number {
    const limit = Math.min(at + SPACES_MAX, this.end);
    let next = at;
    while (next < limit && (this.bytes[next] === 0x20 || this.bytes[next] === 0x09)) next++;
    return next;
  }

  private skipBlank(at: number): number {
    const limit = Math.min(at + SPACES_MAX, this.end);
    let next = at;
    while (next < limit && this.bytes[next]! <= 0x20) next++;
    return next;
  }
}

const MASKED = /REDACTED|\*{3}|\.{3}/;

/** What stands behind a scheme's name is a credential unless it is a word of prose or a reference. */
export function isCredentials(value: string): boolean {
  if (value.length < 4 || !isSecretValue(value, KeyKind.STRONG, Style.FLAG)) return false;
  return !/^[A-Za-z]{1,15}$/.test(value);
}

function ruleOfKind(kind: KeyKindValue): string {
  if (kind === KeyKind.PASSWORD) return 'password';
  return kind === KeyKind.COOKIE ? 'cookie-header' : 'assigned-secret';
}

function startOfName(bytes: Buffer, from: number, hitEnd: number): number {
  const limit = Math.max(from, hitEnd - NAME_BEFORE_MAX);
  let at = hitEnd;
  while (at > limit && isNameByte(bytes[at - 1]!)) at--;
  if (at === from || bytes[at - 1] !== 0x5c) return at;
  // The escape before a name belongs to the text around it: `\npassword`, `\u0022password`.
  if (bytes[at] === 0x75 && hitEnd - at > 5) return at + 5;
  return /[nrtbf]/.test(String.fromCharCode(bytes[at]!)) ? at + 1 : at;
}

function endOfName(bytes: Buffer, hitEnd: number, end: number): number {
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

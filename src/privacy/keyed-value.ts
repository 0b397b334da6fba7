/** The value that stands behind a secret's name: where it begins and ends, and whether it is a secret. */

import { KeyKind, type KeyKindValue } from './key-names.ts';
import { endsLine, glance, isAtLineStart, type KeyMatch, type KeyPlace } from './key-place.ts';
import type { SearchedText } from './searched-text.ts';
import { isSecretValue, Style, type StyleValue } from './secret-value.ts';
import { type Quote, quoteAt } from './value-span.ts';

/** So much of a value is looked at to tell whether it is a secret. */
const LOOK_BYTES = 160;
const COOKIES_BYTES_MAX = 4096;
const SCHEMES =
  /^(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|ApiKey|Api-Key|Api-Token|OAuth|Signature|Bot|Key|SSWS|GenieKey|DSN|Splunk|Hawk|Klaviyo-API-Key|PVEAPIToken|AWS4-HMAC-SHA256|Discord|JWT|Client-ID)(?::? +|=)(?=\S)/i;
const WITH_PARAMETERS = /^(?:Digest|AWS4-HMAC-SHA256|OAuth|Signature|Hawk)\b/i;
const PARAMETERS = /^(?:[\w-]{1,64}=(?:\\{0,7}"[^"\\]*\\{0,7}"|[^\s,"'\\]+)(?:,[ \t]*)?)+/;
const WRAPPER = /^(?:[A-Za-z_][\w.:]{0,40}\(|[bfruBFRUL@$]{1,2}(?=["'])|&(?=["']))/;
const COOKIES = /^[\w.$!#%&'*+^|~-]{1,128}=[^;\s,]*(?:;[ \t]*[\w.$!#%&'*+^|~-]{1,128}(?:=[^;,]*)?)*/;
const COOKIE_ATTRIBUTE = /^\s*(?:path|expires|max-age|domain|samesite|priority)=/i;
const NO_COOKIES = /=[ \t]*(?:\$|<|\{|\*{3}|process\.|document\.)|REDACTED|\*{3}|\.{3}/;

/** The value at `at`, quoted or not, when it is a secret. `inElement`: it is the text of an XML element. */
export function valueAt(place: KeyPlace, at: number, style: StyleValue, inElement = false): KeyMatch | undefined {
  const { text } = place;
  const { bytes, spans } = text;
  let start = behindWrapper(text, at);
  let stop: number;
  let how: StyleValue = style;
  const quote = quoteAt(bytes, start, text.end);
  if (quote !== undefined) {
    start = quote.end;
    stop = spans.endOfQuoted(start, quote);
    if (style !== Style.PAIR) how = Style.QUOTED;
  } else {
    const isLine = (style === Style.LOOSE || (style === Style.TIGHT && !inElement)) && isAtLineStart(place);
    stop = spans.endOfUnquoted(start, isLine ? 'dotenv' : style === Style.FLAG ? 'argument' : 'word');
    if (isLine && style === Style.LOOSE && endsLine(text, stop)) how = Style.LINE;
  }
  const scheme = SCHEMES.exec(glance(text, start, 32));
  if (scheme !== null && scheme[0].length < stop - start) start += scheme[0].length;
  else if (scheme !== null && quote === undefined && /^(?:Bearer|Basic|Token)/i.test(scheme[0])) {
    start += scheme[0].length;
    stop = spans.endOfUnquoted(start, 'word');
  }
  if (stop <= start) return undefined;
  const value = bytes.toString('latin1', start, Math.min(stop, start + LOOK_BYTES));
  const kind = place.kind >= KeyKind.AUTHORIZATION ? KeyKind.STRONG : place.kind;
  return isSecretValue(value, kind, how) ? { start, end: stop, rule: ruleOfKind(place.kind) } : undefined;
}

/** An Authorization or Cookie header: the scheme's name stays, all credentials go. */
export function headerAt(place: KeyPlace, at: number): KeyMatch | undefined {
  const { text } = place;
  const quote = quoteAt(text.bytes, at, text.end);
  if (place.kind === KeyKind.COOKIE) return cookies(place, at, quote);
  return credentials(text, quote === undefined ? at : quote.end, quote);
}

/** Whether the text is a list of cookies with their values. */
export function isCookies(text: string): boolean {
  const pairs = cookiesAt(text);
  return pairs !== undefined && !NO_COOKIES.test(pairs);
}

/** The list of cookies that the text begins with, when one of them at least has a value of three characters. */
function cookiesAt(text: string): string | undefined {
  const pairs = COOKIES.exec(text)?.[0];
  const isList = pairs?.split(';').some((pair) => /=[^\s]{3,}/.test(pair) && !COOKIE_ATTRIBUTE.test(pair));
  return isList === true ? pairs : undefined;
}

/** Whether a scheme's name, which makes what follows a credential, stands there. */
export function isSchemeAt(text: SearchedText, at: number): boolean {
  return SCHEMES.test(glance(text, at, 32));
}

/** What stands behind a scheme's name is a credential unless it is a word of prose or a reference. */
export function isCredentials(value: string): boolean {
  if (value.length < 4 || !isSecretValue(value, KeyKind.STRONG, Style.FLAG)) return false;
  return !/^[A-Za-z]{1,15}$/.test(value);
}

function credentials(text: SearchedText, headerStart: number, quote: Quote | undefined): KeyMatch | undefined {
  const rule = 'authorization-header';
  const head = glance(text, headerStart, 40);
  const scheme = SCHEMES.exec(head);
  const start = headerStart + (scheme === null ? 0 : scheme[0].length);
  if (scheme !== null && WITH_PARAMETERS.test(head)) {
    const list = PARAMETERS.exec(glance(text, start, COOKIES_BYTES_MAX));
    return list === null ? undefined : { start, end: start + list[0].length, rule };
  }
  const { spans } = text;
  const end = quote === undefined ? spans.endOfUnquoted(start, 'word') : spans.endOfQuoted(start, quote);
  const value = text.bytes.toString('latin1', start, Math.min(end, start + LOOK_BYTES));
  const style = quote === undefined ? Style.TIGHT : Style.QUOTED;
  const isSecret = scheme === null ? isSecretValue(value, KeyKind.STRONG, style) : isCredentials(value);
  return isSecret ? { start, end, rule } : undefined;
}

function cookies(place: KeyPlace, at: number, quote: Quote | undefined): KeyMatch | undefined {
  const { text } = place;
  const { spans } = text;
  const start = quote === undefined ? at : quote.end;
  const stop = quote === undefined ? spans.endOfUnquoted(start, 'line') : spans.endOfQuoted(start, quote);
  const list = text.bytes.toString('latin1', start, Math.min(stop, start + COOKIES_BYTES_MAX));
  const pairs = cookiesAt(list);
  if (pairs === undefined) return valueAt(place, at, Style.LOOSE);
  if (NO_COOKIES.test(pairs)) return undefined;
  const end = stop - start > COOKIES_BYTES_MAX ? stop : start + pairs.trimEnd().length;
  return { start, end, rule: 'cookie-header' };
}

/** `b'…'`, `Some("…")`, `SecretStr('…')`: the quote inside. */
function behindWrapper(text: SearchedText, at: number): number {
  const wrapper = WRAPPER.exec(glance(text, at, 48));
  if (wrapper === null) return at;
  const inside = at + wrapper[0].length;
  return quoteAt(text.bytes, inside, text.end) === undefined ? at : inside;
}

/** The rule that is counted for a value behind a name of this kind. */
export function ruleOfKind(kind: KeyKindValue): string {
  if (kind === KeyKind.PASSWORD) return 'password';
  return kind === KeyKind.COOKIE ? 'cookie-header' : 'assigned-secret';
}

/**
 * Secrets that neither a fixed beginning nor a name tells: credentials in URLs, private keys over several lines, Basic and
 * Bearer behind a space; passwords of well-known programs stand in command-forms.ts and command-inputs.ts.
 */

import { COMMANDS } from './command-forms.ts';
import { CURL_COOKIES, FROM_LITERAL, PIPED_PASSWORD, SETTERS } from './command-inputs.ts';
import { KeyKind } from './key-names.ts';
import { isCredentials } from './keyed-value.ts';
import { KUBERNETES_SECRET } from './kubernetes-secret.ts';
import { isSecretValue, looksRandom, Style } from './secret-value.ts';
import { isWordByte, PLACEHOLDER_PASSWORD, type SpecialForm } from './special-form.ts';

const USERINFO_BYTES_MAX = 512;
/** What stands in a password's place when the user is a token. */
const NO_PASSWORD = /^(?:x-oauth-basic|x|X)?$/;

/** `scheme://user:password@host`, and a token alone as the user; with slashes as PHP writes them, in up to three strings. */
const URL_CREDENTIALS: SpecialForm = {
  literals: ['://', ':\\/\\/', ':\\\\/\\\\/', ':\\\\\\\\/\\\\\\\\/', '%3A%2F%2F'],
  match({ bytes, end }, _literal, hitEnd) {
    const limit = Math.min(end, hitEnd + USERINFO_BYTES_MAX);
    let colon = -1;
    let at = hitEnd;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === 0x40) break;
      if (byte === 0x3a && colon < 0) colon = at;
      // A password may hold most marks, a host none of these.
      if (
        byte <= 0x20 ||
        byte === 0x22 ||
        byte === 0x27 ||
        byte === 0x60 ||
        byte === 0x3c ||
        byte === 0x3e ||
        byte === 0x5c
      )
        return undefined;
      if (byte === 0x2f && (colon < 0 || !hasAtSign(bytes, at, limit))) return undefined;
    }
    if (at >= limit) return undefined;
    at = lastAtSign(bytes, at, limit);
    const password = colon < 0 ? '' : bytes.toString('latin1', colon + 1, at);
    if (!NO_PASSWORD.test(password)) {
      return PLACEHOLDER_PASSWORD.test(password) ? undefined : { start: colon + 1, end: at, rule: 'url-credentials' };
    }
    const stop = colon < 0 ? at : colon;
    const user = bytes.toString('latin1', hitEnd, stop);
    if (PLACEHOLDER_PASSWORD.test(user) || !looksRandom(user, 16)) return undefined;
    return { start: hitEnd, end: stop, rule: 'url-credentials' };
  },
};

/** A slash inside a password: the host's part must follow before the next space. Only digits behind the colon are a port. */
function hasAtSign(bytes: Buffer, slash: number, limit: number): boolean {
  let digits = slash;
  while (digits > 0 && bytes[digits - 1]! >= 0x30 && bytes[digits - 1]! <= 0x39) digits--;
  if (bytes[digits - 1] === 0x3a) return false;
  for (let at = slash; at < limit && at < slash + 64; at++) {
    const byte = bytes[at]!;
    if (byte === 0x40) return true;
    if (byte <= 0x20 || byte === 0x22 || byte === 0x27 || byte === 0x3f || byte === 0x23) return false;
  }
  return false;
}

/** A password may hold an `@`: the last one before the path counts. */
function lastAtSign(bytes: Buffer, first: number, limit: number): number {
  let last = first;
  for (let at = first + 1; at < limit; at++) {
    const byte = bytes[at]!;
    if (byte === 0x40) last = at;
    else if (
      byte <= 0x20 ||
      byte === 0x2f ||
      byte === 0x22 ||
      byte === 0x27 ||
      byte === 0x3f ||
      byte === 0x2c ||
      byte === 0x5c
    )
      break;
  }
  return last;
}

const KEY_BODY_BYTES_MIN = 16;
const JOINT_BYTES_MAX = 96;
/** Between two lines of a key: the end of one string of a program and the begin of the next, or HTML's line break. */
const JOINT =
  /^(?:["'`](?:[\s+.,&_\\]|\\[nr]){0,40}(?:[bfr]?["'`])|<br[ ]?\/?>)(?=[A-Za-z0-9+/=]{16}|[A-Za-z0-9+/=]{1,64}(?:\\(?!["'])|["'`<\n](?!\s*:)))/;

/** PEM, OpenSSH, PGP and PuTTY private keys, with real or escaped line breaks or percent-encoded, also when the end was cut off. */
const PRIVATE_KEY: SpecialForm = {
  literals: ['PRIVATE KEY-----', 'PRIVATE KEY BLOCK-----', 'PRIVATE%20KEY-----', 'PRIVATE+KEY-----', 'Private-Lines:'],
  match({ bytes, from, end }, literal, hitEnd) {
    const isPem = literal !== 'Private-Lines:';
    const before = bytes.toString('latin1', Math.max(from, hitEnd - literal.length - 32), hitEnd - literal.length);
    if (isPem && !/-----BEGIN(?: |\+|%20)[A-Z0-9 +%]*$/.test(before)) return undefined;
    const stop = endOfKeyBody(bytes, hitEnd, end, isPem);
    const body = bytes.toString('latin1', hitEnd, Math.min(stop, hitEnd + 2048)).replace(/[^A-Za-z0-9+/=]/g, '');
    return body.length < KEY_BODY_BYTES_MIN ? undefined : { start: hitEnd, end: stop, rule: 'private-key' };
  },
};

/** Base64, white space, escapes and the header lines of an encrypted key; ends before `-----END`. */
function endOfKeyBody(bytes: Buffer, start: number, end: number, hasHeaders: boolean): number {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x22 || byte === 0x27 || byte === 0x60 || byte === 0x3c || byte === 0x7b || byte === 0x7d) {
      const joint = JOINT.exec(bytes.toString('latin1', at, Math.min(end, at + JOINT_BYTES_MAX)));
      if (joint === null) break;
      at += joint[0].length - 1;
      continue;
    }
    if (byte === 0x2d && bytes[at + 1] === 0x2d && bytes[at + 2] === 0x2d && bytes[at + 3] === 0x2d) break;
    if (byte >= 0x80 || (byte === 0x3a && !hasHeaders)) break;
  }
  while (at > start && (bytes[at - 1]! <= 0x20 || bytes[at - 1] === 0x5c)) at--;
  return at;
}

const SCHEME_VALUE = /^[ \t]+["']?([A-Za-z0-9._~+/=:@%-]{6,})/;

/** `Bearer x`, `Basic x` outside of a header that names itself. */
const SCHEME: SpecialForm = {
  literals: ['bearer', 'basic ', 'apikey ', 'api-key ', 'glpat ', 'authtoken '],
  match({ bytes, from, end }, literal, hitEnd) {
    const before = hitEnd - literal.length;
    if (before > from && isWordByte(bytes[before - 1]!)) return undefined;
    const behind = literal.endsWith(' ') ? hitEnd - 1 : hitEnd;
    const found = SCHEME_VALUE.exec(bytes.toString('latin1', behind, Math.min(end, behind + 64)));
    if (found === null) return undefined;
    const start = behind + found[0].length - found[1]!.length;
    let stop = start;
    while (stop < end && isCredentialByte(bytes[stop]!)) stop++;
    while (stop > start && (bytes[stop - 1] === 0x2e || bytes[stop - 1] === 0x3a)) stop--;
    const value = bytes.toString('latin1', start, Math.min(stop, start + 4096));
    if (literal === 'basic ' && !isBasic(value)) return undefined;
    if (!isCredentials(value) || !(looksRandom(value, 8) || value.length >= 20 || /\d/.test(value))) return undefined;
    return { start, end: stop, rule: 'authorization-header' };
  },
};

/** Base64 of `user:password`. */
function isBasic(value: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(value)) return false;
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, 'base64').toString('latin1'));
}

function isCredentialByte(byte: number): boolean {
  return (
    isWordByte(byte) ||
    byte === 0x2e ||
    byte === 0x7e ||
    byte === 0x2b ||
    byte === 0x2f ||
    byte === 0x3d ||
    byte === 0x3a ||
    byte === 0x25
  );
}

/** `IDENTIFIED BY 'x'`. */
const SQL_PASSWORD: SpecialForm = {
  literals: ['identified by ', 'identified with '],
  match({ bytes, end }, _literal, hitEnd) {
    const found = /^(?:[\w']{1,40} (?:by|as) )?(?:password )?\\{0,7}(["'])([^"'\\]{3,128})/i.exec(
      bytes.toString('latin1', hitEnd, Math.min(end, hitEnd + 192)),
    );
    if (found === null || !isSecretValue(found[2]!, KeyKind.PASSWORD, Style.QUOTED)) return undefined;
    const stop = hitEnd + found[0].length;
    return { start: stop - found[2]!.length, end: stop, rule: 'password' };
  },
};

export const SPECIAL_FORMS: readonly SpecialForm[] = [
  URL_CREDENTIALS,
  PRIVATE_KEY,
  SCHEME,
  COMMANDS,
  PIPED_PASSWORD,
  CURL_COOKIES,
  SETTERS,
  FROM_LITERAL,
  KUBERNETES_SECRET,
  SQL_PASSWORD,
];

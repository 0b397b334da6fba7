/** Secrets that a command takes from its input, as cookies, or as the value of a variable that is kept secret. */

import { KeyKind, type KeyKindValue } from './key-names.ts';
import type { KeyMatch } from './key-place.ts';
import { isCookies } from './keyed-value.ts';
import { isSecretValue, Style } from './secret-value.ts';
import { isWordByte, PLACEHOLDER_PASSWORD, type SpecialForm } from './special-form.ts';

const COMMAND_BYTES_MAX = 320;
const RULE = 'command-password';
const PIPED = /(?:echo|printf)[ \t]+(?:-n[ \t]+|["']?%s(?:\\n)?["']?[ \t]+)?(["']?)([^\s"'|]{4,})\1[ \t]*\|[^|\n]*$/;
const HERE_STRING = /^[^\n;|&]{0,160}<<<[ \t]*(?:\$?["']|\\{1,7}["'])?([^\s"'`;|&\\]{4,})/;

/** `echo x | docker login --password-stdin`, `echo x | sudo -S …`, `gh secret set NAME <<< x`. */
export const PIPED_PASSWORD: SpecialForm = {
  literals: [
    '--password-stdin',
    '--with-token',
    'sudo -S',
    'gh secret set',
    'wrangler secret put',
    'vercel env add',
    'docker secret create',
    'podman secret create',
    'functions:secrets:set',
    'gcloud secrets create',
    'gcloud secrets versions add',
    'chpasswd',
    'passwd --stdin',
    'kinit ',
  ],
  match({ bytes, from, end }, _literal, hitEnd) {
    const before = Math.max(from, hitEnd - COMMAND_BYTES_MAX);
    const piped = PIPED.exec(bytes.toString('latin1', before, hitEnd));
    if (piped !== null) return secretAt(before + piped.index + piped[0].indexOf(piped[2]!, 5), piped[2]!);
    const fed = HERE_STRING.exec(bytes.toString('latin1', hitEnd, Math.min(end, hitEnd + COMMAND_BYTES_MAX)));
    return fed === null ? undefined : secretAt(hitEnd + fed[0].length - fed[1]!.length, fed[1]!);
  },
};

function secretAt(start: number, value: string): KeyMatch | undefined {
  if (PLACEHOLDER_PASSWORD.test(value) || !isSecretValue(value, KeyKind.PASSWORD, Style.FLAG)) return undefined;
  return { start, end: start + value.length, rule: RULE };
}

const COOKIE_FLAG =
  /^(?:[^;|&]|&(?!&))*?[ \t\n]-[a-zA-Z]{0,8}b[ \t]*(?:\\{0,7}"([^"\\\n]{4,})|\\{0,7}'([^'\\\n]{4,})|([^\s"'`;|&\\]{4,}))/;

/** `curl -b "session=x"`; the name of a file of cookies holds no `=`. */
export const CURL_COOKIES: SpecialForm = {
  literals: ['curl ', 'curl.exe '],
  match({ bytes, from, end }, literal, hitEnd) {
    const before = hitEnd - literal.length;
    if (before > from && isWordByte(bytes[before - 1]!)) return undefined;
    const found = COOKIE_FLAG.exec(bytes.toString('latin1', hitEnd - 1, Math.min(end, hitEnd + COMMAND_BYTES_MAX)));
    const list = found?.slice(1).find((text) => text !== undefined);
    if (found === null || list === undefined || !isCookies(list)) return undefined;
    const stop = hitEnd - 1 + found[0].length;
    return { start: stop - list.length, end: stop, rule: 'cookie-header' };
  },
};

const SETTINGS_BYTES_MAX = 2048;
const NAME = '[A-Za-z_]\\w{0,63}=';
const SETTINGS = new RegExp(
  `^(?:[ \\t]+(?:\\\\\\r?\\n[ \\t]*)?(?:${NAME}(?:"[^"\\n]*"|'[^'\\n]*'|[^\\s"'\`;|&]*)|"${NAME}[^"\\n]*"|'${NAME}[^'\\n]*'|--[\\w-]{1,32}=[^\\s"'\`;|&]*|[\\w./:@-]{1,64}(?!\\S)))+`,
);
/** Groups 1 to 4: the value in quotes, or the pair in quotes; 5: without. */
const SETTING = new RegExp(
  `[ \\t](?:${NAME}"([^"\\n]*)"|${NAME}'([^'\\n]*)'|"${NAME}([^"\\n]*)"|'${NAME}([^'\\n]*)'|${NAME}([^\\s"'\`;|&]*))`,
  'g',
);
/** Those that keep secrets and nothing else. */
const SECRET_SETTERS = new Set(['secrets set ', 'vault kv put ', 'vault kv patch ']);

/** `flyctl secrets set A=x B=y`: all of them are secrets; `heroku config:set A=x`: those that look random. */
export const SETTERS: SpecialForm = {
  literals: [
    ...SECRET_SETTERS,
    'config:set ',
    'config:add ',
    'eb setenv ',
    'convox env set ',
    'railway variable set ',
    'railway variables ',
  ],
  match(text, literal, hitEnd) {
    const { bytes, end } = text;
    if (hitEnd < text.settingsEnd) return undefined;
    const start = hitEnd - 1;
    const rest = bytes.toString('latin1', start, Math.min(end, start + SETTINGS_BYTES_MAX));
    const kind = SECRET_SETTERS.has(literal) ? KeyKind.STRONG : KeyKind.WEAK;
    const found: KeyMatch[] = [];
    const settings = SETTINGS.exec(rest)?.[0] ?? '';
    text.settingsEnd = start + settings.length;
    for (const setting of settings.matchAll(SETTING)) {
      const quoted = setting.slice(1, 5).find((text) => text !== undefined);
      const value = quoted ?? setting[5]!;
      const stop = start + setting.index + setting[0].length - (quoted === undefined ? 0 : 1);
      const match = settingAt(stop, value, quoted !== undefined, kind);
      if (match !== undefined) found.push(match);
    }
    return found;
  },
};

function settingAt(stop: number, value: string, isQuoted: boolean, kind: KeyKindValue): KeyMatch | undefined {
  const style = isQuoted ? Style.QUOTED : Style.TIGHT;
  if (PLACEHOLDER_PASSWORD.test(value) || !isSecretValue(value, kind, style)) return undefined;
  return { start: stop - value.length, end: stop, rule: RULE };
}

/** The line of a command goes on behind a backslash. */
const COMMAND_END = /[;|]|(?<!\\\r?)\n/;
const LITERAL =
  /^(?:=|[ \t]+)(?:\\{0,7}["'])?[A-Za-z_.][\w.-]{0,127}=(?:\\{0,7}"([^"\\\n]*)|\\{0,7}'([^'\\\n]*)|([^\s"'`;|&\\]*))/;

/** `kubectl create secret generic n --from-literal=a=x`; of a ConfigMap what looks random. */
export const FROM_LITERAL: SpecialForm = {
  literals: ['--from-literal'],
  match({ bytes, from, end }, _literal, hitEnd) {
    const found = LITERAL.exec(bytes.toString('latin1', hitEnd, Math.min(end, hitEnd + COMMAND_BYTES_MAX)));
    const value = found?.slice(1).find((text) => text !== undefined);
    if (found === null || value === undefined) return undefined;
    const before = bytes.toString('latin1', Math.max(from, hitEnd - COMMAND_BYTES_MAX), hitEnd);
    const command = before.split(COMMAND_END).at(-1)!;
    const kind = command.includes(' secret ') ? KeyKind.STRONG : KeyKind.WEAK;
    return settingAt(hitEnd + found[0].length, value, found[3] === undefined, kind);
  },
};

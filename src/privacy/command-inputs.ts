/** Secrets that a command takes from its input, as cookies, or as the value of a variable that is kept secret. */

import { COMMAND_BYTES_MAX, commandAt } from './command-line.ts';
import { KeyKind, type KeyKindValue } from './key-names.ts';
import type { KeyMatch } from './key-place.ts';
import { isCookies } from './keyed-value.ts';
import { isSecretValue, Style } from './secret-value.ts';
import { isWordByte, PLACEHOLDER_PASSWORD, type SpecialForm } from './special-form.ts';

const RULE = 'command-password';
/** The line of a command goes on behind a backslash, and behind what `cmd` and PowerShell have for it. */
const BREAK = '(?<=[\\\\^`]\\r?)\\n';
const PIPED = new RegExp(
  `(?:echo|printf)[ \\t]+(?:-[neE]{1,3}[ \\t]+|["']?[^\\s"'%|]{0,32}%s(?:\\\\n)?["']?[ \\t]+)?(["']?)([^\\s"'|]{4,})\\1(?:[ \\t]|\\\\\\r?\\n)*\\|(?:[^|;&\\n]|&(?!&)|${BREAK})*$`,
);
const HERE_STRING = /^[^\n;|&]{0,160}<<<[ \t]*(?:\$?["']|\\{1,7}["'])?([^\s"'`;|&\\]{4,})/;
const HERE_DOCUMENT = /^[^\n;|&]{0,160}<<[-~]?[ \t]*["']?[A-Za-z]\w{0,31}["']?[ \t]*\r?\n[ \t]*([^\s"'`;|&\\]{4,})/;
/** Those whose whole input is a secret. */
const SECRET_READERS = new Set(['--password-stdin', '--with-token', 'chpasswd', 'passwd --stdin']);

/** `echo x | docker login --password-stdin`, `echo x | sudo -S …`, `gh secret set NAME <<< x`. */
export const PIPED_PASSWORD: SpecialForm = {
  literals: [
    ...SECRET_READERS,
    'sudo -S',
    'gh secret set',
    'wrangler secret put',
    'vercel env add',
    'docker secret create',
    'podman secret create',
    'functions:secrets:set',
    'gcloud secrets create',
    'gcloud secrets versions add',
    'kinit ',
  ],
  match({ bytes, from, end }, literal, hitEnd) {
    const before = Math.max(from, hitEnd - COMMAND_BYTES_MAX);
    const piped = PIPED.exec(bytes.toString('latin1', before, hitEnd));
    if (piped !== null) return readAt(before + piped.index + piped[0].indexOf(piped[2]!, 5), piped[2]!, literal);
    const behind = bytes.toString('latin1', hitEnd, Math.min(end, hitEnd + COMMAND_BYTES_MAX));
    const fed = HERE_STRING.exec(behind) ?? (SECRET_READERS.has(literal) ? HERE_DOCUMENT.exec(behind) : null);
    return fed === null ? undefined : readAt(hitEnd + fed[0].length - fed[1]!.length, fed[1]!, literal);
  },
};

/** What `chpasswd` reads is a user's name and the password. */
function readAt(at: number, text: string, literal: string): KeyMatch | undefined {
  const user = literal === 'chpasswd' ? text.indexOf(':') + 1 : 0;
  const value = text.slice(user);
  if (PLACEHOLDER_PASSWORD.test(text) || PLACEHOLDER_PASSWORD.test(value)) return undefined;
  if (!isSecretValue(value, KeyKind.PASSWORD, Style.FLAG)) return undefined;
  return { start: at + user, end: at + text.length, rule: RULE };
}

const COOKIE_FLAG =
  /^[^;|]*?[ \t\n]-[\w#]{0,8}b[ \t]*(?:\\{0,7}"([^"\\\n]{4,})|\\{0,7}'([^'\\\n]{4,})|([^\s"'`;|&\\]{4,}))/;

/** `curl -b "session=x"`; the name of a file of cookies holds no `=`. */
export const CURL_COOKIES: SpecialForm = {
  literals: ['curl ', 'curl.exe '],
  match({ bytes, from, end }, literal, hitEnd) {
    const before = hitEnd - literal.length;
    if (before > from && isWordByte(bytes[before - 1]!)) return undefined;
    const found = COOKIE_FLAG.exec(commandAt(bytes, hitEnd - 1, end));
    const list = found?.slice(1).find((text) => text !== undefined);
    if (found === null || list === undefined) return undefined;
    const stop = hitEnd - 1 + found[0].length;
    const start = stop - list.length;
    return isCookies(bytes.toString('latin1', start, stop)) ? { start, end: stop, rule: 'cookie-header' } : undefined;
  },
};

const SETTINGS_BYTES_MAX = 2048;
const NAME = '[A-Za-z_][\\w.-]{0,63}=';
const DOUBLE = '\\\\{0,7}"';
const SINGLE = "\\\\{0,7}'";
const SETTINGS = new RegExp(
  `^(?:[ \\t]+(?:\\\\\\r?\\n[ \\t]*)?(?:${NAME}(?:${DOUBLE}[^"\\n]*"|${SINGLE}[^'\\n]*'|[^\\s"'\`;|&]*)|${DOUBLE}${NAME}[^"\\n]*"|${SINGLE}${NAME}[^'\\n]*'|--?[\\w-]{1,32}=[^\\s"'\`;|&]*|[\\w./:@-]{1,64}(?!\\S)))+`,
);
/** Groups 1 to 4: the value in quotes, or the pair in quotes; 5: without. */
const SETTING = new RegExp(
  `[ \\t](?:${NAME}${DOUBLE}([^"\\n]*)"|${NAME}${SINGLE}([^'\\n]*)'|${DOUBLE}${NAME}([^"\\n]*)"|${SINGLE}${NAME}([^'\\n]*)'|${NAME}([^\\s"'\`;|&]*))`,
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
    'vault write ',
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
      const written = quoted ?? setting[5]!;
      // In JSON in a text the backslash belongs to the quote behind it.
      const value = written.replace(/\\+$/, '');
      const behind = written.length - value.length + (quoted === undefined ? 0 : 1);
      const stop = start + setting.index + setting[0].length - behind;
      // Vault reads a file behind the sign.
      if (literal.startsWith('vault') && value.startsWith('@')) continue;
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

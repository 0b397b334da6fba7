/** Passwords on the command lines of well-known programs, by program and flag. */

import { KeyKind } from './key-names.ts';
import type { KeyMatch } from './key-place.ts';
import { isSecretValue, looksRandom, Style } from './secret-value.ts';
import { isWordByte, PLACEHOLDER_PASSWORD, type SpecialForm } from './special-form.ts';

const COMMAND_BYTES_MAX = 320;

interface CommandRule {
  readonly program: string;
  readonly pattern: RegExp;
  /** The word may be something else, such as a user's name: only what looks random is a secret. */
  readonly mustLookRandom?: true;
}

/** Group 1 is the password. Each pattern looks at most COMMAND_BYTES_MAX bytes ahead and at one command only. */
const WORD = `("[^"\\n]{3,}"|'[^'\\n]{3,}'|[^\\s"'\`;|&]{3,})`;
const flag = (names: string): RegExp => new RegExp(`^[^\\n;|]*?[ \\t](?:${names})[ =]?[ \\t]*${WORD}`);
const USER_PASSWORD =
  /^[^;|]*?[ \t\n](?:-u|--user|--proxy-user|-U|-a|--auth|--user=|--proxy-user=)[ =\t]*(?:"[^":\n]{0,64}:([^"\n]{2,})"|'[^':\n]{0,64}:([^'\n]{2,})'|(?:"[^"\n]{0,64}"|[^\s:"']{0,64}):(?:"([^"\n]{2,})"|'([^'\n]{2,})'|([^\s"'`;|&]{2,})))/;
const PROGRAMS: readonly CommandRule[] = [
  ...['curl ', 'curl.exe ', 'http ', 'https ', 'xh ', 'wget '].map((program) => ({ program, pattern: USER_PASSWORD })),
  ...[
    'docker login',
    'podman login',
    'helm registry login',
    'buildah login',
    'skopeo login',
    'nerdctl login',
    'oras login',
    'az login',
    'az acr login',
    'oc login',
    'argocd login',
    'cf login',
    'cf auth',
    'ibmcloud login',
    'registry login',
  ].map((program) => ({ program, pattern: flag('-p') })),
  ...['sshpass ', 'twine '].map((program) => ({ program, pattern: flag('-p') })),
  ...['ssh-keygen '].map((program) => ({ program, pattern: flag('-N') })),
  ...['vault login', 'cargo login', 'snyk auth', 'ngrok authtoken', 'add-authtoken'].map((program) => ({
    program,
    pattern: new RegExp(`^(?:[ \\t]+-[\\w-]{1,32}(?:=[^\\s]{1,64})?){0,4}[ \\t]+${WORD}`),
    mustLookRandom: true as const,
  })),
  ...['mysql ', 'mysqldump ', 'mysqladmin ', 'mariadb ', 'mariadb-dump '].map((program) => ({
    program,
    pattern: new RegExp(`^[^\\n;|]*?[ \\t]-p${WORD}`),
  })),
  ...['mongosh ', 'mongo ', 'mongodump ', 'mongorestore ', 'cqlsh ', 'sqlcmd ', 'bcp '].map((program) => ({
    program,
    pattern: flag('-p|-P'),
  })),
  ...['redis-cli '].map((program) => ({ program, pattern: flag('-a|--pass') })),
  ...['ldapsearch ', 'ldapadd ', 'ldapmodify '].map((program) => ({ program, pattern: flag('-w') })),
  ...['htpasswd '].map((program) => ({
    program,
    // With -n the user alone stands before the password, else the file too: it is the command's last word.
    pattern: new RegExp(
      `^[^\\n;|]*?[ \\t]-\\w*b\\w*[ \\t]+(?:\\S+[ \\t]+){1,2}?${WORD}(?=["'\`]|[ \\t]*(?:$|[;|&<>#)\\\\\\n]|\\d>))`,
    ),
  })),
  ...['unzip ', 'zip '].map((program) => ({ program, pattern: flag('-P') })),
  ...['7z '].map((program) => ({ program, pattern: new RegExp(`^[^\\n;|]*?[ \\t]-p${WORD}`) })),
  ...['openssl '].map((program) => ({
    program,
    pattern: /^[^\n;|]*?(?:(?:pass|passin|passout)[ \t]+["']?pass:|[ \t]-k[ \t]+["']?)([^\s"'`;|&]{3,})/,
  })),
  ...['smbclient ', 'net use', 'net user'].map((program) => ({
    program,
    pattern: /^[^\n;|]*?[ \t]-U[ \t]*[^\s%]{1,64}%([^\s"'`;|&]{3,})/,
  })),
  ...['keytool ', 'jarsigner '].map((program) => ({ program, pattern: flag('-(?:src|dest)?(?:store|key)pass') })),
  ...['xfreerdp ', 'xfreerdp3 ', 'wfreerdp '].map((program) => ({
    program,
    pattern: new RegExp(`^[^\\n;|]*?[ \\t]/p:${WORD}`),
  })),
  ...['cmdkey '].map((program) => ({ program, pattern: /^[^\n;|]*?\/pass:([^\s"'`;|&]{3,})/i })),
  ...['npm config set ', 'pnpm config set ', 'yarn config set '].map((program) => ({
    program,
    pattern: /^[^\n;|]*?_(?:authToken|auth|password)[ =]+["']?([^\s"'`;|&]{6,})/,
  })),
  ...['aws configure set '].map((program) => ({
    program,
    pattern: /^(?:aws_secret_access_key|aws_session_token)[ =]+["']?([^\s"'`;|&]{6,})/,
  })),
];

/** A password behind a flag of a program that is known to take one. */
export const COMMANDS: SpecialForm = {
  literals: PROGRAMS.map(({ program }) => program),
  match({ bytes, from, end }, literal, hitEnd) {
    const before = hitEnd - literal.length;
    if (before > from && isWordByte(bytes[before - 1]!)) return undefined;
    const rule = PROGRAMS.find(({ program }) => program === literal)!;
    // The space that ends the literal also stands before the first flag.
    const start = literal.endsWith(' ') && !literal.startsWith('aws') ? hitEnd - 1 : hitEnd;
    const rest = bytes.toString('latin1', start, Math.min(end, start + COMMAND_BYTES_MAX));
    const found = rule.pattern.exec(rest);
    const group = found?.slice(1).find((text) => text !== undefined);
    if (!found || group === undefined) return userAlone(rest, start);
    const value = group.replace(/^(["'])(.*)\1$/, '$2');
    if (PLACEHOLDER_PASSWORD.test(value) || !isSecretValue(value, KeyKind.PASSWORD, Style.FLAG)) return undefined;
    if (rule.mustLookRandom === true && !looksRandom(value, 10)) return undefined;
    const at = start + found[0].lastIndexOf(value);
    return { start: at, end: at + value.length, rule: 'command-password' };
  },
};

/** `curl -u "token:"`: a token as the user. */
function userAlone(rest: string, start: number): KeyMatch | undefined {
  const found = /[ \t](?:-u|--user)[ =\t]*["']?([^\s"':]{10,}):["']?(?=\s|$)/.exec(rest);
  if (found === null || !looksRandom(found[1]!, 10)) return undefined;
  const at = start + found.index + found[0].indexOf(found[1]!);
  return { start: at, end: at + found[1]!.length, rule: 'command-password' };
}

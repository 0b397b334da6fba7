/** Passwords on the command lines of well-known programs, by program and flag. */

import { commandAt } from './command-line.ts';
import { type CommandRule, PROGRAMS } from './command-programs.ts';
import { KeyKind } from './key-names.ts';
import type { KeyMatch } from './key-place.ts';
import { isSecretValue, looksRandom, Style } from './secret-value.ts';
import { isWordByte, PLACEHOLDER_PASSWORD, type SpecialForm } from './special-form.ts';

/** More no command takes. */
const PASSWORDS_MAX = 2;
const RULE = 'command-password';
const BY_PROGRAM = new Map<string, CommandRule[]>();
for (const rule of PROGRAMS) BY_PROGRAM.set(rule.program, [...(BY_PROGRAM.get(rule.program) ?? []), rule]);

/** A password behind a flag of a program that is known to take one. */
export const COMMANDS: SpecialForm = {
  literals: [...BY_PROGRAM.keys()],
  match({ bytes, from, end }, literal, hitEnd) {
    const before = hitEnd - literal.length;
    if (before > from && isWordByte(bytes[before - 1]!)) return undefined;
    // The space that ends the literal also stands before the first flag.
    const start = literal.endsWith(' ') ? hitEnd - 1 : hitEnd;
    const rest = commandAt(bytes, start, end);
    const found = BY_PROGRAM.get(literal)!.flatMap((rule) => passwords(rest, start, rule));
    return found.length > 0 ? found : userAlone(rest, start);
  },
};

/** All that the rule finds: a command may take two passwords, of a key and of its store. */
function passwords(rest: string, start: number, rule: CommandRule): KeyMatch[] {
  const matches: KeyMatch[] = [];
  for (let from = 0, read = 0; read < PASSWORDS_MAX; read++) {
    const found = rule.pattern.exec(rest.slice(from));
    const group = found?.slice(1).find((text) => text !== undefined);
    if (found === null || group === undefined) break;
    const value = wordOf(group);
    const at = start + from + found[0].lastIndexOf(value);
    from += found[0].length;
    if (PLACEHOLDER_PASSWORD.test(value) || !isSecretValue(value, KeyKind.PASSWORD, Style.FLAG)) continue;
    if (rule.mustLookRandom === true && !looksRandom(value, 10)) continue;
    matches.push({ start: at, end: at + value.length, rule: RULE });
  }
  return matches;
}

/** Without its quotes, and the bracket of `$(…)` behind it. */
function wordOf(text: string): string {
  const inner = text.replace(/^(?:\$(?=["'])|\\{0,7})["']/, '');
  return inner === text && !text.includes('(')
    ? text.replace(/(?:["']|\\+|\)+)$/, '')
    : inner.replace(/(?:["']|\\+)$/, '');
}

/** `curl -u "token:"`: a token as the user. */
function userAlone(rest: string, start: number): KeyMatch | undefined {
  const found = /[ \t](?:-[\w#]{0,8}u|--user)[ =\t]*\\{0,7}["']?([^\s"':]{10,}):\\{0,7}["']?(?=\s|$)/.exec(rest);
  if (found === null || !looksRandom(found[1]!, 10)) return undefined;
  const at = start + found.index + found[0].indexOf(found[1]!);
  return { start: at, end: at + found[1]!.length, rule: RULE };
}

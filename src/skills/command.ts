/**
 * What a typed command line does, normalized for comparison: its head (program and sub-command), the names of its flags,
 * its operands, the shape of a commit message. Input is hostile text; output words are bounded by `shell-words.ts`.
 */

import {
  actionOfWord,
  EXPLORING,
  EXPLORING_HEADS,
  IDLE_FLAGS,
  INTERPRETERS,
  SCENERY,
  SHELLS,
  TARGETING_PROGRAMS,
  TRANSPARENT,
  TWO_WORD_SUBCOMMANDS,
  VALUE_FLAGS,
  WITHOUT_SUBCOMMAND,
  WRAPPERS,
} from './command-tables.ts';
import { cutText } from './cut-text.ts';
import { splitShell } from './shell-words.ts';

export interface Command {
  /** Words as typed, assignments and transparent prefixes dropped. */
  readonly words: readonly string[];
  /** Name without its directory; a script of the repository keeps its path. */
  readonly program: string;
  /** Program, sub-command and, behind a wrapper, the wrapped program: `npm run build`, `uv run pytest`. */
  readonly head: string;
  /** Canonical action (`test`, `install`, …) or ''. */
  readonly action: string;
  /** Names of flags, sorted, without values; `msg:<shape>` for a commit message. */
  readonly flags: readonly string[];
  readonly operands: readonly string[];
  /** It only looks, so its failing or succeeding corrects nothing. */
  readonly isExploring: boolean;
}

const SHELL_DEPTH_MAX = 2;
const HEAD_CHARS_MAX = 120;

/** The commands of a line that do something, in order; those fed by a pipe and mere scenery (`cd`, `export`) are left out. */
export function parseCommands(line: string, depth = 0): Command[] {
  const commands: Command[] = [];
  for (const simple of splitShell(line)) {
    if (simple.pipedInto) continue;
    const words = dropPrefixes(simple.words);
    const program = programOf(words[0] ?? '');
    if (program === '' || SCENERY.has(program)) continue;
    const inner = SHELLS.has(program) ? shellArgument(words) : undefined;
    if (inner !== undefined && depth < SHELL_DEPTH_MAX) commands.push(...parseCommands(inner, depth + 1));
    else commands.push(describe(words, program));
  }
  return commands;
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

function dropPrefixes(words: readonly string[]): string[] {
  let index = 0;
  while (index < words.length) {
    const word = words[index]!;
    if (ASSIGNMENT.test(word)) index += 1;
    else if (TRANSPARENT.has(word)) {
      index += 1;
      while (index < words.length && /^(-|\d)/.test(words[index]!)) {
        index += VALUE_FLAGS.get(word)?.has(words[index]!) === true ? 2 : 1;
      }
    } else break;
  }
  return words.slice(index);
}

/** `/usr/bin/npm` → npm, `./node_modules/.bin/jest` → jest, `./scripts/test.sh` → scripts/test.sh. */
function programOf(word: string): string {
  if (!word.includes('/')) return word;
  const isInstalled = word.startsWith('/') || word.includes('node_modules/.bin/') || /(^|\/)\.?venv\/bin\//.test(word);
  return isInstalled ? word.slice(word.lastIndexOf('/') + 1) : word.replace(/^(\.\/)+/, '');
}

function shellArgument(words: readonly string[]): string | undefined {
  for (let index = 1; index < words.length - 1; index++) {
    if (/^-[a-z]*c$/.test(words[index]!)) return words[index + 1];
  }
  return undefined;
}

interface Parts {
  /** Whose flags come next. */
  owner: string;
  wantsSubcommand: boolean;
  readonly head: string[];
  readonly flags: Set<string>;
  readonly operands: string[];
  message: string | undefined;
}

function describe(words: readonly string[], program: string): Command {
  const parts: Parts = {
    owner: program,
    wantsSubcommand: takesSubcommand([program]),
    head: [program],
    flags: new Set(),
    operands: [],
    message: undefined,
  };
  readWords(words.slice(1), parts);
  if (parts.message !== undefined) parts.flags.add(`msg:${messageShape(parts.message)}`);
  const head = cutText(parts.head.join(' '), HEAD_CHARS_MAX);
  const exploringHead = EXPLORING_HEADS.has(parts.head.slice(0, 2).join(' '));
  return {
    words: [words[0]!.startsWith('./') ? words[0]! : program, ...words.slice(1)],
    program,
    head,
    action: actionOf(parts.head),
    flags: [...parts.flags].sort(),
    operands: parts.operands,
    isExploring: EXPLORING.has(program) || exploringHead,
  };
}

/** Walks the words behind the program: sub-commands first, then flags and operands. */
function readWords(words: readonly string[], parts: Parts): void {
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '--') continue;
    if (word.startsWith('-') && word.length > 1) {
      index += readFlag(word, words[index + 1], parts);
    } else if (parts.wantsSubcommand && isSubcommandWord(word, parts.head)) {
      const wrapped = WRAPPERS.has(parts.head.join(' '));
      parts.head.push(wrapped ? programOf(word) : word);
      if (wrapped) parts.owner = programOf(word);
      parts.wantsSubcommand = takesSubcommand(parts.head);
    } else {
      parts.wantsSubcommand = false;
      parts.operands.push(word);
    }
  }
}

const SCRIPT = /^[\w@./-]{1,80}\.(?:[cm]?[jt]s|py|rb|php|pl|sh)$/;

function isSubcommandWord(word: string, head: readonly string[]): boolean {
  if (WRAPPERS.has(head.join(' '))) return /^[\w@./:-]{1,60}$/.test(word);
  if (INTERPRETERS.has(head.at(-1)!)) return SCRIPT.test(word);
  return /^[a-z][a-z0-9:_-]{0,40}$/.test(word);
}

/** Whether another word belongs to the head: at most two levels, one more behind a wrapper. */
function takesSubcommand(head: readonly string[]): boolean {
  const joined = head.join(' ');
  if (WRAPPERS.has(joined) || TWO_WORD_SUBCOMMANDS.has(joined)) return true;
  const wrapper = wrapperWords(head);
  const own = head.slice(wrapper);
  if (own.length === 0) return true;
  if (INTERPRETERS.has(own[0]!)) return own.length === 1 || (own.length === 2 && SCRIPT.test(own[1]!));
  return own.length === 1 && !WITHOUT_SUBCOMMAND.has(own[0]!) && !own[0]!.includes('/') && !own[0]!.includes('.');
}

/** How many words at the start of a head are a wrapper's. */
function wrapperWords(head: readonly string[]): number {
  if (WRAPPERS.has(head.slice(0, 2).join(' '))) return 2;
  return WRAPPERS.has(head[0] ?? '') ? 1 : 0;
}

/** Returns how many further words the flag took. */
function readFlag(word: string, next: string | undefined, parts: Parts): number {
  const program = parts.owner;
  const isPython = program === 'python' || program === 'python3';
  if (isPython && word === '-m' && next !== undefined && parts.head.at(-1) === program) {
    parts.head.push('-m', next);
    parts.owner = next;
    parts.wantsSubcommand = false;
    return 1;
  }
  const equals = word.indexOf('=');
  const name = equals > 0 ? word.slice(0, equals) : word;
  if (program === 'git' && parts.head.includes('commit')) return readCommitFlag(name, word, next, equals, parts);
  if (!isIdle(name, program) && !/^-\d+$/.test(name)) parts.flags.add(name);
  if (equals > 0 || next === undefined) return 0;
  return takesValue(name, program) && !next.startsWith('-') ? 1 : 0;
}

/** `-am "text"` is `-a -m "text"`. */
function readCommitFlag(name: string, word: string, next: string | undefined, equals: number, parts: Parts): number {
  const isMessage = name === '--message' || /^-[a-z]*m$/.test(name);
  if (!isMessage) {
    parts.flags.add(name);
    return takesValue(name, 'git') && equals < 0 ? 1 : 0;
  }
  parts.flags.add('-m');
  if (/^-[a-z]+m$/.test(name)) for (const letter of name.slice(1, -1)) parts.flags.add(`-${letter}`);
  parts.message ??= equals > 0 ? word.slice(equals + 1) : (next ?? '');
  return equals > 0 ? 0 : 1;
}

function isIdle(name: string, program: string): boolean {
  return IDLE_FLAGS.has(name) && !TARGETING_PROGRAMS.has(program);
}

function takesValue(name: string, program: string): boolean {
  return VALUE_FLAGS.get(program)?.has(name) === true || VALUE_FLAGS.get('*')!.has(name);
}

const CONVENTIONAL = /^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([^()]{1,60}\))?!?: /;
const TICKET = /^[[(]?[A-Z][A-Z0-9]{1,9}-\d{1,7}[\])]?[:\s-]/;
const EMOJI = /^(:[a-z_]+:|\p{Extended_Pictographic})/u;

/** Shape of a commit message's first line: conventional, ticket, emoji or free. */
function messageShape(message: string): string {
  const hereDocument = /^\$\(cat <<-?\s*['"]?\w+['"]?\s*\n\s*/.exec(message);
  const line = message.slice(hereDocument?.[0].length ?? 0, 400).split('\n', 1)[0]!;
  if (CONVENTIONAL.test(line)) return 'conventional';
  if (TICKET.test(line)) return 'ticket';
  return EMOJI.test(line) ? 'emoji' : 'free';
}

/** The action that the head's words name, the last one first: in `npm run test:unit` it is `test`. */
function actionOf(head: readonly string[]): string {
  for (let index = head.length - 1; index >= 0; index--) {
    const word = head[index]!;
    const whole = actionOfWord(word);
    if (whole !== undefined) return whole;
    for (const part of word.split(/[:_./-]/)) {
      const action = actionOfWord(part);
      if (action !== undefined && part.length > 1) return action;
    }
  }
  return '';
}

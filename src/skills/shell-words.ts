/**
 * Splits a shell command line into simple commands and their words, as POSIX sh would before expansion. Text inside
 * `$(…)` and backticks stays one opaque word. It reads what agents typed; it never runs or expands anything.
 */

import { cutText } from './cut-text.ts';

/** Words of one simple command, quotes removed; `pipedInto` when its input comes from the one before. */
export interface SimpleCommand {
  readonly words: string[];
  readonly pipedInto: boolean;
}

const COMMAND_CHARS_MAX = 8_192;
const COMMANDS_MAX = 16;
const WORDS_MAX = 64;

/** Reads at most 8 192 characters, 16 commands and 64 words each; the rest is left out. Linear in the text's length. */
export function splitShell(line: string): SimpleCommand[] {
  const reader = new ShellReader(cutText(line, COMMAND_CHARS_MAX));
  return reader.read();
}

const BREAK = /[\s;&|<>()]/;

class ShellReader {
  private readonly text: string;
  private at = 0;
  private word = '';
  private hasWord = false;
  private words: string[] = [];
  private pipedInto = false;
  private skipNextWord = false;
  private readonly commands: SimpleCommand[] = [];

  constructor(text: string) {
    this.text = text;
  }

  read(): SimpleCommand[] {
    while (this.at < this.text.length && this.commands.length < COMMANDS_MAX) this.step();
    this.endCommand(false);
    return this.commands;
  }

  private step(): void {
    const char = this.text[this.at]!;
    if (char === "'") this.singleQuote();
    else if (char === '"') this.doubleQuote();
    else if (char === '\\') this.escape();
    else if (char === '`') this.opaque(this.closingBacktick());
    else if (char === '$' && this.text[this.at + 1] === '(') this.opaque(this.closingParen(this.at + 1));
    else if (char === '#' && !this.hasWord) this.at = this.lineEnd();
    else if (BREAK.test(char)) this.separator(char);
    else this.take(char);
  }

  private take(char: string): void {
    this.word += char;
    this.hasWord = true;
    this.at += 1;
  }

  private escape(): void {
    const next = this.text[this.at + 1];
    this.at += 2;
    if (next === undefined || next === '\n') return;
    this.word += next;
    this.hasWord = true;
  }

  private singleQuote(): void {
    const end = this.text.indexOf("'", this.at + 1);
    const stop = end < 0 ? this.text.length : end;
    this.word += this.text.slice(this.at + 1, stop);
    this.hasWord = true;
    this.at = stop + 1;
  }

  private doubleQuote(): void {
    this.hasWord = true;
    this.at += 1;
    while (this.at < this.text.length && this.text[this.at] !== '"') {
      const char = this.text[this.at]!;
      if (char === '\\') this.escape();
      else if (char === '$' && this.text[this.at + 1] === '(') this.opaque(this.closingParen(this.at + 1));
      else this.take(char);
    }
    this.at += 1;
  }

  private opaque(end: number): void {
    this.word += this.text.slice(this.at, end);
    this.hasWord = true;
    this.at = end;
  }

  private closingBacktick(): number {
    const end = this.text.indexOf('`', this.at + 1);
    return end < 0 ? this.text.length : end + 1;
  }

  private closingParen(open: number): number {
    let depth = 0;
    for (let index = open; index < this.text.length; index++) {
      if (this.text[index] === '(') depth += 1;
      else if (this.text[index] === ')' && --depth === 0) return index + 1;
    }
    return this.text.length;
  }

  private lineEnd(): number {
    const end = this.text.indexOf('\n', this.at);
    return end < 0 ? this.text.length : end;
  }

  private separator(char: string): void {
    const next = this.text[this.at + 1];
    if (char === '<' || char === '>' || (char === '&' && next === '>')) {
      this.redirection();
    } else if (char === '&' || char === '|') {
      const doubled = next === char;
      this.at += doubled ? 2 : 1;
      this.endCommand(char === '|' && !doubled);
    } else {
      this.at += 1;
      if (/[;()\n]/.test(char)) this.endCommand(false);
      else this.endWord();
    }
  }

  /** `2>&1`, `> file`, `<<EOF`: the operator and its target are not words of the command. */
  private redirection(): void {
    if (/^\d$/.test(this.word)) this.dropWord();
    else this.endWord();
    const isHereDocument = this.text.startsWith('<<', this.at);
    while (this.at < this.text.length && /[<>&]/.test(this.text[this.at]!)) this.at += 1;
    if (isHereDocument) {
      // What follows is the document's text, not a command.
      this.at = this.text.length;
      return;
    }
    this.skipNextWord = true;
  }

  private dropWord(): void {
    this.word = '';
    this.hasWord = false;
  }

  private endWord(): void {
    if (!this.hasWord) return;
    if (this.skipNextWord) this.skipNextWord = false;
    else if (this.words.length < WORDS_MAX) this.words.push(this.word);
    this.dropWord();
  }

  private endCommand(pipeFollows: boolean): void {
    this.endWord();
    this.skipNextWord = false;
    if (this.words.length > 0) this.commands.push({ words: this.words, pipedInto: this.pipedInto });
    this.words = [];
    this.pipedInto = pipeFollows;
  }
}

/** The word as a shell would read it back: quoted only where it must be. */
export function quoteWord(word: string): string {
  return /^(?!~)[\w@%+=:,./~^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Makes one command template of several examples: words that most examples share stay, what varies becomes a placeholder.
 * Only words of a plain alphabet are ever shown, so that nothing an agent typed can break out of a code block.
 */

import { splitShell } from './shell-words.ts';

const SHARED_SHARE_MIN = 0.6;
const WORDS_MAX = 16;
const SAFE_WORD = /^[A-Za-z0-9@%+=:,._/~^-]{1,80}$/;
/** Placeholders for commit messages by the shape that `command.ts` tells. */
const MESSAGES = new Map([
  ['msg:conventional', '"<type>(<scope>): <summary>"'],
  ['msg:ticket', '"<TICKET-123>: <summary>"'],
  ['msg:emoji', '":<emoji>: <summary>"'],
]);

/**
 * `examples` are command texts; words in `required` stay however rare they are, and a message shape (`msg:…`) among them
 * decides how a commit message is shown.
 */
export function commandTemplate(examples: readonly string[], required: readonly string[]): string {
  const parsed = examples.map(wordsOf).filter((words) => /^[A-Za-z0-9._/@~]/.test(words[0] ?? ''));
  if (parsed.length === 0) return '';
  const counts = new Map<string, number>();
  for (const words of parsed) for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const isShared = (word: string) => (counts.get(word) ?? 0) / parsed.length >= SHARED_SHARE_MIN;
  return render(modelExample(parsed), isShared, required);
}

function wordsOf(text: string): string[] {
  return splitShell(text)[0]?.words.slice(0, WORDS_MAX) ?? [];
}

/** The most frequent example; of equals the shortest, then the first by alphabet: independent of their order. */
function modelExample(parsed: readonly string[][]): string[] {
  const counts = new Map<string, { words: string[]; count: number }>();
  for (const words of parsed) {
    const key = words.join(' ');
    const entry = counts.get(key) ?? { words, count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  const entries = [...counts.entries()];
  entries.sort(
    ([leftKey, left], [rightKey, right]) =>
      right.count - left.count || leftKey.length - rightKey.length || (leftKey < rightKey ? -1 : 1),
  );
  return entries[0]![1].words;
}

function render(words: readonly string[], isShared: (word: string) => boolean, required: readonly string[]): string {
  const shown: string[] = [];
  const message = MESSAGES.get(required.find((word) => MESSAGES.has(word)) ?? '') ?? '"<summary>"';
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const equals = word.indexOf('=');
    const name = word.startsWith('-') && equals > 0 ? word.slice(0, equals) : word;
    if (isMessageFlag(word, words[0]!)) {
      shown.push(word, message);
      index += 1;
    } else if (SAFE_WORD.test(word) && (isShared(word) || required.includes(word))) {
      shown.push(word);
    } else if (required.includes(name) && SAFE_WORD.test(name)) {
      shown.push(equals > 0 ? `${name}=<value>` : name);
    } else if (!word.startsWith('-')) {
      const placeholder = placeholderOf(word);
      if (shown.at(-1) !== placeholder) shown.push(placeholder);
    }
  }
  return shown.join(' ');
}

function isMessageFlag(word: string, program: string): boolean {
  return program === 'git' && (word === '--message' || /^-[a-z]*m$/.test(word));
}

function placeholderOf(word: string): string {
  if (/[/\\]|\.\w{1,5}$/.test(word)) return '<path>';
  return /\s/.test(word) ? '<text>' : '<name>';
}

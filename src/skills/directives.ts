/**
 * Reads what a user said in a prompt, where prompts are captured: whether it negates what the agent just did, and the
 * sentence that instructs. English only; in other languages the signals that need no words still work.
 */

const NEGATING =
  /^\W*(?:no\b(?! problem| worries|w\b)|nope\b|don'?t\b|do not\b|stop\b|wrong\b|not (?:that|like|there)\b|undo\b|revert\b|never\b|please don'?t\b|actually[, ]+(?:use|no|don'?t)\b|instead\b|you should(?:n'?t| not)? have\b|that'?s (?:wrong|not)\b)/i;

const DIRECTIVE =
  /\b(?:always|never|don'?t|do not|must(?:n'?t)?|should(?:n'?t)?|instead of|rather than|make sure|remember to|from now on|please use|only use|use \S+ (?:not|instead|for)|we use|stop using|avoid)\b/i;

const SENTENCE_CHARS_MAX = 300;
const SENTENCES_MAX = 20;
const WORDS_MAX = 24;
const WORDS_MIN = 2;

/** Whether the prompt opens by rejecting what was just done. */
export function isNegating(prompt: string): boolean {
  return NEGATING.test(prompt.slice(0, 200));
}

/** The first sentence that lays down how to do something, or undefined. */
export function directiveOf(prompt: string): string | undefined {
  const sentences = prompt.slice(0, 4_000).split(/(?<=[.!?])\s+|\n+/, SENTENCES_MAX);
  for (const sentence of sentences) {
    const text = sentence.replace(/\s+/g, ' ').trim();
    if (text.length > 0 && text.length <= SENTENCE_CHARS_MAX && DIRECTIVE.test(text)) return text;
  }
  return undefined;
}

const STOP_WORDS = new Set(
  (
    'a an and are as at be been but by can could did do does done for from had has have he her here hers him his how i if ' +
    'in into is it its just let like me my no nope not now of off ok okay on or our out over please so some than that the ' +
    'their them then there these they this those to too up us very was we were what when where which who why will with ' +
    'would yes you your again also must should always never dont instead rather make sure remember only stop wrong use ' +
    'using used actually want need every time when'
  ).split(' '),
);

/** Content words of a sentence, lower case, roughly stemmed, unique, at most 24; fewer than two mean it says too little. */
export function contentWords(sentence: string): string[] {
  const words = new Set<string>();
  for (const raw of sentence
    .toLowerCase()
    .replaceAll("'", '')
    .split(/[^\p{L}\p{N}_./@:-]+/u)) {
    const word = raw.replace(/^[./:-]+|[./:-]+$/g, '');
    if (word.length < 2 || STOP_WORDS.has(word)) continue;
    words.add(/^[a-z]{5,}$/.test(word) ? stem(word) : word);
    if (words.size === WORDS_MAX) break;
  }
  return words.size >= WORDS_MIN ? [...words] : [];
}

function stem(word: string): string {
  return word.replace(/(?:ing|ed|es|s)$/, '').replace(/(.)\1$/, '$1');
}

/** Share of common words: 1 for the same set, 0 for none in common. */
export function wordOverlap(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  const common = left.filter((word) => right.includes(word)).length;
  return common / (left.length + right.length - common);
}

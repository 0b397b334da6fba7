/**
 * Whether a regular expression of an operator runs in linear time on JavaScript's backtracking engine, decided from its
 * source. Allowed: literals, classes, alternatives, groups, and quantifiers that are bounded or end the pattern. The ways
 * in which a match can be tried from one position are counted and bounded; look-around and back-references are refused.
 */

/** Most ways in which the engine may try the pattern from one position of the text. */
const WAYS_MAX = 10_000;
const REPEATS_MAX = 1000;
const PATTERN_CHARS_MAX = 1000;

interface Part {
  readonly ways: number;
  /** Holds a quantifier without an upper bound. */
  readonly isOpen: boolean;
}

/** What is wrong with the pattern, or undefined. */
export function linearTimeProblem(pattern: string): string | undefined {
  if (pattern.length > PATTERN_CHARS_MAX) return `is longer than ${PATTERN_CHARS_MAX} characters`;
  if (!/^[\x20-\x7e]*$/.test(pattern))
    return 'holds characters outside of printable ASCII; write them as \\xNN bytes of UTF-8';
  try {
    new RegExp(pattern);
  } catch {
    return 'does not compile';
  }
  const reader = new PatternReader(pattern);
  const part = reader.alternatives();
  if (reader.problem === undefined && part.ways > WAYS_MAX)
    return 'can be matched in too many ways; give its quantifiers smaller bounds';
  return reader.problem;
}

class PatternReader {
  problem: string | undefined;
  private readonly pattern: string;
  private at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  /** Branches until the end of the group; the pattern compiled, so that brackets are known to match. */
  alternatives(): Part {
    let ways = 0;
    let isOpen = false;
    do {
      const branch = this.sequence();
      ways += branch.ways;
      isOpen ||= branch.isOpen;
    } while (this.take('|'));
    return { ways, isOpen };
  }

  private sequence(): Part {
    let ways = 1;
    let isOpen = false;
    while (this.at < this.pattern.length && this.peek() !== '|' && this.peek() !== ')') {
      if (isOpen)
        this.fail('has something behind a quantifier without an upper bound; write {n,m} instead of *, + or {n,}');
      const part = this.quantified();
      ways = Math.min(ways * part.ways, Number.MAX_SAFE_INTEGER);
      isOpen = part.isOpen;
    }
    return { ways, isOpen };
  }

  private quantified(): Part {
    const part = this.atom();
    const quantifier = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.pattern.slice(this.at));
    if (quantifier === null) return part;
    this.at += quantifier[0].length;
    if (part.isOpen) this.fail('repeats a group that holds a quantifier without an upper bound');
    const { least, most } = boundsOf(quantifier);
    if (most === Number.POSITIVE_INFINITY) {
      if (part.ways > 1) this.fail('repeats a group that can be matched in several ways without an upper bound');
      return { ways: 1, isOpen: true };
    }
    if (most > REPEATS_MAX) this.fail(`repeats more than ${REPEATS_MAX} times`);
    const repeated = Math.min(part.ways ** most, Number.MAX_SAFE_INTEGER);
    return { ways: Math.min(repeated * (most - least + 1), Number.MAX_SAFE_INTEGER), isOpen: false };
  }

  private atom(): Part {
    const single = { ways: 1, isOpen: false };
    const character = this.pattern[this.at++]!;
    if (character === '(') return this.group();
    if (character === '[') this.skipClass();
    if (character === '\\') {
      const escaped = this.pattern[this.at++] ?? '';
      if (/[1-9k]/.test(escaped)) this.fail('holds a back-reference');
      if (escaped === 'x') this.at += 2;
      if (escaped === 'u') this.at += 4;
      if (escaped === 'c') this.at += 1;
    }
    return single;
  }

  private group(): Part {
    if (this.take('?:')) return this.closed();
    if (this.peek() === '?') {
      const isNamed = /^\?<[^=!]/.test(this.pattern.slice(this.at, this.at + 3));
      if (!isNamed) this.fail('holds look-ahead, look-behind or a flag group');
      while (this.at < this.pattern.length && this.pattern[this.at] !== '>') this.at++;
      this.at++;
    }
    return this.closed();
  }

  private closed(): Part {
    const part = this.alternatives();
    this.take(')');
    return part;
  }

  private skipClass(): void {
    while (this.at < this.pattern.length && this.pattern[this.at] !== ']')
      this.at += this.pattern[this.at] === '\\' ? 2 : 1;
    this.at++;
  }

  private peek(): string {
    return this.pattern[this.at] ?? '';
  }

  private take(text: string): boolean {
    if (!this.pattern.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private fail(problem: string): void {
    this.problem ??= problem;
  }
}

function boundsOf(quantifier: RegExpExecArray): { least: number; most: number } {
  const mark = quantifier[0][0];
  if (mark === '?') return { least: 0, most: 1 };
  if (mark === '*' || mark === '+') return { least: 0, most: Number.POSITIVE_INFINITY };
  const least = Number(quantifier[1]);
  if (quantifier[2] === undefined) return { least, most: least };
  return { least, most: quantifier[3] === '' ? Number.POSITIVE_INFINITY : Number(quantifier[3]) };
}

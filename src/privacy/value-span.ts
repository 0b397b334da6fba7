/** Where a value behind a key ends: quotes of any escape level, words, arguments, lines. */

/** An opening or closing quote with the backslashes before it, or its escaped form. */
export interface Quote {
  /** Behind the quote. */
  readonly end: number;
  /** `"`, `'` or a backtick. */
  readonly mark: number;
  readonly backslashes: number;
  /** The text of an escaped form (`\u0022`, `&quot;`, `%22`), empty for a plain quote. */
  readonly escaped: string;
}

/** JSON in JSON in …, eight times over. */
const BACKSLASHES_MAX = 255;
const ESCAPED_FORMS: readonly (readonly [text: string, mark: number])[] = [
  ['\\u0022', 0x22],
  ['\\u0027', 0x27],
  ['&quot;', 0x22],
  ['&#34;', 0x22],
  ['&#39;', 0x27],
  ['%22', 0x22],
  ['%27', 0x27],
];

/** The quote that stands at `at`, if one does. */
export function quoteAt(bytes: Buffer, at: number, end: number): Quote | undefined {
  let next = at;
  while (next < end && next - at < BACKSLASHES_MAX && bytes[next] === 0x5c) next++;
  const mark = next < end ? bytes[next]! : 0;
  if (mark === 0x22 || mark === 0x27 || mark === 0x60) {
    return { end: next + 1, mark, backslashes: next - at, escaped: '' };
  }
  if (mark !== 0x75 && mark !== 0x26 && mark !== 0x25) return undefined;
  const start = mark === 0x75 ? next - 1 : next;
  for (const [text, escapedMark] of ESCAPED_FORMS) {
    if (start >= at && start + text.length <= end && bytes.toString('latin1', start, start + text.length) === text) {
      return { end: start + text.length, mark: escapedMark, backslashes: start - at, escaped: text };
    }
  }
  return undefined;
}

/**
 * Ends of values in one text, each stretch of bytes read once for each kind of end: many keys in front of one long value
 * would otherwise read it again and again.
 */
export class ValueSpans {
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;
  private readonly known = new Map<string, { start: number; stop: number }>();

  /** Starts on another text, which ends at `end`. */
  reset(bytes: Buffer, end: number): void {
    this.bytes = bytes;
    this.end = end;
    if (this.known.size > 0) this.known.clear();
  }

  /** The end of the text that this quote opened: its closing twin, else what would end it without a quote. */
  endOfQuoted(start: number, quote: Quote): number {
    const isEscaped = quote.escaped !== '';
    const closing = this.remembered(`${quote.mark} ${quote.backslashes} ${quote.escaped}`, start, () =>
      isEscaped ? this.closingText(start, quote) : this.closingMark(start, quote),
    );
    return closing < this.end ? closing : this.endOfUnquoted(start, isEscaped ? 'word' : 'line');
  }

  /**
   * The end of a text without quotes. `word`: up to a space or a mark that ends a value in URLs, lists and program text;
   * `argument`: up to what ends a word of a shell; `dotenv`: up to white space; `line`: up to the line's end.
   */
  endOfUnquoted(start: number, how: Unquoted): number {
    const stop = this.remembered(how, start, () => {
      let at = start;
      while (at < this.end && !endsValue(this.bytes[at]!, how)) at++;
      return at;
    });
    return trimmed(this.bytes, start, stop, how);
  }

  private remembered(kind: string, start: number, find: () => number): number {
    const last = this.known.get(kind);
    if (last !== undefined && start >= last.start && start <= last.stop) return last.stop;
    const stop = find();
    this.known.set(kind, { start, stop });
    return stop;
  }

  /** `end` when nothing closes the quote. */
  private closingText(start: number, quote: Quote): number {
    const closing = this.bytes.subarray(start, this.end).indexOf(quote.escaped, 0, 'latin1');
    return closing < 0 ? this.end : Math.max(start, start + closing - quote.backslashes);
  }

  private closingMark(start: number, quote: Quote): number {
    let backslashes = 0;
    for (let at = start; at < this.end; at++) {
      const byte = this.bytes[at]!;
      if (byte === 0x5c) {
        backslashes++;
        continue;
      }
      if (byte === quote.mark && backslashes <= quote.backslashes) return at - backslashes;
      backslashes = 0;
    }
    return this.end;
  }
}

export type Unquoted = 'word' | 'argument' | 'dotenv' | 'line';

function trimmed(bytes: Buffer, start: number, stop: number, how: Unquoted): number {
  let at = stop;
  if (how === 'line') while (at > start && bytes[at - 1]! <= 0x20) at--;
  else while (at > start && isTrailing(bytes[at - 1]!)) at--;
  return at;
}

function endsValue(byte: number, how: Unquoted): boolean {
  if (byte < 0x20 || byte === 0x22 || byte === 0x27 || byte === 0x60 || byte === 0x5c) return true;
  if (how === 'line') return false;
  if (byte === 0x20) return true;
  if (how === 'dotenv') return false;
  // & ; < > | end a word of a shell; , ) ] } one of a list.
  if (byte === 0x26 || byte === 0x3b || byte === 0x3c || byte === 0x3e || byte === 0x7c) return true;
  return how === 'word' && (byte === 0x2c || byte === 0x29 || byte === 0x5d || byte === 0x7d);
}

/** Marks that end a sentence or a list item rather than a value. */
function isTrailing(byte: number): boolean {
  return byte === 0x2e || byte === 0x2c || byte === 0x3b || byte === 0x3a || byte === 0x29;
}

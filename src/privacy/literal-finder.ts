/**
 * Finds literals in bytes, all at once, letter case aside. It is the prefilter of redaction: each literal is watched for by
 * its rarest three bytes (as 5-bit classes, 32 768 windows in all), so that a text without any is clean after one look-up per
 * byte, and no JavaScript string is made of it. An automaton over all literals (Aho and Corasick) takes twice as long per
 * byte: each of its states waits for the load that gave the last one.
 */

const CLASS_BITS = 5;
const WINDOW_MASK = (1 << (3 * CLASS_BITS)) - 1;

/** Classes of bytes: 1 to 26 letters, then the marks that literals hold; 0 is "before the text" and `{`. */
const CLASS = new Uint8Array(256).fill(31);
for (let letter = 0; letter < 26; letter++) CLASS[0x41 + letter] = CLASS[0x61 + letter] = letter + 1;
for (let digit = 0x30; digit <= 0x39; digit++) CLASS[digit] = 30;
CLASS[0x2d] = 27; // -
CLASS[0x5f] = 28; // _
CLASS[0x2e] = 29; // .
CLASS[0x3a] = CLASS[0x2f] = 28; // : and / share with _
CLASS[0x7b] = 0; // {

/**
 * How often a class occurs, roughly, in a thousand bytes of telemetry: ids in hexadecimal, names, English. Only the choice
 * of the watched bytes hangs on it.
 */
const FREQUENCY = [
  1, 60, 25, 40, 50, 90, 30, 15, 20, 45, 3, 6, 30, 20, 40, 45, 20, 2, 40, 45, 55, 20, 8, 8, 4, 10, 2, 40, 40, 20, 200,
  60,
];

/** Windows that stand in words of telemetry (model, code, path, token, password, live) more often than their letters tell. */
const IN_WORDS = new Set('ode odu mod tok pat wor con liv use ote nte uth env min put log box'.split(' '));
const IN_WORDS_FACTOR = 16;

/** A literal and where in it the watched window ends. */
interface Watched {
  readonly literal: number;
  readonly bytes: Uint8Array;
  /** Bytes of the literal behind the window. */
  readonly behind: number;
}

/** Where a scan stands, and what it found; one object serves all scans of a thread. */
export interface Cursor {
  /** Next byte to read. */
  position: number;
  /** Classes of the last bytes; 0 to start a text. */
  window: number;
  /** Literals that were found: index and end of each, in pairs. */
  readonly found: Int32Array;
  foundCount: number;
}

/** Literals that can stand at one place: all that share a window. */
const FOUND_MAX = 128;

export function newCursor(): Cursor {
  return { position: 0, window: 0, found: new Int32Array(2 * FOUND_MAX), foundCount: 0 };
}

export class LiteralFinder {
  /** By window of three classes: number of its list plus 1, or 0. */
  private readonly listOfWindow = new Uint16Array(WINDOW_MASK + 1);
  private readonly lists: Watched[][] = [];

  /** `literals` are ASCII of at least 2 bytes; their index is what a scan tells. */
  constructor(literals: readonly string[]) {
    literals.forEach((text, literal) => {
      const bytes = Buffer.from(text.toLowerCase(), 'latin1');
      const last = bytes.length === 2 ? 1 : rarestWindow(bytes);
      for (const window of windowsOf(bytes, last))
        this.watch(window, { literal, bytes, behind: bytes.length - 1 - last });
    });
  }

  /** Scans on from the cursor; true at the next place where literals stand, false when `end` is reached without one. */
  scan(bytes: Uint8Array, cursor: Cursor, from: number, end: number): boolean {
    const { listOfWindow } = this;
    let window = cursor.window;
    for (let index = cursor.position; index < end; index++) {
      window = ((window << CLASS_BITS) | CLASS[bytes[index]!]!) & WINDOW_MASK;
      const list = listOfWindow[window]!;
      if (list === 0 || !this.confirm(bytes, cursor, from, index, end, list - 1)) continue;
      cursor.position = index + 1;
      cursor.window = window;
      return true;
    }
    return false;
  }

  private watch(window: number, watched: Watched): void {
    let list = this.listOfWindow[window]!;
    if (list === 0) {
      list = this.lists.push([]);
      this.listOfWindow[window] = list;
    }
    this.lists[list - 1]!.push(watched);
  }

  private confirm(bytes: Uint8Array, cursor: Cursor, from: number, index: number, end: number, list: number): boolean {
    const all = this.lists[list]!;
    let count = 0;
    for (let at = 0; at < all.length && count < FOUND_MAX; at++) {
      const { literal, bytes: text, behind } = all[at]!;
      const stop = index + 1 + behind;
      const start = stop - text.length;
      if (start < from || stop > end || !isText(bytes, start, text)) continue;
      cursor.found[2 * count] = literal;
      cursor.found[2 * count + 1] = stop;
      count++;
    }
    cursor.foundCount = count;
    return count > 0;
  }
}

/** From the end on: literals of one window often begin alike. */
function isText(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let index = text.length - 1; index >= 0; index--) {
    const byte = bytes[start + index]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text[index]) return false;
  }
  return true;
}

/** Index of the last byte of the window that is least likely. */
function rarestWindow(bytes: Uint8Array): number {
  let best = 2;
  let least = Number.POSITIVE_INFINITY;
  for (let last = 2; last < bytes.length; last++) {
    const letters = frequency(bytes[last - 2]!) * frequency(bytes[last - 1]!) * frequency(bytes[last]!);
    const word = Buffer.from(bytes.subarray(last - 2, last + 1)).toString('latin1');
    const likely = IN_WORDS.has(word) ? letters * IN_WORDS_FACTOR : letters;
    if (likely < least) {
      least = likely;
      best = last;
    }
  }
  return best;
}

function frequency(byte: number): number {
  return FREQUENCY[CLASS[byte]!]!;
}

/** The window that ends at `last`; a literal of two bytes has one for each class before it. */
function windowsOf(bytes: Uint8Array, last: number): number[] {
  const two = (CLASS[bytes[last - 1]!]! << CLASS_BITS) | CLASS[bytes[last]!]!;
  if (last >= 2) return [(CLASS[bytes[last - 2]!]! << (2 * CLASS_BITS)) | two];
  return Array.from({ length: 1 << CLASS_BITS }, (_, before) => (before << (2 * CLASS_BITS)) | two);
}

/** The command that begins at a place of a text, as one line, for the forms that look for its flags. */

/** So far behind a program its command is looked at. */
export const COMMAND_BYTES_MAX = 320;
const OTHER = 0x5f;
const BLANK = 0x20;
/** One for all calls of a thread: nothing of it outlives the call. */
const line = Buffer.alloc(COMMAND_BYTES_MAX);

/**
 * The bytes from `start` on as characters, up to `;`, `|` or `&&` outside of quotes. Inside of quotes such a mark, and the
 * end of a line, is another character; the end of a line that goes on is blank. So each byte keeps its place.
 */
export function commandAt(bytes: Buffer, start: number, end: number): string {
  const length = bytes.copy(line, 0, start, Math.min(end, start + COMMAND_BYTES_MAX));
  for (let at = 0, quoteEnd = -1; at < length; at++) {
    const byte = line[at]!;
    const isInQuotes = at < quoteEnd;
    if (byte === 0x22 || byte === 0x27) {
      if (at > quoteEnd && opensQuote(at)) quoteEnd = closingQuote(byte, at, length) ?? quoteEnd;
    } else if (byte === 0x0a) {
      if (isInQuotes) line[at] = OTHER;
      else joinLines(at);
    } else if (byte === 0x3b || byte === 0x7c || (byte === 0x26 && at + 1 < length && line[at + 1] === 0x26)) {
      if (!isInQuotes) return line.toString('latin1', 0, at);
      line[at] = OTHER;
    }
  }
  return line.toString('latin1', 0, length);
}

/** A quote that opens stands behind a blank or a sign. */
function opensQuote(at: number): boolean {
  let before = at - 1;
  while (before >= 0 && line[before] === 0x5c) before--;
  return before >= 0 && (line[before]! <= BLANK || line[before] === 0x3d);
}

function closingQuote(mark: number, at: number, length: number): number | undefined {
  const closing = line.indexOf(mark, at + 1);
  return closing < 0 || closing >= length ? undefined : closing;
}

/** The line goes on behind a backslash, in `cmd` behind `^`, in PowerShell behind a backtick. */
function joinLines(lineFeed: number): void {
  const last = lineFeed - (lineFeed > 0 && line[lineFeed - 1] === 0x0d ? 2 : 1);
  if (last < 0 || (line[last] !== 0x5c && line[last] !== 0x5e && line[last] !== 0x60)) return;
  line[last] = line[lineFeed - 1] = line[lineFeed] = BLANK;
}

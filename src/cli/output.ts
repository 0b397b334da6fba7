/** What people read on the terminal: plain lines, colours only where a terminal shows them. */

const CODES = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof CODES;

let usesColour = process.stdout.isTTY === true;

/** Whether colours are wanted; never used where standard output is no terminal. */
export function setColour(isWanted: boolean): void {
  usesColour = isWanted && process.stdout.isTTY === true;
}

/** The text in a colour, on a terminal. */
export function paint(colour: Colour, text: string): string {
  return usesColour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

/** One line on standard output. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** One line on standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

export type Mark = 'good' | 'warning' | 'bad' | 'note';

const MARKS: Readonly<Record<Mark, { readonly sign: string; readonly colour: Colour }>> = {
  good: { sign: 'ok  ', colour: 'green' },
  warning: { sign: 'warn', colour: 'yellow' },
  bad: { sign: 'FAIL', colour: 'red' },
  note: { sign: '    ', colour: 'dim' },
};

/** A line that opens with a verdict. */
export function sayMarked(mark: Mark, line: string): void {
  const { sign, colour } = MARKS[mark];
  say(`${paint(colour, sign)} ${line}`);
}

/** Columns padded to their widest cell; the last column is left as it is. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  for (const row of rows) {
    say(
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** Text from the server as one harmless line: control characters could rewrite the terminal. */
export function plainLine(text: string, charactersMax = 200): string {
  const line = withoutControls(text).trim();
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1)}…`;
}

/** Control and direction characters as blanks; for text that keeps its indentation. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

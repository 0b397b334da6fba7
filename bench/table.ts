/** Plain-text tables on standard output: first column to the left, figures to the right. */

/** Prints a title, a header row and rows of cells. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const text = [title, line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line), ''];
  process.stdout.write(`${text.join('\n')}\n`);
}

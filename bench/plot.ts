/** SVG plots for the result pages: bars, lines and heat maps, drawn by hand so that a page needs nothing but itself. */

import type { Machine } from './machine.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Text behind the bar. */
  readonly text: string;
  readonly isReference?: boolean;
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 860;
const LABEL_WIDTH = 330;
const ROW = 22;
const COLOURS = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#0891b2', '#be185d', '#4d7c0f'];

/** Horizontal bars on one scale from 0. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map((bar) => bar.value));
  const scale = (WIDTH - LABEL_WIDTH - 130) / (longest || 1);
  const rows = bars.map(({ label, value, text, isReference }, index) => {
    const y = index * ROW;
    const colour = isReference === true ? '#9ca3af' : COLOURS[0];
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escapeText(label)}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${(value * scale).toFixed(1)}" height="${ROW - 7}" fill="${colour}"/>` +
      `<text x="${(LABEL_WIDTH + value * scale + 6).toFixed(1)}" y="${y + 15}">${escapeText(text)}</text>`
    );
  });
  return figure(title, bars.length * ROW + 6, rows.join(''));
}

/** Lines over a linear x axis and a logarithmic y axis. */
export function lineChart(title: string, xName: string, yName: string, lines: readonly Line[]): string {
  const all = lines.flatMap((line) => line.points);
  const xMax = Math.max(...all.map(([x]) => x)) || 1;
  const yMin = Math.max(0.01, Math.min(...all.map(([, y]) => y)));
  const yMax = Math.max(yMin * 10, ...all.map(([, y]) => y));
  const x = (value: number): number => 70 + (value / xMax) * (WIDTH - 290);
  const y = (value: number): number => 290 - (Math.log(Math.max(value, yMin) / yMin) / Math.log(yMax / yMin)) * 260;
  const decades = Array.from({ length: 8 }, (_, index) => 10 ** (Math.floor(Math.log10(yMin)) + index));
  const grid = decades
    .filter((value) => value >= yMin && value <= yMax)
    .map(
      (value) =>
        `<path d="M70 ${y(value)}H${WIDTH - 220}" stroke="#e5e7eb"/><text x="62" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) => `<text x="${x(part * xMax)}" y="308" text-anchor="middle">${Math.round(part * xMax)}</text>`,
  );
  const drawn = lines.map(({ label, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const path = points
      .map(([px, py], point) => `${point === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
      .join('');
    const dots = points.map(
      ([px, py]) => `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3" fill="${colour}"/>`,
    );
    const legend = `<text x="${WIDTH - 205}" y="${40 + index * 18}" fill="${colour}">${escapeText(label)}</text>`;
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${legend}`;
  });
  const names = `<text x="${(WIDTH - 150) / 2}" y="328" text-anchor="middle">${escapeText(xName)}</text><text x="70" y="18">${escapeText(yName)}</text>`;
  return figure(title, 336, grid.join('') + ticks.join('') + drawn.join('') + names);
}

/** Cells from pale to dark by value; `undefined` is a cell that was not measured. */
export function heatMap(
  title: string,
  columns: readonly string[],
  rows: readonly string[],
  value: (row: number, column: number) => number | undefined,
  text: (value: number) => string,
): string {
  const values = rows.flatMap((_, row) => columns.map((_name, column) => value(row, column) ?? 0));
  const most = Math.max(...values) || 1;
  const least = Math.min(...values.filter((entry) => entry > 0), most);
  const width = Math.min(120, (WIDTH - 220) / columns.length);
  const heads = columns.map(
    (name, column) =>
      `<text x="${220 + (column + 0.5) * width}" y="16" text-anchor="middle">${escapeText(name)}</text>`,
  );
  const cells = rows.map((name, row) => {
    const y = 24 + row * 34;
    const label = `<text x="212" y="${y + 21}" text-anchor="end">${escapeText(name)}</text>`;
    const drawn = columns.map((_name, column) => {
      const found = value(row, column);
      if (found === undefined) return '';
      const share = most === least ? 1 : (found - least) / (most - least);
      const colour = `hsl(217 85% ${(93 - share * 50).toFixed(0)}%)`;
      const ink = share > 0.6 ? '#fff' : '#111';
      const at = 220 + column * width;
      return (
        `<rect x="${at}" y="${y}" width="${width - 2}" height="32" fill="${colour}"/>` +
        `<text x="${at + width / 2}" y="${y + 21}" text-anchor="middle" fill="${ink}">${escapeText(text(found))}</text>`
      );
    });
    return label + drawn.join('');
  });
  return figure(title, 30 + rows.length * 34, heads.join('') + cells.join(''));
}

/** A table: first column to the left, figures to the right. */
export function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  const lines = [line(header, 'th'), ...rows.map((row) => line(row, 'td'))].join('\n');
  return `<figure><figcaption>${escapeText(title)}</figcaption><table>${lines}</table></figure>`;
}

/** A whole page of figures. */
export function page(title: string, machine: Machine, figures: readonly string[]): string {
  const about = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, commit ${machine.commit}, ${machine.measuredAt}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeText(title)}</title>
<style>body{font:14px system-ui,sans-serif;max-width:${WIDTH + 40}px;margin:2em auto;padding:0 1em;color:#111}
svg{font:12px system-ui,sans-serif;width:100%;height:auto}figure{margin:2em 0}figcaption{font-weight:600;margin-bottom:.5em}
p{color:#4b5563}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}</style>
<h1>${escapeText(title)}</h1><p>${escapeText(about)}</p>
${figures.join('\n')}
</html>
`;
}

function figure(title: string, height: number, content: string): string {
  return `<figure><figcaption>${escapeText(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img">${content}</svg></figure>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

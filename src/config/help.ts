/** `npm start -- --help`: the settings table as text, printed from the table itself. */

import type { Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

/** The whole help text, ending with a newline. */
export function helpText(): string {
  const rows: readonly Setting<unknown>[] = Object.values(SETTINGS);
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map((row) => {
    const head = `  ${row.name.padEnd(nameWidth)}  ${row.meaning}`;
    return `${head}\n  ${' '.repeat(nameWidth)}  (${row.unit}; default: ${row.defaultText})`;
  });
  return [
    'Moda ingest: receives telemetry of coding agents by OTLP/HTTP and hooks, stores it in ClickHouse.',
    '',
    'Settings (environment):',
    ...lines,
    '',
    'Sizes take plain bytes or KiB, MiB, GiB, TiB. An empty value counts as unset.',
    '',
  ].join('\n');
}

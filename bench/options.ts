/** Command-line options of the bench commands; an unknown one is an error, not a default. */

import { parseArgs } from 'node:util';

export type OptionTable = Readonly<Record<string, { readonly help: string; readonly default?: string }>>;

/** Values of `--name=value` options by the table; flags have no default and are given as `--name=true` or `--name`. */
export function readOptions<T extends OptionTable>(command: string, table: T): Record<keyof T, string> {
  const usage = (): string =>
    Object.entries(table)
      .map(([name, { help, default: value }]) => `  --${name}${value === undefined ? '' : `=${value}`}  ${help}`)
      .join('\n');
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2).map((argument) => (/^--[\w-]+$/.test(argument) ? `${argument}=true` : argument)),
      options: Object.fromEntries([...Object.keys(table), 'help'].map((name) => [name, { type: 'string' as const }])),
    });
    if (values['help'] !== undefined) {
      process.stdout.write(`${command}\n${usage()}\n`);
      process.exit(0);
    }
    const entries = Object.entries(table).map(([name, { default: value }]) => [name, values[name] ?? value ?? '']);
    return Object.fromEntries(entries) as Record<keyof T, string>;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage()}\n`);
    process.exit(2);
  }
}

/** A positive number, or exit 2. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  process.stderr.write(`--${name} must be a positive number, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

/** Command-line options of the bench commands; an unknown one is an error, not a default. */

import { parseArgs } from 'node:util';

export type OptionTable = Readonly<Record<string, { readonly help: string; readonly default?: string }>>;

/** Values of `--name=value` or `--name value` options by the table; one whose default is `false` is a flag. */
export function readOptions<T extends OptionTable>(command: string, table: T): Record<keyof T, string> {
  const usage = (): string =>
    Object.entries(table)
      .map(([name, { help, default: value }]) => `  --${name}${value === undefined ? '' : `=${value}`}  ${help}`)
      .join('\n');
  try {
    const types = Object.entries({ ...table, help: { help: '', default: 'false' } }).map(([name, option]) => [
      name,
      { type: option.default === 'false' ? ('boolean' as const) : ('string' as const) },
    ]);
    const { values } = parseArgs({
      options: Object.fromEntries(types) as Record<string, { type: 'boolean' | 'string' }>,
    });
    if (values['help'] !== undefined) {
      process.stdout.write(`${command}\n${usage()}\n`);
      process.exit(0);
    }
    const entries = Object.entries(table).map(([name, { default: value }]) => [
      name,
      String(values[name] ?? value ?? ''),
    ]);
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
  return refuse(`--${name} must be a positive number, not ${JSON.stringify(text)}`);
}

/** The known names that contain `text`, none for `none`; exit 2 when it is part of none of them. */
export function namesWith(name: string, text: string, known: readonly string[]): string[] {
  if (text === 'none') return [];
  const found = known.filter((candidate) => candidate.includes(text));
  return found.length > 0 ? found : refuse(`--${name}=${text} names none of ${known.join(', ')}`);
}

/** A known name, or exit 2. */
export function oneOf(name: string, text: string, known: readonly string[]): string {
  return known.includes(text) ? text : refuse(`--${name}=${text} is none of ${known.join(', ')}`);
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(2);
}

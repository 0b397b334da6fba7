/**
 * Kinds of settings: how a text from the environment becomes a value, and why it may not. Pure; the table that uses
 * them is settings.ts, load-config.ts applies it to the environment.
 */

/** Outcome of reading one text: a value, or what was expected instead. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

/** One row of the settings table. */
export interface Setting<T> {
  readonly name: string;
  /** Word for `--help`: what the text is (`bytes`, `ms`, `file`). */
  readonly unit: string;
  /** Default as `--help` prints it; `–` where unset has a meaning of its own. */
  readonly defaultText: string;
  /** One sentence for `--help`. */
  readonly meaning: string;
  /** A secret's text is never repeated in a message. */
  readonly isSecret: boolean;
  readonly fallback: () => T;
  readonly parse: (text: string) => Parsed<T>;
}

const UNSET = '–';
const accept = <T>(value: T): Parsed<T> => ({ ok: true, value });
const refuse = (expected: string): Parsed<never> => ({ ok: false, expected });

/** Text with a default. */
export function text(name: string, fallback: string, meaning: string): Setting<string> {
  const parse = (value: string): Parsed<string> => (value === '' ? refuse('a text') : accept(value));
  return { name, unit: 'text', defaultText: fallback, meaning, isSecret: false, fallback: () => fallback, parse };
}

/** A text that must match a pattern; unset gives `undefined`. */
export function optionalText(
  name: string,
  meaning: string,
  options: { unit?: string; isSecret?: boolean; pattern?: RegExp; expected?: string } = {},
): Setting<string | undefined> {
  const { unit = 'text', isSecret = false, pattern = /./s, expected = 'a text' } = options;
  const parse = (value: string): Parsed<string> => (pattern.test(value) ? accept(value) : refuse(expected));
  return { name, unit, defaultText: UNSET, meaning, isSecret, fallback: () => undefined, parse };
}

/** Name of a database or cluster: goes into DDL as an identifier, so only word characters. */
export function identifier(name: string, fallback: string, meaning: string): Setting<string> {
  const parse = (value: string): Parsed<string> =>
    /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(value) ? accept(value) : refuse('letters, digits and _, at most 64');
  return { name, unit: 'name', defaultText: fallback, meaning, isSecret: false, fallback: () => fallback, parse };
}

/** A whole number within a range; `fallback` may depend on the machine. */
export function integer(
  name: string,
  unit: string,
  fallback: number | (() => number),
  range: readonly [min: number, max: number],
  meaning: string,
  defaultText?: string,
): Setting<number> {
  const [min, max] = range;
  const expected = `a whole number from ${min} to ${max}`;
  const parse = (value: string): Parsed<number> => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? accept(number) : refuse(expected);
  };
  const read = typeof fallback === 'number' ? () => fallback : fallback;
  return { name, unit, defaultText: defaultText ?? String(read()), meaning, isSecret: false, fallback: read, parse };
}

/** Like `integer`, but unset gives `undefined`: no such limit, or one that is derived. */
export function optionalInteger(
  name: string,
  unit: string,
  meaning: string,
  defaultText = 'off',
): Setting<number | undefined> {
  const base = integer(name, unit, 1, [1, 1e12], meaning);
  const parse = unit === 'bytes' ? parseBytes([1, 1e15]) : base.parse;
  return { ...base, defaultText, fallback: () => undefined, parse };
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

function parseBytes(range: readonly [min: number, max: number]): (value: string) => Parsed<number> {
  const [min, max] = range;
  return (value) => {
    const match = /^(\d{1,15})\s?(KiB|MiB|GiB|TiB|)$/.exec(value);
    const number = match === null ? Number.NaN : Number(match[1]) * SUFFIXES[match[2] ?? '']!;
    return number >= min && number <= max
      ? accept(number)
      : refuse(`bytes from ${min} to ${max}, plain or with KiB, MiB, GiB, TiB`);
  };
}

/** A size in bytes, plain or with a binary suffix. */
export function bytes(
  name: string,
  fallback: number,
  range: readonly [min: number, max: number],
  meaning: string,
): Setting<number> {
  const defaultText = formatBytes(fallback);
  return {
    name,
    unit: 'bytes',
    defaultText,
    meaning,
    isSecret: false,
    fallback: () => fallback,
    parse: parseBytes(range),
  };
}

function formatBytes(value: number): string {
  for (const suffix of ['GiB', 'MiB', 'KiB']) {
    const unit = SUFFIXES[suffix]!;
    if (value % unit === 0) return `${value / unit} ${suffix}`;
  }
  return String(value);
}

/** `true`, `1`, `false` or `0`; anything else stops the start. */
export function flag(name: string, meaning: string): Setting<boolean> {
  const parse = (value: string): Parsed<boolean> => {
    if (value === 'true' || value === '1') return accept(true);
    if (value === 'false' || value === '0' || value === '') return accept(false);
    return refuse('true or false');
  };
  return {
    name,
    unit: 'true|false',
    defaultText: 'false',
    meaning,
    isSecret: false,
    fallback: () => false,
    parse,
  };
}

/** A capture switch: only `true` and `1` are on, and no text is an error, so that a typo can only mean "off". */
export function captureFlag(name: string, meaning: string): Setting<boolean> {
  return { ...flag(name, meaning), parse: (value) => accept(value === 'true' || value === '1') };
}

/** One word of a closed list. */
export function choice<const W extends string>(
  name: string,
  words: readonly W[],
  fallback: W,
  meaning: string,
): Setting<W> {
  const parse = (value: string): Parsed<W> => {
    const word = words.find((candidate) => candidate === value);
    return word === undefined ? refuse(`one of ${words.join(', ')}`) : accept(word);
  };
  return {
    name,
    unit: words.join('|'),
    defaultText: fallback,
    meaning,
    isSecret: false,
    fallback: () => fallback,
    parse,
  };
}

/** An http(s) URL; its text may hold a password, so it is never repeated. */
export function optionalUrl(name: string, meaning: string): Setting<string | undefined> {
  const parse = (value: string): Parsed<string> => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url?.protocol === 'http:' || url?.protocol === 'https:' ? accept(value) : refuse('an http or https URL');
  };
  return { name, unit: 'URL', defaultText: UNSET, meaning, isSecret: true, fallback: () => undefined, parse };
}

/** One pair of MODA_API_KEYS. */
export interface InlineKey {
  readonly key: string;
  readonly tenantId: string;
}

/** Form of a tenant's name, in MODA_API_KEYS and in the keys file. */
export const TENANT_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `key:tenant` pairs, comma-separated. The tenant stands after the last colon; a key belongs to one tenant. */
export function keyPairs(name: string, meaning: string): Setting<readonly InlineKey[] | undefined> {
  const parse = (value: string): Parsed<readonly InlineKey[]> => {
    const pairs: InlineKey[] = [];
    for (const part of value.split(',')) {
      const trimmed = part.trim();
      const colon = trimmed.lastIndexOf(':');
      const tenantId = trimmed.slice(colon + 1);
      const key = trimmed.slice(0, Math.max(colon, 0));
      if (!/^[\x21-\x7e]+$/.test(key) || !TENANT_PATTERN.test(tenantId)) {
        return refuse('key:tenant pairs, comma-separated; tenant of letters, digits, ".", "_", "-", at most 64');
      }
      if (pairs.some((pair) => pair.key === key && pair.tenantId !== tenantId)) {
        return refuse(`one tenant for each key; pair ${pairs.length + 1} gives an earlier key to another tenant`);
      }
      pairs.push({ key, tenantId });
    }
    return accept(pairs);
  };
  return { name, unit: 'key:tenant,…', defaultText: UNSET, meaning, isSecret: true, fallback: () => undefined, parse };
}

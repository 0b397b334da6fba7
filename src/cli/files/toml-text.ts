/**
 * Reads TOML 1.0 into statements that know their place in the text, so that single tables and values can be changed and
 * every comment stays. It keeps what editing needs: paths, offsets, strings and inline tables; dates and numbers stay text.
 */

import { TextSyntaxError } from './json-text.ts';

export type TomlValue =
  | { readonly kind: 'string'; readonly start: number; readonly end: number; readonly value: string }
  | { readonly kind: 'table'; readonly start: number; readonly end: number; readonly pairs: readonly TomlPair[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly TomlValue[] }
  | { readonly kind: 'word'; readonly start: number; readonly end: number; readonly text: string };

export interface TomlPair {
  /** Full path from the document's root. */
  readonly path: readonly string[];
  readonly start: number;
  readonly value: TomlValue;
}

export interface TomlTable {
  /** Empty for the pairs before the first header. */
  readonly path: readonly string[];
  readonly isArray: boolean;
  /** Offset of the header's bracket; 0 for the root. */
  readonly start: number;
  /** Offset behind the header. */
  readonly headerEnd: number;
  readonly pairs: readonly TomlPair[];
}

const DEPTH_MAX = 100;

/** Parses a document into its tables, in the order of the text. Throws TextSyntaxError. */
export function parseTomlText(text: string): readonly TomlTable[] {
  const reader: Reader = { text, at: text.startsWith('\uFEFF') ? 1 : 0 };
  const seen = new Set<string>();
  let pairs: TomlPair[] = [];
  let table: TomlTable = { path: [], isArray: false, start: 0, headerEnd: 0, pairs };
  const tables = [table];
  for (;;) {
    skipTrivia(reader);
    if (reader.at >= text.length) return tables;
    if (text[reader.at] === '[') {
      pairs = [];
      table = readHeader(reader, pairs);
      if (!table.isArray) claim(reader, seen, table.path, table.start);
      // Keys of a further element of an array of tables may repeat those of the one before.
      else for (const key of seen) if (key.startsWith(`${idOf(table.path)}\0`)) seen.delete(key);
      tables.push(table);
    } else {
      const pair = readPair(reader, table.path, 0);
      claim(reader, seen, pair.path, pair.start);
      pairs.push(pair);
    }
    endLine(reader);
  }
}

/** All pairs at or under `path`, wherever they stand: in headers, dotted keys or inline tables. */
export function pairsUnder(tables: readonly TomlTable[], path: readonly string[]): readonly TomlPair[] {
  const found: TomlPair[] = [];
  const visit = (pair: TomlPair): void => {
    if (pair.value.kind === 'table' && pair.value.pairs.length > 0) for (const inner of pair.value.pairs) visit(inner);
    else if (isUnder(pair.path, path)) found.push(pair);
  };
  for (const table of tables) for (const pair of table.pairs) visit(pair);
  return found;
}

/** Whether `candidate` is `path` or below it. */
export function isUnder(candidate: readonly string[], path: readonly string[]): boolean {
  return path.every((key, index) => candidate[index] === key);
}

interface Reader {
  readonly text: string;
  at: number;
}

function fail(reader: Reader, expectation: string, offset = reader.at): TextSyntaxError {
  return new TextSyntaxError(reader.text, Math.min(offset, reader.text.length), expectation);
}

function claim(reader: Reader, seen: Set<string>, path: readonly string[], offset: number): void {
  const id = idOf(path);
  if (seen.has(id)) throw fail(reader, 'this key or table stands in the file already', offset);
  seen.add(id);
}

function idOf(path: readonly string[]): string {
  return path.join('\0');
}

function skipBlanks(reader: Reader): void {
  while (reader.text[reader.at] === ' ' || reader.text[reader.at] === '\t') reader.at += 1;
}

/** Blanks, line ends and comments. */
function skipTrivia(reader: Reader): void {
  for (;;) {
    const char = reader.text[reader.at];
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
      reader.at += 1;
    } else if (char === '#') {
      const end = reader.text.indexOf('\n', reader.at);
      reader.at = end === -1 ? reader.text.length : end;
    } else {
      return;
    }
  }
}

function endLine(reader: Reader): void {
  skipBlanks(reader);
  const rest = reader.text[reader.at];
  if (rest !== undefined && rest !== '\n' && rest !== '\r' && rest !== '#')
    throw fail(reader, 'expected the end of the line');
}

function readHeader(reader: Reader, pairs: TomlPair[]): TomlTable {
  const start = reader.at;
  const isArray = reader.text.startsWith('[[', start);
  reader.at += isArray ? 2 : 1;
  const path = readKey(reader);
  if (!reader.text.startsWith(isArray ? ']]' : ']', reader.at)) throw fail(reader, 'expected ] after the table name');
  reader.at += isArray ? 2 : 1;
  return { path, isArray, start, headerEnd: reader.at, pairs };
}

/** A dotted key, with the blanks around it. */
function readKey(reader: Reader): string[] {
  const path: string[] = [];
  for (;;) {
    skipBlanks(reader);
    const char = reader.text[reader.at];
    if (char === '"' || char === "'") {
      path.push(readString(reader));
    } else {
      const bare = /[\w-]*/y;
      bare.lastIndex = reader.at;
      const word = bare.exec(reader.text)?.[0] ?? '';
      if (word === '') throw fail(reader, 'expected a key');
      reader.at += word.length;
      path.push(word);
    }
    skipBlanks(reader);
    if (reader.text[reader.at] !== '.') return path;
    reader.at += 1;
  }
}

function readPair(reader: Reader, prefix: readonly string[], depth: number): TomlPair {
  const start = reader.at;
  const path = [...prefix, ...readKey(reader)];
  if (reader.text[reader.at] !== '=') throw fail(reader, 'expected = after the key');
  reader.at += 1;
  skipBlanks(reader);
  return { path, start, value: readValue(reader, path, depth) };
}

function readValue(reader: Reader, path: readonly string[], depth: number): TomlValue {
  if (depth > DEPTH_MAX) throw fail(reader, `nested deeper than ${DEPTH_MAX}`);
  const start = reader.at;
  const char = reader.text[start];
  if (char === '"' || char === "'") {
    const value = readString(reader);
    return { kind: 'string', start, end: reader.at, value };
  }
  if (char === '[') return readArray(reader, path, depth);
  if (char === '{') return readInlineTable(reader, path, depth);
  // Booleans, numbers, dates (which may hold one blank between day and time).
  const word = /(?:\d{4}-\d\d-\d\d \d\d:[\d:.]+(?:Z|[+-]\d\d:\d\d)?|[\w+.:-]+)/y;
  word.lastIndex = start;
  const found = word.exec(reader.text)?.[0];
  if (found === undefined) throw fail(reader, 'expected a value');
  if (!/^(?:true|false|[+-]?(?:inf|nan)|[+-]?\d[\w+.: -]*)$/.test(found)) throw fail(reader, 'expected a value');
  reader.at += found.length;
  return { kind: 'word', start, end: reader.at, text: found };
}

function readArray(reader: Reader, path: readonly string[], depth: number): TomlValue {
  const start = reader.at;
  const items: TomlValue[] = [];
  reader.at += 1;
  skipTrivia(reader);
  while (reader.text[reader.at] !== ']') {
    items.push(readValue(reader, path, depth + 1));
    skipTrivia(reader);
    if (reader.text[reader.at] === ',') reader.at += 1;
    else if (reader.text[reader.at] !== ']') throw fail(reader, 'expected , or ]');
    skipTrivia(reader);
  }
  reader.at += 1;
  return { kind: 'array', start, end: reader.at, items };
}

function readInlineTable(reader: Reader, path: readonly string[], depth: number): TomlValue {
  const start = reader.at;
  const pairs: TomlPair[] = [];
  reader.at += 1;
  skipTrivia(reader);
  while (reader.text[reader.at] !== '}') {
    pairs.push(readPair(reader, path, depth + 1));
    skipTrivia(reader);
    if (reader.text[reader.at] === ',') reader.at += 1;
    else if (reader.text[reader.at] !== '}') throw fail(reader, 'expected , or }');
    skipTrivia(reader);
  }
  reader.at += 1;
  return { kind: 'table', start, end: reader.at, pairs };
}

/** Any of the four kinds of string; leaves the reader behind its closing quote. */
function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at;
  const quote = text[start] as string;
  const isLong = text.startsWith(quote.repeat(3), start);
  const close = isLong ? quote.repeat(3) : quote;
  let at = start + close.length;
  while (at < text.length && !text.startsWith(close, at)) {
    if (!isLong && text[at] === '\n') break;
    at += quote === '"' && text[at] === '\\' ? 2 : 1;
  }
  if (!text.startsWith(close, at)) throw fail(reader, 'expected the closing quote of this string', start);
  // A long string may end in up to two more quotes of its own.
  while (isLong && text[at + 3] === quote) at += 1;
  const inner = text.slice(start + close.length, at);
  reader.at = at + close.length;
  if (quote === "'") return isLong ? inner.replace(/^\r?\n/, '') : inner;
  return unescapeText(reader, isLong ? inner.replace(/^\r?\n/, '').replace(/\\[ \t]*\r?\n\s*/g, '') : inner, start);
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
};

function unescapeText(reader: Reader, inner: string, start: number): string {
  return inner.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_all, short, long, byte, char) => {
      const digits = (short ?? long ?? byte) as string | undefined;
      if (digits !== undefined) {
        const point = Number.parseInt(digits, 16);
        if (point > 0x10ffff) throw fail(reader, 'this string holds an invalid escape', start);
        return String.fromCodePoint(point);
      }
      const plain = ESCAPES[char as string];
      if (plain === undefined) throw fail(reader, 'this string holds an invalid escape', start);
      return plain;
    },
  );
}

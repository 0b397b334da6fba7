/**
 * Reads JSON as people write it (comments, trailing commas, byte order mark) into nodes that know their place in the text,
 * so that json-edit.ts can change one value and leave every other byte alone. Grammar: RFC 8259 plus the JSONC comments
 * and trailing commas that the agents' own readers accept.
 */

export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}

/** `start` and `end` are UTF-16 offsets into the text; `end` is exclusive. */
export type JsonNode =
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | {
      readonly kind: 'scalar';
      readonly start: number;
      readonly end: number;
      readonly value: string | number | boolean | null;
    };

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A file that does not parse; line and column start at 1. The message never quotes the text, which may hold a key. */
export class TextSyntaxError extends Error {
  override readonly name = 'TextSyntaxError';
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number, expectation: string) {
    const before = text.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = offset - lineStart + 1;
    super(`line ${line}, column ${column}: ${expectation}`);
    this.line = line;
    this.column = column;
  }
}

/** Deepest nesting that is read; agents' settings stay under ten. */
const DEPTH_MAX = 100;

/** Parses one document. Throws TextSyntaxError. */
export function parseJsonText(text: string): JsonNode {
  const reader: Reader = { text, at: text.startsWith('\uFEFF') ? 1 : 0 };
  skipTrivia(reader);
  const node = readValue(reader, 0);
  skipTrivia(reader);
  if (reader.at < text.length) throw fail(reader, 'expected the end of the file');
  return node;
}

/** The plain value of a node; of two members with one key the last counts, as in JSON.parse. */
export function toValue(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'array':
      return node.items.map(toValue);
    case 'object':
      return Object.fromEntries(node.members.map((member) => [member.key, toValue(member.value)]));
  }
}

/** The member that counts for `key`, or undefined. */
export function memberOf(node: JsonNode | undefined, key: string): JsonMember | undefined {
  if (node?.kind !== 'object') return undefined;
  return node.members.findLast((member) => member.key === key);
}

/** The node at a path of keys and indexes, or undefined. */
export function nodeAt(root: JsonNode, path: readonly (string | number)[]): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    if (typeof step === 'string') node = memberOf(node, step)?.value;
    else node = node?.kind === 'array' ? node.items[step] : undefined;
  }
  return node;
}

/** The first offset at or after `offset` that is neither blank nor inside a comment. */
export function afterTrivia(text: string, offset: number): number {
  const reader: Reader = { text, at: offset };
  skipTrivia(reader);
  return reader.at;
}

interface Reader {
  readonly text: string;
  at: number;
}

function fail(reader: Reader, expectation: string): TextSyntaxError {
  return new TextSyntaxError(reader.text, Math.min(reader.at, reader.text.length), expectation);
}

function skipTrivia(reader: Reader): void {
  const { text } = reader;
  for (;;) {
    const char = text[reader.at];
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
      reader.at += 1;
    } else if (char === '/' && text[reader.at + 1] === '/') {
      const end = text.indexOf('\n', reader.at);
      reader.at = end === -1 ? text.length : end;
    } else if (char === '/' && text[reader.at + 1] === '*') {
      const end = text.indexOf('*/', reader.at + 2);
      if (end === -1) throw fail(reader, 'expected the end of this comment');
      reader.at = end + 2;
    } else {
      return;
    }
  }
}

function readValue(reader: Reader, depth: number): JsonNode {
  if (depth > DEPTH_MAX) throw fail(reader, `nested deeper than ${DEPTH_MAX}`);
  const char = reader.text[reader.at];
  if (char === '{') return readObject(reader, depth);
  if (char === '[') return readArray(reader, depth);
  const start = reader.at;
  if (char === '"') {
    const value = readString(reader);
    return { kind: 'scalar', start, end: reader.at, value };
  }
  return readWord(reader);
}

function readObject(reader: Reader, depth: number): JsonNode {
  const start = reader.at;
  const members: JsonMember[] = [];
  reader.at += 1;
  skipTrivia(reader);
  while (reader.text[reader.at] !== '}') {
    const keyStart = reader.at;
    if (reader.text[keyStart] !== '"') throw fail(reader, 'expected a key in double quotes or }');
    const key = readString(reader);
    skipTrivia(reader);
    if (reader.text[reader.at] !== ':') throw fail(reader, 'expected : after the key');
    reader.at += 1;
    skipTrivia(reader);
    members.push({ key, keyStart, value: readValue(reader, depth + 1) });
    readSeparator(reader, '}');
  }
  reader.at += 1;
  return { kind: 'object', start, end: reader.at, members };
}

function readArray(reader: Reader, depth: number): JsonNode {
  const start = reader.at;
  const items: JsonNode[] = [];
  reader.at += 1;
  skipTrivia(reader);
  while (reader.text[reader.at] !== ']') {
    items.push(readValue(reader, depth + 1));
    readSeparator(reader, ']');
  }
  reader.at += 1;
  return { kind: 'array', start, end: reader.at, items };
}

/** Leaves the reader on the next element or on `close`. */
function readSeparator(reader: Reader, close: string): void {
  skipTrivia(reader);
  const char = reader.text[reader.at];
  if (char === close) return;
  if (char !== ',') throw fail(reader, `expected , or ${close}`);
  reader.at += 1;
  skipTrivia(reader);
}

function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at;
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '"') break;
    if (char < ' ') break;
    if (char === '\\') at += 1;
  }
  if (text[at] !== '"') {
    reader.at = at;
    throw fail(reader, 'expected the closing quote of this string');
  }
  reader.at = at + 1;
  try {
    return JSON.parse(text.slice(start, at + 1)) as string;
  } catch {
    // JSON.parse quotes the text in its message; the position is all that may be said.
    reader.at = start;
    throw fail(reader, 'this string holds an invalid escape');
  }
}

const WORD = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

function readWord(reader: Reader): JsonNode {
  WORD.lastIndex = reader.at;
  const match = WORD.exec(reader.text);
  if (match === null) throw fail(reader, 'expected a value');
  const start = reader.at;
  reader.at += match[0].length;
  return { kind: 'scalar', start, end: reader.at, value: JSON.parse(match[0]) as number | boolean | null };
}

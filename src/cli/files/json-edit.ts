/**
 * Changes single values of a JSON text: everything else keeps its bytes (comments, order, indentation, line ends).
 * An edit that changes nothing returns the very same text, which is what makes `moda hooks install` idempotent to the byte.
 */

import { afterTrivia, type JsonNode, type JsonValue, memberOf, nodeAt, parseJsonText, toValue } from './json-text.ts';

export type JsonPath = readonly (string | number)[];

/**
 * The text with `value` at `path`; missing objects on the way are made. PRECONDITION: array indexes in the path exist.
 * Throws TextSyntaxError for a broken text, and TypeError when something on the way is not an object.
 */
export function setJson(text: string, path: JsonPath, value: JsonValue): string {
  const root = parseJsonText(text);
  const existing = nodeAt(root, path);
  const layout = layoutOf(text, root);
  if (existing !== undefined) {
    if (isSame(toValue(existing), value)) return text;
    const written = serialize(value, layout, indentAt(text, existing.start), layout.isMultiline);
    return text.slice(0, existing.start) + written + text.slice(existing.end);
  }
  const key = path.at(-1);
  const parent = nodeAt(root, path.slice(0, -1));
  if (parent === undefined) return setJson(text, path.slice(0, -1), { [String(key)]: value });
  if (parent.kind !== 'object' || typeof key !== 'string') {
    throw new TypeError(`expected an object at ${path.slice(0, -1).join('.') || 'the top'}`);
  }
  return insert(text, layout, parent, key, value);
}

/** The text with `value` as a further item of the array at `path`, which must exist. */
export function appendJson(text: string, path: JsonPath, value: JsonValue): string {
  const root = parseJsonText(text);
  const parent = nodeAt(root, path);
  if (parent?.kind !== 'array') throw new TypeError(`expected an array at ${path.join('.')}`);
  return insert(text, layoutOf(text, root), parent, undefined, value);
}

/** The text without the member or item at `path`; a missing one leaves the text as it is. */
export function removeJson(text: string, path: JsonPath): string {
  const root = parseJsonText(text);
  const parent = nodeAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (parent === undefined || key === undefined) return text;
  const spans = elementsOf(parent);
  const index =
    parent.kind === 'object' ? parent.members.findLastIndex((member) => member.key === key) : (key as number);
  const span = spans[index];
  if (span === undefined) return text;
  const previous = spans[index - 1];
  const following = afterTrivia(text, span.end);
  const end = text[following] === ',' ? following + 1 : span.end;
  if (previous === undefined) return removeFirst(text, parent, span, end, spans.length === 1);
  const comma = afterTrivia(text, previous.end);
  const from = endOfLastComment(text, comma + 1, span.start);
  // With a comma behind it the element takes that one along, else the one before it.
  const separator = end > span.end ? ',' : '';
  return text.slice(0, comma) + separator + text.slice(comma + 1, from) + text.slice(end);
}

function removeFirst(text: string, parent: JsonNode, span: Span, end: number, isOnly: boolean): string {
  if (isOnly) {
    const from = endOfLastComment(text, parent.start + 1, span.start);
    const inside = text.slice(parent.start + 1, from) + text.slice(end, parent.end - 1);
    return text.slice(0, parent.start + 1) + (inside.trim() === '' ? '' : inside) + text.slice(parent.end - 1);
  }
  const blanks = /^\s*/.exec(text.slice(end))?.[0].length ?? 0;
  return text.slice(0, span.start) + text.slice(end + blanks);
}

/** A new document with `value`, two spaces deep, ending in a newline. */
export function newJson(value: JsonValue): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

interface Layout {
  readonly unit: string;
  readonly eol: string;
  readonly isMultiline: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function elementsOf(node: JsonNode): Span[] {
  if (node.kind === 'object') {
    return node.members.map((member) => ({ start: member.keyStart, end: member.value.end }));
  }
  return node.kind === 'array' ? [...node.items] : [];
}

/** The user's own indentation unit and line end, read from the first element that stands on a line of its own. */
function layoutOf(text: string, root: JsonNode): Layout {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const first = elementsOf(root)[0];
  const isMultiline = first === undefined || text.slice(root.start, first.start).includes('\n');
  const outer = indentAt(text, root.start);
  const inner = first === undefined ? '' : indentAt(text, first.start);
  const unit = isMultiline && inner.length > outer.length ? inner.slice(outer.length) : '  ';
  return { unit, eol, isMultiline };
}

/** The blanks that open the line on which `offset` stands. */
function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

function serialize(value: JsonValue, layout: Layout, indent: string, isMultiline: boolean): string {
  if (!isMultiline) return JSON.stringify(value);
  return JSON.stringify(value, undefined, layout.unit).replaceAll('\n', layout.eol + indent);
}

/** Inserts behind the last element. */
function insert(text: string, layout: Layout, parent: JsonNode, key: string | undefined, value: JsonValue): string {
  const spans = elementsOf(parent);
  const last = spans.at(-1);
  const prefix = key === undefined ? '' : `${JSON.stringify(key)}: `;
  if (last === undefined) {
    const outer = indentAt(text, parent.start);
    if (!layout.isMultiline) {
      return text.slice(0, parent.start + 1) + compact(prefix) + JSON.stringify(value) + text.slice(parent.end - 1);
    }
    const inner = outer + layout.unit;
    const from = endOfLastComment(text, parent.start + 1, parent.end - 1);
    const element = layout.eol + inner + prefix + serialize(value, layout, inner, true);
    return text.slice(0, from) + element + layout.eol + outer + text.slice(parent.end - 1);
  }
  const isMultiline = text.slice(parent.start, last.start).includes('\n');
  const inner = indentAt(text, last.start);
  const element = isMultiline
    ? layout.eol + inner + prefix + serialize(value, layout, inner, true)
    : (text[parent.start + 1] === ' ' || spans.length > 1 ? ' ' : '') + compact(prefix) + JSON.stringify(value);
  const afterLast = afterTrivia(text, last.end);
  const hasTrailingComma = text[afterLast] === ',';
  const from = endOfLastComment(text, hasTrailingComma ? afterLast + 1 : last.end, parent.end - 1);
  const comma = hasTrailingComma ? '' : ',';
  return text.slice(0, last.end) + comma + text.slice(last.end, from) + element + text.slice(from);
}

function compact(prefix: string): string {
  return prefix.replace(/ $/, '');
}

/** Where the last comment between two offsets ends, or `start` when there is none. */
function endOfLastComment(text: string, start: number, end: number): number {
  let at = start;
  let found = start;
  while (at < end) {
    const char = text[at];
    if (char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const isLine = text[at + 1] === '/';
      const close = isLine ? text.indexOf('\n', at) : text.indexOf('*/', at + 2) + 2;
      at = close === -1 ? end : Math.min(close, end);
      found = isLine && text[at - 1] === '\r' ? at - 1 : at;
    } else {
      at += 1;
    }
  }
  return found;
}

function isSame(left: JsonValue, right: JsonValue): boolean {
  return canonical(left) === canonical(right);
}

/** Key order does not make a difference between two settings. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

/** The member's plain value at `path` of a text that parses. */
export function readJson(text: string, path: JsonPath): JsonValue | undefined {
  const node = nodeAt(parseJsonText(text), path);
  return node === undefined ? undefined : toValue(node);
}

/** Whether the object at `path` exists and has no member left. */
export function isEmptyAt(text: string, path: JsonPath): boolean {
  const node = nodeAt(parseJsonText(text), path);
  if (node?.kind === 'object') return node.members.length === 0;
  return node?.kind === 'array' && node.items.length === 0;
}

/** The text without the object or list at `path` when nothing is left in it and it did not stand in `original`. */
export function removeEmpty(text: string, path: JsonPath, original: string | undefined): string {
  return isEmptyAt(text, path) && !stoodAt(original, path) ? removeJson(text, path) : text;
}

/** Whether a former text, if it is known and was JSON, had something at `path`. */
export function stoodAt(former: string | undefined, path: JsonPath): boolean {
  try {
    return former !== undefined && nodeAt(parseJsonText(former), path) !== undefined;
  } catch {
    // An empty file counts as an empty object.
    return false;
  }
}

/** Whether the top level of the text is an object with the member `key`. */
export function hasMember(text: string, key: string): boolean {
  return memberOf(parseJsonText(text), key) !== undefined;
}

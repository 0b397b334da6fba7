/** One node into one column, by the column's kind. What does not fit is refused and stays in `attributes`. */

import type { CanonicalEvent } from '../model/event.ts';
import { internName } from '../model/names.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { CONVERSION_OF_COLUMN, Conversion, INTEGER_MAX_OF_COLUMN } from './column-sources.ts';
import { COLUMN } from './columns.ts';
import { isPlaceholder } from './derived.ts';
import { booleanOf, numberOf, span, textOf, valueRoot } from './values.ts';

const LEVEL = internName('level');
const NAME = internName('name');

/** Outcome: the value stands in its column; it does not fit; it fits but the node says more than the column keeps. */
export const Fit = { TAKEN: 0, REFUSED: 1, PARTLY: 2 } as const;

/** Writes the value at `node` into the event and returns a `Fit`; a REFUSED one leaves the column as it was. */
export function convert(tape: Tape, event: CanonicalEvent, column: number, node: number): number {
  switch (CONVERSION_OF_COLUMN[column]) {
    case Conversion.TEXT:
      return convertText(tape, event, column, node);
    case Conversion.BOOLEAN: {
      const value = booleanOf(tape, node);
      if (value < 0) return Fit.REFUSED;
      event.setNumber(column, value);
      return Fit.TAKEN;
    }
    case Conversion.FLOAT: {
      const value = numberOf(tape, node);
      // Durations and costs: a negative one is a mistake, and sums would hide it.
      if (!Number.isFinite(value) || value < 0) return Fit.REFUSED;
      event.setNumber(column, value);
      return Fit.TAKEN;
    }
    default: {
      const value = numberOf(tape, node);
      if (!Number.isInteger(value) || value < 0 || value > INTEGER_MAX_OF_COLUMN[column]!) return Fit.REFUSED;
      event.setNumber(column, value);
      return Fit.TAKEN;
    }
  }
}

function convertText(tape: Tape, event: CanonicalEvent, column: number, node: number): number {
  if (column === COLUMN.promptText || column === COLUMN.outputSnippet)
    return convertCaptured(tape, event, column, node);
  const kind = tape.kind[node];
  if (kind === Kind.STRING) {
    event.setSpan(column, tape.start[node]!, tape.length[node]!, tape.changed[node] === 0 ? tape.memo[node] : 0);
    return Fit.TAKEN;
  }
  if (kind === Kind.MAP || kind === Kind.ARRAY || kind === Kind.KVLIST)
    return convertContainer(tape, event, column, node);
  if (!textOf(tape, node)) return Fit.REFUSED;
  event.setSpan(column, span.start, span.length);
  return Fit.TAKEN;
}

/** Claude's hooks wrap some words: `effort: {level}`, `mcp_server: {name, source}`. */
function convertContainer(tape: Tape, event: CanonicalEvent, column: number, node: number): number {
  const key = column === COLUMN.effort ? LEVEL : column === COLUMN.mcpServer ? NAME : 0;
  const child = key === 0 || tape.kind[node] === Kind.ARRAY ? -1 : tape.child(node, key);
  if (child < 0 || !textOf(tape, child)) return Fit.REFUSED;
  event.setSpan(column, span.start, span.length);
  return key === LEVEL && tape.length[node] === 1 ? Fit.TAKEN : Fit.PARTLY;
}

/** Prompt and output texts: placeholders are no text, and a value with anything suppressed in it is not stored as text. */
function convertCaptured(tape: Tape, event: CanonicalEvent, column: number, node: number): number {
  if (holdsSuppressed(tape, node)) return Fit.REFUSED;
  if (!textOf(tape, node)) return Fit.TAKEN;
  if (span.length === 0 || isPlaceholder(tape, span.start, span.length)) return Fit.TAKEN;
  event.setSpan(column, span.start, span.length);
  return Fit.TAKEN;
}

/** Whether scrubbing left a marker anywhere below the node. */
function holdsSuppressed(tape: Tape, node: number): boolean {
  const root = valueRoot(tape, node);
  for (let index = root, end = tape.next[root]!; index < end; index++) {
    if (tape.kind[index] === Kind.SUPPRESSED) return true;
    if (index !== root && tape.kind[index] === Kind.JSON && holdsSuppressed(tape, index)) return true;
  }
  return tape.kind[node] === Kind.SUPPRESSED;
}

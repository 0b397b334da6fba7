/**
 * JSON inside a text that is no JSON as a whole: JSON Lines, JSON behind other words, JSON that was cut. Its members cannot
 * be told apart from the rest with certainty, so that one of them that must be withheld takes the text with it.
 */

import type { Tape } from '../model/tape.ts';
import type { FieldTable } from './field-table.ts';
import { FieldClass, type FieldClassValue } from './fields.ts';

/** What the prefilter looks for: an object with a member, its quote escaped or not. */
export const OBJECT_LITERALS = ['{"', '{\\"', '{\\\\', '{ "', '{\n', '{\\n'] as const;
/** A member whose value is a text, object or list that is not empty; group 1 is its name. Each part is bounded. */
const MEMBER =
  /[{,](?:\s|\\[nrt]){0,32}\\{0,15}"([\w.$-]{1,64})\\{0,15}"\s{0,8}:\s{0,8}(?:\\{0,15}"(?!\\{0,15}"|[<[]REDACTED[>\]]\\{0,15}")|[[{](?!\s{0,8}[\]}]))/g;

/** What the capture rule says for the record under way. */
interface Decisions {
  readonly capturesPrompts: boolean;
  readonly capturesOutputs: boolean;
}

/** PROMPT or OUTPUT when a member of an object in the text is one that is withheld under these decisions; else UNKNOWN. */
export function embeddedClass(tape: Tape, node: number, table: FieldTable, decisions: Decisions): FieldClassValue {
  const { capturesPrompts, capturesOutputs } = decisions;
  if (capturesPrompts && capturesOutputs) return FieldClass.UNKNOWN;
  const start = tape.start[node]!;
  const text = Buffer.from(tape.bytes.subarray(start, start + tape.length[node]!)).toString('latin1');
  let found: FieldClassValue = FieldClass.UNKNOWN;
  for (const [, name] of text.matchAll(MEMBER)) {
    const fieldClass = table.classOfName(name!);
    if (fieldClass === FieldClass.PROMPT && !capturesPrompts) return fieldClass;
    if (fieldClass === FieldClass.OUTPUT && !capturesOutputs) found = fieldClass;
  }
  return found;
}

/** Secret redaction of texts before they are stored or published, by the engine that scrubs ingested rows. */

import type { CustomRules } from '../model/custom-rules.ts';
import { Tape } from '../model/tape.ts';
import { Redactor } from '../privacy/redactor.ts';

export interface RedactedText {
  readonly text: string;
  /** How many secrets were replaced. */
  readonly found: number;
}

export type RedactText = (text: string) => RedactedText;

/** A function over strings; it owns a workspace of its own, so one per thread or run is enough. */
export function createTextRedactor(rules: CustomRules): RedactText {
  const tape = new Tape();
  const redactor = new Redactor(rules);
  return (text) => {
    tape.reset();
    const bytes = Buffer.from(text, 'utf8');
    const found = redactor.redactText(tape, tape.append(bytes), bytes.length);
    return found === 0 ? { text, found } : { text: tape.text(redactor.start, redactor.length), found };
  };
}

/** An operator's own rules at work. Checked at start (custom-rules.ts); patterns see one character per byte. */

import type { CustomRule } from '../model/custom-rules.ts';

export interface CompiledCustomRule {
  readonly id: string;
  /** Calls back with the span of each secret in the text. */
  each(text: string, found: (start: number, end: number) => void): void;
}

/** Precondition: the rules passed custom-rules.ts; a pattern that does not compile throws SyntaxError. */
export function compileCustomRules(rules: readonly CustomRule[]): CompiledCustomRule[] {
  return rules.map(({ id, pattern, caseInsensitive }) => {
    const expression = new RegExp(pattern, caseInsensitive ? 'dgi' : 'dg');
    return {
      id,
      each(text, found) {
        for (const match of text.matchAll(expression)) {
          const span = match.indices?.[1] ?? match.indices?.[0];
          if (span !== undefined && span[1] > span[0]) found(span[0], span[1]);
        }
      },
    };
  });
}

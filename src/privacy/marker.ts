/** What stands in place of a key that the capture rule took away; codec/json-values.ts writes the same for values. */

/** Values of `start` in a SUPPRESSED node. */
export const SuppressedClass = { PROMPT: 1, OUTPUT: 2 } as const;

/** The marker: which rule, and how many bytes of UTF-8 stood there. */
export function suppressedMarker(suppressedClass: number, bytes: number): string {
  return `[SUPPRESSED:${suppressedClass === SuppressedClass.PROMPT ? 'prompt' : 'output'}:${bytes}]`;
}

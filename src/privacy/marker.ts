/** What stands in raw_event, JSON strings and keys where the capture rule took a text away. */

/** Values of `start` in a SUPPRESSED node. */
export const SuppressedClass = { PROMPT: 1, OUTPUT: 2 } as const;

/** The marker: which rule, and how many bytes of UTF-8 stood there. */
export function suppressedMarker(suppressedClass: number, bytes: number): string {
  return `[${suppressedClass === SuppressedClass.PROMPT ? 'prompt' : 'output'} suppressed: ${bytes} bytes]`;
}

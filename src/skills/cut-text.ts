/** Cuts texts to the length that a row or a document gives them. */

/**
 * The first `charsMax` UTF-16 units, one fewer where the last would be half of a character: in JSON that half is an escape
 * which ClickHouse refuses, with all the rows beside it.
 */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return text.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, '');
}

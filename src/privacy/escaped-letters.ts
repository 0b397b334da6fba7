/**
 * Characters that are written as JSON escapes in a text that is no JSON as a whole: `{"\u0070assword": …` in a command,
 * `PASSWORD\u003dx` in what was cut. Serializers that guard HTML write `=`, `&`, `<`, `>`, `+` and `/` so; whoever writes
 * letters so can hide a name or a secret from every pattern.
 */

/** What the prefilter looks for. */
export const ESCAPE_LITERAL = '\\u00';
const ESCAPED = /\\{1,255}u00([2-7][0-9a-fA-F])/g;

/** Whether the escape that the literal began stands for a character that withoutEscapedLetters writes. */
export function isEscapedLetter(bytes: Buffer, hitEnd: number, end: number): boolean {
  return hitEnd + 2 <= end && isPlain(bytes.toString('latin1', hitEnd, hitEnd + 2));
}

/** The text with such escapes replaced by what they stand for; others, quotes above all, stay. */
export function withoutEscapedLetters(text: Buffer): Buffer {
  const plain = text
    .toString('latin1')
    .replace(ESCAPED, (whole, hex: string) => (isPlain(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : whole));
  return Buffer.from(plain, 'latin1');
}

/** What can be seen, but for quotes and the backslash: they belong to the text around. */
function isPlain(hex: string): boolean {
  return /^[2-7][0-9a-fA-F]$/.test(hex) && /[!#-&(-[\]-_a-~]/.test(String.fromCharCode(Number.parseInt(hex, 16)));
}

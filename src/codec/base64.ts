/** Base64 from untrusted text: `bytesValue` of OTLP/JSON. RFC 4648, both alphabets, padding optional, no white space. */

const VALUE = new Uint8Array(256).fill(255);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let value = 0; value < 64; value++) VALUE[ALPHABET.charCodeAt(value)] = value;
VALUE['-'.charCodeAt(0)] = 62;
VALUE['_'.charCodeAt(0)] = 63;
const PADDING = 0x3d;

/**
 * Decodes a span to `target` of the same bytes and returns the number of bytes written, or -1 when it is not Base64.
 * PRECONDITION: three bytes of room for every four of text.
 */
export function decodeBase64(bytes: Uint8Array, start: number, length: number, target: number): number {
  let end = start + length;
  if ((length & 3) === 0) {
    for (let padding = 0; padding < 2 && end > start && bytes[end - 1] === PADDING; padding++) end--;
  }
  if (((end - start) & 3) === 1) return -1;
  let bits = 0;
  let held = 0;
  let to = target;
  for (let index = start; index < end; index++) {
    const value = VALUE[bytes[index]!]!;
    if (value === 255) return -1;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[to++] = bits >>> held;
    }
  }
  return to - target;
}

/** Request ids travel as RFC 9562 text and are stored as 16 bytes. */

/** The 16 bytes of `01234567-89ab-…`; a malformed id is a bug of ours. */
export function requestIdBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  let digit = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2d) continue;
    const value = code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
    bytes[digit >> 1] = (digit & 1) === 0 ? value << 4 : bytes[digit >> 1]! | value;
    digit++;
  }
  if (digit !== 32) throw new Error('request id is not a UUID');
  return bytes;
}

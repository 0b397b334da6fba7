/** Hexadecimal text and bytes: trace and span ids are hex in OTLP/JSON and raw bytes in protobuf. */

const HEX_DIGITS = Uint8Array.from(Buffer.from('0123456789abcdef', 'latin1'));

/** Value of each byte as a hex digit, 255 when it is none. */
const DIGIT_VALUE = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  DIGIT_VALUE[HEX_DIGITS[value]!] = value;
  DIGIT_VALUE['0123456789ABCDEF'.charCodeAt(value)] = value;
}

/**
 * Writes `length / 2` bytes at `target` for the hex digits (either case) of a span; false when the length is odd or a
 * byte is no digit. PRECONDITION: there is room at `target`.
 */
export function decodeHex(bytes: Uint8Array, start: number, length: number, target: number): boolean {
  if ((length & 1) === 1) return false;
  for (let index = start, to = target, end = start + length; index < end; index += 2, to++) {
    const high = DIGIT_VALUE[bytes[index]!]!;
    const low = DIGIT_VALUE[bytes[index + 1]!]!;
    if ((high | low) > 15) return false;
    bytes[to] = (high << 4) | low;
  }
  return true;
}

/** Writes `2 * length` lower-case digits to `target` at `position`. PRECONDITION: there is room. */
export function encodeHex(
  source: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  position: number,
): void {
  for (let index = start, to = position, end = start + length; index < end; index++, to += 2) {
    const byte = source[index]!;
    target[to] = HEX_DIGITS[byte >>> 4]!;
    target[to + 1] = HEX_DIGITS[byte & 15]!;
  }
}

/** True when every byte of the span is zero: an invalid trace or span id by the specification. */
export function isAllZero(bytes: Uint8Array, start: number, length: number): boolean {
  for (let index = start, end = start + length; index < end; index++) if (bytes[index] !== 0) return false;
  return true;
}

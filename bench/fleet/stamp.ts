/** Makes a prepared body unique: a retried export collapses by its event ids, a bench must not look like one. */

import type { Stamp } from '../fleet.ts';

/** Eight ASCII digits that stand in every resource, trace id and event id until a sender overwrites them. */
export const STAMP = '77310057';
const DIGITS = STAMP.length;
const HEX_OF_DIGIT = 0x33;
const ASCII_ZERO = 0x30;

/** Writes `counter` (below 10^8) over the stamps in `bytes`. */
export function stamp(bytes: Uint8Array, stamps: readonly Stamp[], counter: number): void {
  for (const { offset, form } of stamps) {
    let rest = counter;
    for (let digit = DIGITS - 1; digit >= 0; digit--) {
      const value = rest % 10;
      rest = Math.floor(rest / 10);
      if (form === 'text') bytes[offset + digit] = ASCII_ZERO + value;
      else {
        bytes[offset + digit * 2] = HEX_OF_DIGIT;
        bytes[offset + digit * 2 + 1] = ASCII_ZERO + value;
      }
    }
  }
}

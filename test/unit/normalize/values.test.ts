/** Values of the tape as text; integers against BigInt's own decimal form. */

import { expect, it } from 'vitest';
import { Kind, Tape } from '../../../src/model/tape.ts';
import { span, textOf } from '../../../src/normalize/values.ts';

const INTEGERS = [
  0n,
  1n,
  9n,
  10n,
  99n,
  100n,
  1_000_000_000n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  -1n,
  -(2n ** 31n),
  -(2n ** 63n),
];

it.each(INTEGERS)('writes %d in decimal', (value) => {
  const tape = new Tape();
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  expect(textOf(tape, tape.push(Kind.INT, low, high))).toBe(true);
  expect(tape.text(span.start, span.length)).toBe(value.toString());
});

/** copyBytes: a loop up to a few bytes, Buffer's native copy behind it; against each alone and against set(subarray). */

import { copyBytes } from '../../src/codec/rowbinary.ts';
import { microBench } from '../micro-bench.ts';

const COPIES = 10_000;
const source = new Uint8Array(1024 * 1024).map((_, index) => index);
const target = new Uint8Array(1024 * 1024);

function repeat(copy: (at: number, start: number, length: number) => void, length: number): void {
  let at = 0;
  for (let count = 0; count < COPIES; count++) {
    copy(at, (count * 37) & 65_535, length - (count & 3));
    at = (at + length) & 524_287;
  }
}

const ours = (at: number, start: number, length: number): void => {
  copyBytes(target, at, source, start, length);
};
const bySet = (at: number, start: number, length: number): void => {
  target.set(source.subarray(start, start + length), at);
};
const byLoop = (at: number, start: number, length: number): void => {
  for (let index = 0; index < length; index++) target[at + index] = source[start + index]!;
};

for (const copy of [ours, bySet, byLoop]) {
  target.fill(0);
  copy(10, 20, 300);
  if (Buffer.compare(target.subarray(10, 310), source.subarray(20, 320)) !== 0 || target[310] !== 0) {
    throw new Error(`${copy.name} does not copy`);
  }
}

for (const length of [6, 16, 40, 128, 1024]) {
  await microBench({
    title: `copy of about ${length} bytes`,
    unit: 'copies',
    unitsPerRun: COPIES,
    cases: [
      { name: 'copyBytes', run: () => repeat(ours, length) },
      { name: 'set(subarray)', run: () => repeat(bySet, length) },
      { name: 'byte loop', run: () => repeat(byLoop, length) },
    ],
  });
}

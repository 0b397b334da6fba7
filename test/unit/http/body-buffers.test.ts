/** Buffers of bodies that are used again: never two owners at once, never more kept than the bound. */

import { describe, expect, it } from 'vitest';
import { BodyBuffers } from '../../../src/http/body-buffers.ts';

const MIB = 1024 * 1024;

describe('spare buffers', () => {
  it('have room for what was asked, and at most a quarter more', () => {
    const spare = new BodyBuffers();
    for (let size = 1; size < 3 * MIB; size = Math.ceil(size * 1.01)) {
      const { length } = spare.take(size);
      expect(length).toBeGreaterThanOrEqual(size);
      expect(length).toBeLessThanOrEqual(Math.max(4096, size * 1.25));
    }
  });

  it('come back once each', () => {
    const spare = new BodyBuffers();
    const first = spare.take(80_000);
    spare.give(first);
    const again = spare.take(79_000);
    const other = spare.take(79_000);
    expect(again.buffer).toBe(first.buffer);
    expect(other.buffer).not.toBe(first.buffer);
  });

  it('are kept up to 16 MiB in all', () => {
    const spare = new BodyBuffers();
    const given = Array.from({ length: 24 }, () => spare.take(MIB));
    for (const buffer of given) spare.give(buffer);
    const known = new Set(given.map(({ buffer }) => buffer));
    const taken = Array.from({ length: 24 }, () => spare.take(MIB));
    expect(taken.filter(({ buffer }) => known.has(buffer))).toHaveLength(16);
  });

  it('are not made of what is too large to be kept', () => {
    const spare = new BodyBuffers();
    const large = spare.take(2 * MIB);
    spare.give(large);
    expect(spare.take(2 * MIB).buffer).not.toBe(large.buffer);
  });
});

import { describe, expect, it } from 'vitest';
import { SpareBuffers } from '../../../src/pool/spare-buffers.ts';

describe('SpareBuffers', () => {
  it('gives a buffer that is large enough, the one that came back when it is', () => {
    const spare = new SpareBuffers(2);
    for (const bytes of [0, 1, 65_536, 65_537, 1_500_000, 5_000_000]) {
      expect(spare.take(bytes).byteLength).toBeGreaterThanOrEqual(bytes);
    }
    const used = spare.take(100_000);
    spare.give(used);
    expect(spare.take(200_000)).not.toBe(used);
    expect(spare.take(90_000)).toBe(used);
    expect(spare.take(90_000)).not.toBe(used);
  });

  it('keeps few buffers, none of absurd size', () => {
    const spare = new SpareBuffers(2);
    const huge = spare.take(5_000_000);
    spare.give(huge);
    expect(spare.take(5_000_000)).not.toBe(huge);
    const given = [70_000, 140_000, 280_000].map((bytes) => spare.take(bytes));
    for (const buffer of given) spare.give(buffer);
    const kept = [spare.take(1), spare.take(1), spare.take(1)].filter((buffer) => given.includes(buffer));
    expect(kept).toHaveLength(2);
    expect(kept).not.toContain(given[0]);
  });
});

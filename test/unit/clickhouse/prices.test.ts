import { describe, expect, it } from 'vitest';

import { PRICES, parsePrices, pricesHash } from '../../../src/clickhouse/prices.ts';

describe('PRICES', () => {
  // Real Claude Code reports its own cost: 1234 input, 56 output, 3000 cache read, 200 cache creation tokens
  // (test/golden/captures/claude/logs.tool-run.json and logs.tool-run-v2.1.197.json).
  it.each([
    ['claude-opus-5-5', 0.007656],
    ['claude-opus-4-8', 0.01032],
  ])('gives for %s what Claude Code itself reports', (model, reported) => {
    const price = PRICES.find((entry) => entry.model === model);
    const dollars =
      (1234 * price!.input + 56 * price!.output + 3000 * price!.cacheRead + 200 * price!.cacheCreation) / 1e6;
    expect(dollars).toBeCloseTo(reported, 9);
  });

  it.each([
    ['claude-4.5-sonnet', 'claude-sonnet-4-5'],
    ['claude-4-opus', 'claude-opus-4'],
    ['claude-3.7-sonnet', 'claude-3-7-sonnet'],
  ])("knows Cursor's name %s for %s", (cursor, vendor) => {
    const of = (model: string) => PRICES.find((entry) => entry.model === model);
    expect(of(cursor)).toEqual({ ...of(vendor), model: cursor });
  });

  it('names each model once per date', () => {
    expect(new Set(PRICES.map((entry) => `${entry.model} ${entry.validFrom}`)).size).toBe(PRICES.length);
  });
});

describe('parsePrices', () => {
  it('reads a file, lowers names, and lets cache prices follow the input', () => {
    const json = JSON.stringify({ prices: [{ model: 'My-Model', validFrom: '2026-01-31', input: 1, output: 2.5 }] });
    expect(parsePrices(json)).toEqual({
      ok: true,
      prices: [{ model: 'my-model', validFrom: '2026-01-31', input: 1, output: 2.5, cacheRead: 1, cacheCreation: 1 }],
    });
  });

  it('names every problem at once', () => {
    const json = JSON.stringify({
      prices: [
        { model: '', input: -1, output: 'x' },
        { model: 'a', input: 1, output: 1, validFrom: '2026-13-01', colour: 'red' },
      ],
    });
    expect(parsePrices(json)).toEqual({
      ok: false,
      problems: [
        'prices[0].model must be a non-empty text',
        'prices[0].input must be dollars per million tokens, 0 or more',
        'prices[0].output must be dollars per million tokens, 0 or more',
        'prices[1].colour is not known',
        'prices[1].validFrom must be YYYY-MM-DD',
      ],
    });
  });

  it.each(['', '[]', 'null', '{"prices": 1}', '{'])('refuses %j', (json) => {
    expect(parsePrices(json).ok).toBe(false);
  });
});

describe('pricesHash', () => {
  it('does not depend on the order and changes with any price', () => {
    const [first, ...rest] = PRICES;
    expect(pricesHash([...rest, first!])).toBe(pricesHash(PRICES));
    expect(pricesHash([{ ...first!, output: first!.output + 1 }, ...rest])).not.toBe(pricesHash(PRICES));
  });
});

/**
 * What a million tokens cost, by model family and date: behind `estimated_cost_usd` where an agent sends no cost of its
 * own. List prices of the vendors' pages read on 2026-10-09, for text at the standard tier: no batch or fast mode, no
 * long-context surcharge, cache writes of five minutes. An operator's own file (MODA_PRICES_FILE) replaces the table.
 */

import { createHash } from 'node:crypto';

export interface ModelPrice {
  /**
   * Start of the model's name in lower case, without vendor prefix; the longest that fits wins. `gpt-5` fits
   * `gpt-5-codex` and `gpt-5-2025-08-07`, but neither `gpt-5.1` nor `gpt-5-1`: another version has its own price.
   */
  readonly model: string;
  /** First day it holds, `YYYY-MM-DD`, by the time of the call; of several the latest that has begun wins. */
  readonly validFrom: string;
  /** USD per million tokens. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheCreation: number;
}

/** Bound of an operator's file. */
const PRICES_MAX = 5000;
const ALWAYS = '2020-01-01';

const price = (model: string, input: number, output: number, cacheRead: number, cacheCreation: number): ModelPrice => ({
  model,
  validFrom: ALWAYS,
  input,
  output,
  cacheRead,
  cacheCreation,
});
/** Anthropic's usual rule: cache reads at a tenth of input, writes at five quarters. */
const claude = (model: string, input: number, output: number, cacheRead = input / 10): ModelPrice =>
  price(model, input, output, cacheRead, input * 1.25);
/** OpenAI up to GPT-5.5 charges cache writes as input; from 5.6 on five quarters. */
const gpt = (model: string, input: number, output: number, cacheRead: number): ModelPrice =>
  price(model, input, output, cacheRead, input);
const gptWithWrites = (model: string, input: number, output: number, cacheRead: number): ModelPrice =>
  price(model, input, output, cacheRead, input * 1.25);

const BY_VENDOR_NAME: readonly ModelPrice[] = [
  claude('claude-fable-5-1', 10, 50, 0.25),
  claude('claude-fable-5', 10, 50),
  claude('claude-opus-5-5', 4, 20, 0.2),
  claude('claude-opus-5', 5, 25),
  claude('claude-opus-4-8', 5, 25),
  claude('claude-opus-4-7', 5, 25),
  claude('claude-opus-4-6', 5, 25),
  claude('claude-opus-4-5', 5, 25),
  claude('claude-opus-4-1', 15, 75),
  claude('claude-opus-4-0', 15, 75),
  claude('claude-opus-4', 15, 75),
  claude('claude-sonnet-5-5', 2, 10),
  claude('claude-sonnet-5', 2, 10),
  claude('claude-sonnet-4-6', 3, 15),
  claude('claude-sonnet-4-5', 3, 15),
  claude('claude-sonnet-4-0', 3, 15),
  claude('claude-sonnet-4', 3, 15),
  claude('claude-haiku-5-5', 0.1, 0.5),
  claude('claude-haiku-4-5', 1, 5),
  claude('claude-3-7-sonnet', 3, 15),
  claude('claude-3-5-sonnet', 3, 15),
  claude('claude-3-5-haiku', 0.8, 4),
  claude('claude-3-opus', 15, 75),
  price('claude-3-haiku', 0.25, 1.25, 0.03, 0.3),
  gptWithWrites('gpt-6-astra', 10, 50, 1),
  gptWithWrites('gpt-6.1-sol', 2, 10, 0.1),
  gptWithWrites('gpt-6-sol', 2, 10, 0.2),
  gptWithWrites('gpt-6-luna', 0.1, 0.5, 0.01),
  gptWithWrites('gpt-5.6-sol', 4, 20, 0.4),
  gptWithWrites('gpt-5.6-terra', 2, 12, 0.2),
  gptWithWrites('gpt-5.6-luna', 0.2, 1.2, 0.02),
  gpt('gpt-5.5-pro', 30, 180, 30),
  gpt('gpt-5.5', 5, 30, 0.5),
  gpt('gpt-5.4-mini', 0.75, 4.5, 0.075),
  gpt('gpt-5.4-nano', 0.2, 1.25, 0.02),
  gpt('gpt-5.4-pro', 30, 180, 30),
  gpt('gpt-5.4', 2.5, 15, 0.25),
  gpt('gpt-5.3', 1.75, 14, 0.175),
  gpt('gpt-5.2-pro', 21, 168, 21),
  gpt('gpt-5.2', 1.75, 14, 0.175),
  gpt('gpt-5.1-codex-mini', 0.25, 2, 0.025),
  gpt('gpt-5.1', 1.25, 10, 0.125),
  gpt('gpt-5-pro', 15, 120, 15),
  gpt('gpt-5-mini', 0.25, 2, 0.025),
  gpt('gpt-5-nano', 0.05, 0.4, 0.005),
  gpt('gpt-5', 1.25, 10, 0.125),
  gpt('codex-mini-latest', 1.5, 6, 0.375),
  gpt('gpt-4.1-mini', 0.4, 1.6, 0.1),
  gpt('gpt-4.1-nano', 0.1, 0.4, 0.025),
  gpt('gpt-4.1', 2, 8, 0.5),
  gpt('gpt-4o-mini', 0.15, 0.6, 0.075),
  gpt('gpt-4o', 2.5, 10, 1.25),
  gpt('o4-mini', 1.1, 4.4, 0.275),
  gpt('o3-mini', 1.1, 4.4, 0.55),
  gpt('o3-pro', 20, 80, 20),
  gpt('o3', 2, 8, 0.5),
];

/** Cursor writes `claude-4.5-sonnet` where Anthropic writes `claude-sonnet-4-5`. */
function cursorName({ model }: ModelPrice): string | undefined {
  const [, family, major, minor] = /^claude-(fable|opus|sonnet|haiku)-(\d+)(?:-(\d))?$/.exec(model) ?? [];
  if (family !== undefined) return `claude-${minor === undefined ? major : `${major}.${minor}`}-${family}`;
  return /^claude-3-\d-/.test(model) ? model.replace('claude-3-', 'claude-3.') : undefined;
}

/** The shipped table. */
export const PRICES: readonly ModelPrice[] = BY_VENDOR_NAME.flatMap((entry) => {
  const other = cursorName(entry);
  return other === undefined ? [entry] : [entry, { ...entry, model: other }];
});

/** Problems are collected, so that an operator sees all of them at once. */
export type ParsedPrices =
  | { readonly ok: true; readonly prices: readonly ModelPrice[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads MODA_PRICES_FILE: `{"prices": [{"model", "validFrom"?, "input", "output", "cacheRead"?, "cacheCreation"?}]}`,
 * dollars per million tokens. Missing cache prices follow the input price.
 */
export function parsePrices(json: string): ParsedPrices {
  const entries = entriesOf(json);
  if (entries === undefined) return { ok: false, problems: ['expected {"prices": [...]}'] };
  if (entries.length > PRICES_MAX) return { ok: false, problems: [`more than ${PRICES_MAX} prices`] };
  const problems: string[] = [];
  const prices = entries.map((entry, index) => readPrice(entry, `prices[${index}]`, problems));
  return problems.length === 0 ? { ok: true, prices } : { ok: false, problems };
}

/** Identity of a table of prices: the same prices in any order give the same text. */
export function pricesHash(prices: readonly ModelPrice[]): string {
  const lines = prices.map((entry) =>
    [entry.model, entry.validFrom, entry.input, entry.output, entry.cacheRead, entry.cacheCreation].join('\t'),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 32);
}

function entriesOf(json: string): readonly unknown[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Reported by the caller as a wrong shape; JSON.parse's text would quote the file.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('prices' in parsed)) return undefined;
  return Array.isArray(parsed.prices) ? parsed.prices : undefined;
}

function readPrice(entry: unknown, where: string, problems: string[]): ModelPrice {
  const fields = typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : {};
  const known = new Set(['model', 'validFrom', 'input', 'output', 'cacheRead', 'cacheCreation']);
  for (const name of Object.keys(fields)) if (!known.has(name)) problems.push(`${where}.${name} is not known`);
  const { model, validFrom = ALWAYS } = fields;
  if (typeof model !== 'string' || model === '') problems.push(`${where}.model must be a non-empty text`);
  if (typeof validFrom !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(validFrom) || Number.isNaN(Date.parse(validFrom))) {
    problems.push(`${where}.validFrom must be YYYY-MM-DD`);
  }
  const dollars = (name: string, fallback?: number): number => {
    const value = fields[name] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    problems.push(`${where}.${name} must be dollars per million tokens, 0 or more`);
    return 0;
  };
  const input = dollars('input');
  return {
    model: String(model).toLowerCase(),
    validFrom: String(validFrom),
    input,
    output: dollars('output'),
    cacheRead: dollars('cacheRead', input),
    cacheCreation: dollars('cacheCreation', input),
  };
}

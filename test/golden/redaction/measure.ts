/** Recall and precision of a redactor on the corpus, by kind and by context. */

import type { Corpus } from './corpus.ts';

export interface Score {
  readonly name: string;
  readonly found: number;
  readonly total: number;
}

export interface Measurement {
  readonly recall: number;
  readonly precision: number;
  readonly positives: number;
  readonly lookAlikes: number;
  readonly kinds: readonly Score[];
  readonly contexts: readonly Score[];
  /** Texts whose secret stayed, and look-alikes that were changed, with the result. */
  readonly missed: readonly { readonly kind: string; readonly context: string; readonly text: string; readonly result: string }[];
  readonly wronglyChanged: readonly { readonly text: string; readonly result: string }[];
}

/** Precision counts each text once: redacted secrets against redacted look-alikes. */
export function measure(corpus: Corpus, redact: (text: string) => string): Measurement {
  const kinds = new Map<string, { found: number; total: number }>();
  const contexts = new Map<string, { found: number; total: number }>();
  const missed: Measurement['missed'][number][] = [];
  for (const { kind, context, text, secrets } of corpus.positives) {
    const result = redact(text);
    const isFound = !secrets.some((secret) => result.includes(secret) || result.includes(encodeURIComponent(secret)));
    count(kinds, kind, isFound);
    count(contexts, context, isFound);
    if (!isFound) missed.push({ kind, context, text, result });
  }
  const wronglyChanged = corpus.lookAlikes
    .map((text) => ({ text, result: redact(text) }))
    .filter(({ text, result }) => text !== result);
  const found = corpus.positives.length - missed.length;
  return {
    recall: found / corpus.positives.length,
    precision: found / (found + wronglyChanged.length),
    positives: corpus.positives.length,
    lookAlikes: corpus.lookAlikes.length,
    kinds: scores(kinds),
    contexts: scores(contexts),
    missed,
    wronglyChanged,
  };
}

function count(counts: Map<string, { found: number; total: number }>, name: string, isFound: boolean): void {
  const entry = counts.get(name) ?? { found: 0, total: 0 };
  entry.total++;
  if (isFound) entry.found++;
  counts.set(name, entry);
}

function scores(counts: Map<string, { found: number; total: number }>): Score[] {
  return [...counts].map(([name, entry]) => ({ name, ...entry }));
}

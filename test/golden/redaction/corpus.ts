/** The corpus that recall and precision are measured on: every kind of secret in every context it can stand in, and look-alikes. */

import { CONTEXTS } from './contexts.ts';
import { KINDS } from './kinds.ts';
import { LOOK_ALIKES } from './look-alikes.ts';
import { fill, Random } from './random.ts';

export interface Positive {
  readonly kind: string;
  readonly context: string;
  readonly text: string;
  /** Texts none of which may be left; the secret as written there. */
  readonly secrets: readonly string[];
}

export interface Corpus {
  readonly positives: readonly Positive[];
  readonly lookAlikes: readonly string[];
}

export const SEED = 20261122;
const VARIANTS = 4;

/** The same for the same seed. */
export function buildCorpus(seed: number = SEED): Corpus {
  const random = new Random(seed);
  const positives: Positive[] = [];
  for (const { kind, template, name, isDistinct } of KINDS) {
    for (const context of CONTEXTS) {
      const secret = fill(template, random);
      if (context.isNameless === true && !isDistinct) continue;
      if (secret.includes('\n') && context.takesLines !== true) continue;
      if (secret.includes('://') && context.takesUrls !== true) continue;
      const text = context.write(secret, name);
      positives.push({ kind, context: context.context, text, secrets: core(secret) });
    }
  }
  const lookAlikes = LOOK_ALIKES.flatMap((template) => Array.from({ length: VARIANTS }, () => fill(template, random)));
  return { positives, lookAlikes: [...new Set(lookAlikes)] };
}

/** What must not survive: of a URL its password or path, of a key its lines, of others the text and its halves. */
function core(secret: string): string[] {
  if (secret.startsWith('-----BEGIN')) return secret.split('\n').slice(1, -1);
  const password = /:\/\/[^:/]*:([^@]+)@/.exec(secret);
  if (password !== null) return [password[1]!];
  const body = secret.startsWith('https://') ? secret.slice(secret.lastIndexOf('/') + 1) : secret;
  const half = Math.ceil(body.length / 2);
  return body.length < 16 ? [body] : [body.slice(0, half), body.slice(half)];
}

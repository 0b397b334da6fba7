/** Seeded random texts for the corpus, so that no real-looking secret stands in the repository. */

import { SeededRandom } from '../../random.ts';

export class Random extends SeededRandom {
  /** `length` characters of the set, with at least one digit and one letter when the set has both and there is room. */
  text(set: string, length: number): string {
    for (let tries = 0; tries < 100; tries++) {
      let made = '';
      for (let index = 0; index < length; index++) made += set[this.below(set.length)]!;
      const wantsDigit = length >= 6 && /\d/.test(set) && /[a-zA-Z]/.test(set);
      if (!wantsDigit || (/\d/.test(made) && /[a-zA-Z]/.test(made))) return made;
    }
    throw new Error('no text with a digit and a letter');
  }
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** Character sets of the templates. */
const SETS: Readonly<Record<string, string>> = {
  digits: DIGITS,
  hex: `${DIGITS}abcdef`,
  HEX: `${DIGITS}ABCDEF`,
  lower: LOWER + DIGITS,
  upper: UPPER + DIGITS,
  alnum: LOWER + UPPER + DIGITS,
  base32: `${UPPER}234567`,
  url: `${LOWER}${UPPER}${DIGITS}_-`,
  base64: `${LOWER}${UPPER}${DIGITS}+/`,
  strong: `${LOWER}${UPPER}${DIGITS}!@#%^*_+-=`,
  letters: LOWER,
};

/** Fills `{set:length}`, `{uuid}`, `{jwtHeader}`, `{jwtBody}` and `{word}` in a template. */
export function fill(template: string, random: Random): string {
  return template.replace(/\{(\w+)(?::(\d+))?\}/g, (whole, name: string, length: string | undefined) => {
    if (name === 'uuid') return uuid(random);
    if (name === 'jwtHeader') return base64url('{"alg":"HS256","typ":"JWT"}');
    if (name === 'jwtBody') return base64url(JSON.stringify({ sub: random.text(SETS['digits']!, 10), iat: random.below(1e9) }));
    if (name === 'word') return random.pick(WORDS);
    const set = SETS[name];
    return set === undefined || length === undefined ? whole : random.text(set, Number(length));
  });
}

export function uuid(random: Random): string {
  const hex = random.text(SETS['hex']!, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

const WORDS = ['orange', 'harbor', 'violet', 'dragon', 'summer', 'falcon', 'castle', 'thunder', 'pepper', 'maple'];

/** A rule of the value forms, and the classes of characters that their patterns are made of. */

export interface SecretRule {
  /** Lower-case words with dashes; appears in `[REDACTED:<id>]` and in the counts. */
  readonly id: string;
  /** What the secret begins with: the prefilter looks for these bytes, letter case aside. */
  readonly literals: readonly string[];
  /** Regular expression of what follows the literal, over bytes. Group 1, where it stands, is what is replaced. */
  readonly after: string;
  /** Regular expression that the bytes before the literal must end with; they belong to the secret. At most 64 bytes. */
  readonly before?: string;
  readonly ignoresCase?: boolean;
  /** May stand inside a word or a run of base64. */
  readonly inWord?: boolean;
  /**
   * What fails at one place fails at each later one of the same run of letters, digits, `_` and `-`: the rule is not tried
   * there again. For patterns whose first part may be as long as the text.
   */
  readonly failsWithRun?: boolean;
  /** The match must mix letters and digits, so that words of prose and code stay. */
  readonly mixed?: boolean;
}

export const A = '[A-Za-z0-9]';
export const B = '[A-Za-z0-9_-]';
export const BASE64 = '[A-Za-z0-9+/]';
export const HEX = '[0-9a-fA-F]';
/** As JSON of PHP and URLs write it too. */
export const SLASH = '(?:\\\\{0,7}/|%2F)';
export const UUID = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
/** Ends a token whose length is fixed. */
export const END = '(?![A-Za-z0-9])';

export const rule = (
  id: string,
  literals: string | readonly string[],
  after: string,
  options: Omit<Partial<SecretRule>, 'id' | 'literals' | 'after'> = {},
): SecretRule => ({ id, literals: typeof literals === 'string' ? [literals] : literals, after, ...options });

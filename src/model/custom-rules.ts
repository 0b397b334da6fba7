/** An operator's additions to the redaction rules, from MODA_REDACTION_RULES_FILE; checked at start (privacy/custom-rules.ts). */

export interface CustomRule {
  /** Lower-case words with dashes; appears in `[REDACTED:<id>]` and in metrics. */
  readonly id: string;
  /** Regular expression source of the linear-time subset. Capture group 1, where it stands, is what is replaced. */
  readonly pattern: string;
  readonly caseInsensitive: boolean;
  /** A text that the pattern must match, checked at start. */
  readonly sample: string;
}

export interface CustomRules {
  readonly rules: readonly CustomRule[];
  /** Exact texts that are never redacted. */
  readonly allow: readonly string[];
}

export const NO_CUSTOM_RULES: CustomRules = { rules: [], allow: [] };

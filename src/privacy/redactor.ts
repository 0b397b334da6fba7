/** Finds secrets in spans of the tape's workspace and writes the redacted text behind it. */

import { type CustomRules, NO_CUSTOM_RULES } from '../model/custom-rules.ts';
import type { Tape } from '../model/tape.ts';

const RULES: readonly { id: string; pattern: RegExp; group: number }[] = [
  { id: 'anthropic-api-key', pattern: /()(sk-ant-[A-Za-z0-9_-]{16,})/g, group: 2 },
  { id: 'openai-api-key', pattern: /()(sk-[A-Za-z0-9_-]{20,})/g, group: 2 },
  { id: 'github-token', pattern: /()((?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,})/g, group: 2 },
  { id: 'aws-access-key-id', pattern: /()((?:AKIA|ASIA)[A-Z0-9]{16})/g, group: 2 },
  { id: 'bearer', pattern: /(bearer\s+)([A-Za-z0-9._~+/=-]{8,})/gi, group: 2 },
  {
    id: 'assigned-secret',
    pattern:
      /((?:api[_-]?key|token|secret|password|passwd|authorization|cookie)["'\\]{0,8}\s{0,4}[=:]\s{0,4}["'\\]{0,8})([^\s"'\\]{4,})/gi,
    group: 2,
  },
];

const SECRET_KEY =
  /(?:api[_-]?key|access[_-]?key|private[_-]?key|token|secret|password|passwd|pwd|authorization|cookie|credentials?)$/i;

export class Redactor {
  /** Where the redacted text lies after a call that returned more than 0. */
  start = 0;
  length = 0;
  private counts = new Map<string, number>();

  constructor(_custom: CustomRules = NO_CUSTOM_RULES) {}

  /** Redacts the secrets inside a text; returns how many, 0 when the text stays as it is. */
  redactText(tape: Tape, start: number, length: number): number {
    let text = tape.text(start, length);
    let found = 0;
    for (const rule of RULES) {
      text = text.replace(rule.pattern, (_all, kept: string, value: string) => {
        if (value.startsWith('[REDACTED')) return kept + value;
        found++;
        this.count(rule.id);
        return `${kept}[REDACTED:${rule.id}]`;
      });
    }
    if (found > 0) this.write(tape, text);
    return found;
  }

  /** Whether the key names a secret, so that its whole value is one. */
  isSecretKey(tape: Tape, node: number): boolean {
    const length = tape.keyLength[node]!;
    return length > 0 && SECRET_KEY.test(tape.text(tape.keyStart[node]!, length));
  }

  /** Redacts the whole value of a key that names a secret, unless it plainly is none (empty, a reference, a placeholder). */
  redactValue(tape: Tape, start: number, length: number): number {
    const text = tape.text(start, length);
    if (text === '' || /^(?:\$.*|<.*>|\*+|true|false|null|\d+|\[REDACTED.*)$/.test(text)) return 0;
    this.count('secret-key-value');
    this.write(tape, '[REDACTED:secret-key-value]');
    return 1;
  }

  /** How often each rule fired since the last call. */
  takeCounts(): Record<string, number> {
    const taken = Object.fromEntries(this.counts);
    this.counts.clear();
    return taken;
  }

  private count(id: string): void {
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
  }

  private write(tape: Tape, text: string): void {
    this.start = tape.append(Buffer.from(text));
    this.length = tape.used - this.start;
  }
}
